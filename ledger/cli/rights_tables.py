"""Requests, disclosures, look-ups, suppression: the tables. Reads answers only; changes none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.table import Table

from ledger.answers.presentation import age, moment
from ledger.answers.shapes_holds import HoldsAnswer
from ledger.answers.shapes_rights import (
    ClockAnswer,
    DisclosureAnswer,
    DisclosuresAnswer,
    LookUp,
    LookUpsAnswer,
    Refusal,
    RequestLine,
    RequestsAnswer,
    ShareWithoutRequest,
    SuppressionAnswer,
)
from ledger.cli.answer_tables import STATE_WORDS, violations_table
from ledger.cli.tables import console, labels, place, show_freshness, show_more, table_of, with_detail, word
from ledger.legal_time import DUTCH_TIME

CHOICES: Final = {"OBJECTION": "objection stands", "CONSENT_ENDED": "consent ended or refused"}


def show_requests(answer: RequestsAnswer) -> None:
    """Each request, and what became of what it is about."""
    out = console()
    table = table_of("request", "asked", "state, and until when", "outcome", "at each holder", "rests on")
    table.show_lines = True
    for each in answer.requests:
        asked = [word(each.right), moment(each.received_at, DUTCH_TIME), *([f"only {labels(each.categories)}"] if each.categories else [])]
        state = [each.state if each.state == "OVERDUE" else word(each.state), *clock_words(each.clock), f"identity {word(each.identity)}"]
        outcome = [word(each.outcome), moment(each.answered_at, DUTCH_TIME)] if each.outcome else ["not answered"]
        table.add_row(
            f"{each.request_ref}\n{each.controller} / {each.subject_ref}", "\n".join(asked), "\n".join(state), "\n".join(outcome),
            "\n".join(_at_holders(each)) or "-", place(each.rests_on),
        )  # fmt: skip
    out.print(table if answer.requests else f"no {'open ' if answer.is_open else ''}{'refused ' if answer.is_refused else ''}request")
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def clock_words(clock: ClockAnswer) -> list[str]:
    """Until when, why later than a month, and how late."""
    if clock.is_paused:
        return ["the clock stands still"]
    if clock.due_at is None:
        return ["no clock"]
    words = [f"before {moment(clock.due_at, DUTCH_TIME)}", *(["extended"] if clock.extended else [])]
    return [*words, f"late by {age(clock.late_by_seconds)}"] if clock.late_by_seconds else words


def _at_holders(line: RequestLine) -> list[str]:
    lines = []
    for task in line.tasks:
        ended = f" {moment(task.settled_at, DUTCH_TIME)}" if task.settled_at is not None else f", late from {moment(task.overdue_at, DUTCH_TIME)}"
        what = f" {labels(task.categories)}" if task.categories else ""
        lines.append(f"{with_detail(task.holder, task.store)}: {word(task.kind)}{what}: {STATE_WORDS[task.state]}{ended}")
    return [*lines, *map(_refusal, line.refusals)]


def _refusal(each: Refusal) -> str:
    what = ", ".join(filter(None, [each.purpose and each.purpose.label, each.ref]))
    why = ", ".join(filter(None, [each.reason.label, each.statute, f"until {moment(each.until, DUTCH_TIME)}" if each.until is not None else None]))
    return f"{with_detail(each.holder, each.store)}{f': {what}' if what else ''}: stays: {why}"


def show_disclosures(answer: DisclosuresAnswer) -> None:
    """Each disclosure."""
    out = console()
    out.print(disclosures_table(answer.disclosures) if answer.disclosures else "nobody asked for a disclosure")
    if answer.without_request:
        out.print(f"\nshared without a known request: {answer.shares_without_request:,}")
        out.print(without_request_table(answer.without_request))
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def show_holds(answer: HoldsAnswer) -> None:
    """Each hold."""
    out = console()
    table = table_of("hold", "of", "stands", "placed, and until", "about", "rests on")
    table.show_lines = True
    for each in answer.holds:
        until = moment(each.until, DUTCH_TIME) if each.until else "released"
        ends = f"released {moment(each.released_at, DUTCH_TIME)}" if each.released_at else f"until {until}"
        table.add_row(
            f"{each.hold_ref}\n{word(each.kind)}", f"{each.controller} / {each.subject_ref}", "yes" if each.stands else "no",
            f"{moment(each.placed_at, DUTCH_TIME)}\n{ends}", with_detail(labels(each.categories) if each.categories else "all data", each.store),
            place(each.rests_on),
        )  # fmt: skip
    out.print(table if answer.holds else "no hold stands" if answer.is_standing else "there never was a hold")
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def without_request_table(found: Iterable[ShareWithoutRequest]) -> Table:
    """Shares that cite no request, or one that nobody knows."""
    table = table_of("shared", "of", "with", "what", "on which ground", "rests on")
    table.show_lines = True
    for each in found:
        whom = [each.recipient, f"({each.role.label})", *([f"by {each.by}"] if each.by != each.controller else [])]
        cited = f"cites {each.cites}, which is not on the log" if each.cites else "cites no request"
        table.add_row(
            moment(each.shared_at, DUTCH_TIME), f"{each.controller} / {each.subject_ref}", "\n".join(whom),
            f"{labels(each.categories)}\nfor {each.purpose.label}", "\n".join([each.ground.label if each.ground else "NO GROUND NAMED", cited]),
            place((each.event,)),
        )  # fmt: skip
    return table


def disclosures_table(found: Iterable[DisclosureAnswer]) -> Table:
    """Disclosures, one by one."""
    table = table_of("disclosure", "asked by, and why", "what", "decision", "the person", "rests on")
    table.show_lines = True
    for each in found:
        who = [each.requester.label if each.requester else "not on the log", *([each.ground.label] if each.ground else [])]
        decision = [word(each.decision), moment(each.decided_at, DUTCH_TIME)] if each.decision else ["not decided"]
        decision += [f"{len(each.shared)} times shared"] if each.shared else []
        decision += [f"BEYOND IT: {labels(each.beyond)}"] if each.beyond else []
        table.add_row(
            f"{each.disclosure_ref}\n{each.controller} / {each.subject_ref}", "\n".join([*who, moment(each.requested_at, DUTCH_TIME)]),
            labels(each.decided or each.asked) or "-", "\n".join(decision), _told(each), place(each.rests_on),
        )  # fmt: skip
    return table


def _told(each: DisclosureAnswer) -> str:
    if each.notice == "GIVEN":
        return f"told {moment(each.notice_given_at, DUTCH_TIME)}"
    if each.notice == "BARRED":
        return f"may not be told until {moment(each.barred_until_at, DUTCH_TIME)}" if each.barred_until_at else "may not be told, no end is said"
    return "MUST BE TOLD" if each.notice == "DUE" else "not told"


def show_look_ups(answer: LookUpsAnswer) -> None:
    """Each look-up that the log still has."""
    out = console()
    out.print(f"{answer.controller} / {answer.subject_ref}")
    out.print(look_ups_table(answer.look_ups) if answer.look_ups else "no look-up is known")
    out.print(look_ups_words(answer.rule, answer.term, answer.forgotten))
    show_freshness(out, answer.freshness)


def look_ups_table(found: Iterable[LookUp]) -> Table:
    """Look-ups, one by one."""
    table = table_of("looked at", "for", "what", "because of", "who", "rests on")
    for each in found:
        refs = (("ticket", each.ticket_ref), ("incident", each.incident_ref), ("permission", each.permission_ref))
        why = [f"{name} {ref}" for name, ref in refs if ref]
        reason, who = ", ".join(why) or "-", each.actor or word(each.who)
        table.add_row(moment(each.at, DUTCH_TIME), each.purpose.label, labels(each.categories), reason, who, place((each.event,)))
    return table


def look_ups_words(rule: str | None, term: str | None, forgotten: int) -> str:
    """How long the log of look-ups is kept, and what it has forgotten."""
    kept = f"look-ups are kept {term} ({rule})" if rule else "the policy states no term for the log of look-ups: all are shown"
    return kept + (f"; {forgotten:,} older ones are forgotten" if forgotten else "")


def show_suppression(answer: SuppressionAnswer) -> None:
    """Whom no campaign may reach and why, each list, who is missing on it, and what else it was used for."""
    out = console()
    if answer.lists:
        table = table_of("controller", "people", "on the list", "object", "consent ended", "object, and not on the list")
        for each in answer.lists:
            gap = f"{each.unlisted:,}" + ("" if each.promises else " (the statement speaks of no list)")
            table.add_row(each.controller, f"{each.people:,}", f"{each.subjects:,}", f"{each.objecting:,}", f"{each.consent_ended:,}", gap)
        out.print("whom no campaign may reach, each counted once")
        out.print(table)
    if any(each.choices for each in answer.lists):
        table = table_of("why", "controller", "for", "channel", "people", "not on the list", "rests on")
        for owner, choice in ((line.controller, choice) for line in answer.lists for choice in line.choices):
            table.add_row(
                CHOICES[choice.reason], owner, choice.purpose.label, choice.channel or "any", f"{choice.subjects:,}",
                f"{choice.unlisted:,}", place(choice.rests_on, choice.more),
            )  # fmt: skip
        out.print("\nby what they chose")
        out.print(table)
    if answer.gaps:
        out.print("\nobject to marketing, and are not on the list that is promised")
        table = table_of("subject", "controller", "objects to", "channel", "rests on")
        for person in answer.gaps:
            table.add_row(person.subject_ref, person.controller, labels(person.purposes), ", ".join(person.channels), place(person.rests_on))
        out.print(table)
    table = table_of("list of", "people", "holdings", "what", "store", "since", "used for something else", "rests on")
    for each in (each for each in answer.lists if each.holdings or each.broken):
        broken = ", ".join(f"{count.promise} {count.violations:,} times" for count in each.broken)
        table.add_row(
            each.controller, f"{each.subjects:,}", f"{each.holdings:,}", labels(each.categories) or "-", ", ".join(each.stores) or "-",
            moment(each.oldest_since, DUTCH_TIME)[:10], broken or "never", place(each.rests_on, each.more),
        )  # fmt: skip
    out.print("\nthe list itself" if table.rows else "\nnobody is on a suppression list")
    if table.rows:
        out.print(table)
    if answer.violations:
        out.print("\nused for something else")
        out.print(violations_table(answer.violations))
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)
