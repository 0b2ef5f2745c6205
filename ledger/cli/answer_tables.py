"""Answers as tables in a terminal: 100 columns, no colour needed, the same text in a file. Reads answers only; changes none.

Moments are shown in Dutch legal time, as statements count them; `--json` has UTC.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from rich.table import Table

from ledger.answers.presentation import age, moment, moment_in_words
from ledger.answers.shapes import Event
from ledger.answers.shapes_lists import DueAnswer, DueLine, FoundViolation, HoldersAnswer, ObligationsAnswer, ViolationsAnswer
from ledger.answers.shapes_subject import HoldingAnswer, ObligationAnswer, SubjectAnswer
from ledger.cli.tables import console, label_of, labels, place, show_freshness, show_more, table_of, with_detail, word
from ledger.legal_time import DUTCH_TIME

STATE_WORDS: Final = {"COMING": "coming", "HELD_BACK": "held back", "OPEN": "open", "OVERDUE": "OVERDUE", "MET": "met", "CANCELLED": "cancelled"}


def show_subject(answer: SubjectAnswer) -> None:
    """All that is known of one subject."""
    out = console()
    out.print(f"{answer.controller} / {answer.subject_ref}{_as_of_words(answer)}")
    if not answer.known:
        out.print("nothing is known")
    held = [holding for holding in answer.holdings if holding.categories]
    if answer.known:
        out.print(_holdings(held, answer.obligations) if held else "nothing is held")
        statements = sorted({f"{h.why.statement}, version {h.why.version}" for h in held if h.why.rule})
        out.print(f"rules are those of: {'; '.join(statements)}" if statements else "", end="\n" if statements else "")
    for title, table in _others(answer):
        out.print(f"\n{title}")
        out.print(table)
    show_freshness(out, answer.freshness)


def show_holders(answer: HoldersAnswer) -> None:
    """Every holder."""
    out = console()
    table = table_of("holder", "people", "holdings", "what", "since", "next due", "open", "late")
    table.show_lines = True
    for each in answer.holders:
        whose = [each.holder, f"({label_of(each.role)})" if each.role else "(controller)", *([", ".join(each.countries)] if each.countries else [])]
        table.add_row(
            "\n".join(whose), f"{each.subjects:,}", f"{each.holdings:,}", labels(each.categories),
            moment(each.oldest_since, DUTCH_TIME)[:10], moment(each.next_due, DUTCH_TIME)[:10], f"{each.open:,}", f"{each.overdue:,}",
        )  # fmt: skip
    out.print(table if answer.holders else "nobody holds anything")
    show_freshness(out, answer.freshness)


def show_due(answer: DueAnswer) -> None:
    """What comes due."""
    out = console()
    if answer.until is None:
        out.print("nothing can come due yet: no time has come on this ledger, not every partition has seen a tick")
        show_freshness(out, answer.freshness)
        return
    out.print(f"due until {moment_in_words(answer.until, DUTCH_TIME)}")
    out.print(due_table(answer.lines) if answer.lines else "nothing comes due")
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def due_table(lines: Iterable[DueLine]) -> Table:
    """What comes due, or is past due, one by one."""
    table = table_of("due", "state", "subject", "holder", "what", "for", "rule, rests on")
    for line in lines:
        table.add_row(
            moment(line.due_at, DUTCH_TIME), STATE_WORDS[line.state], f"{line.controller} / {line.subject_ref}", with_detail(line.holder, line.store),
            _must(line), with_detail(line.purpose.label if line.purpose else "-", line.ref),
            f"{line.rule or '-'}\n{place(line.rests_on)}",
        )  # fmt: skip
    return table


def _must(line: DueLine) -> str:
    """What is to be erased; or what else must be done."""
    return labels(line.categories) if line.kind == "ERASE" else f"{word(line.kind)} {labels(line.categories)}".strip()


def show_obligations(answer: ObligationsAnswer) -> None:
    """Obligations."""
    out = console()
    table = table_of("due", "state", "age", "late by", "subject", "holder", "what", "rule")
    for each in answer.obligations:
        table.add_row(
            moment(each.due_at, DUTCH_TIME), STATE_WORDS[each.state] + "!" * max(0, each.escalation - 1), age(each.age_seconds),
            age(each.late_by_seconds) if each.late_by_seconds else "-",
            f"{each.controller} / {each.subject_ref}", with_detail(each.holder, each.store), deed(each), each.rule,
        )  # fmt: skip
    out.print(table if answer.obligations else "no such obligation")
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def deed(of: ObligationAnswer) -> str:
    """What must be done, in a few words: the categories to be erased, or what else, and of which request, breach, disclosure or service."""
    if of.kind == "ERASE":
        return labels(of.categories)
    about = f" of {word(of.about)}" if of.about else ""
    return " ".join(part for part in (word(of.kind) + about, of.ref, labels(of.categories)) if part)


def show_violations(answer: ViolationsAnswer, *, one_by_one: bool) -> None:
    """Broken promises: how often, or each single one."""
    out = console()
    if one_by_one:
        table = violations_table(answer.violations)
    else:
        table = table_of("promise", "controller", "what is wrong", "severity", "times", "people", "last found", "rests on")
        for count in answer.counts:
            table.add_row(
                count.promise, count.controller, count.rule.replace("-", " "), word(count.severity), f"{count.violations:,}", f"{count.subjects:,}",
                moment(count.latest_found_at, DUTCH_TIME) if count.latest_found_at else "-", place(count.rests_on, count.more),
            )  # fmt: skip
    out.print(table if answer.counts else "no promise was found broken")
    show_more(out, one_by_one and answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def violations_table(found: Iterable[FoundViolation]) -> Table:
    """Broken promises, one by one."""
    table = table_of("promise", "what is wrong", "subject", "holder", "what", "happened, and found", "position, and rests on")
    table.show_lines = True
    for each in found:
        offsets = sorted({event.offset for event in each.rests_on if event.offset is not None})
        when = f"{moment(each.happened_at, DUTCH_TIME)}\n{moment(each.found_at or None, DUTCH_TIME)}"  # 0: before the first tick
        table.add_row(
            f"{each.promise}\n{word(each.severity)}", each.rule.replace("-", " "), f"{each.controller} / {each.subject_ref}", each.holder or "-",
            labels(each.categories), when, f"{each.event.partition}:{each.event.offset}\n{', '.join(map(str, offsets))}",
        )  # fmt: skip
    return table


# -- one subject


def _as_of_words(answer: SubjectAnswer) -> str:
    words = [f"as it was at {moment_in_words(answer.on, DUTCH_TIME)}"] if answer.on is not None else []
    if answer.known_at is not None:
        words.append(f"as known at {answer.known_at}")
    time = f"the ledger's time was {moment(answer.time_reached, DUTCH_TIME)}" if answer.time_reached else "no time had come on the ledger"
    return f" ({', '.join(words)}; {time})" if words else ""


def _holdings(held: Iterable[HoldingAnswer], obligations: Iterable[ObligationAnswer]) -> Table:
    unsettled = [each for each in obligations if each.state in ("OPEN", "OVERDUE")]
    table = table_of("holder", "what, and since when", "for", "until, and why", "events")
    table.show_lines = True
    for each in held:
        whose = [each.holder, f"({label_of(each.role)})" if each.role else "(controller)", *([f"store {each.store}"] if each.store else [])]
        whose += [" -> ".join(each.chain)] if len(each.chain) > 2 else []
        where = ", ".join(filter(None, [each.country, each.safeguard and each.safeguard.label, each.agreement and f"agreement {each.agreement}"]))
        what = [f"{category.category.label} {moment(category.since, DUTCH_TIME)[:10]}" for category in each.categories]
        why = [each.legal_basis.label, *([f"ref {each.ref}"] if each.ref else []), *([each.product] if each.product else [])]
        until = [moment(each.until, DUTCH_TIME) if each.until is not None else "no date", each.why.text]
        until += [f"rule {each.why.rule}"] if each.why.rule else []
        until += filter(None, (_call(each, obligation) for obligation in unsettled))
        events = sorted({event.offset for event in _events_of(each) if event.offset is not None})
        table.add_row(
            "\n".join([*whose, *([where] if where else [])]), "\n".join(what), "\n".join([each.purpose.label, *why]), "\n".join(until),
            ", ".join(map(str, events)),
        )  # fmt: skip
    return table


def _call(holding: HoldingAnswer, obligation: ObligationAnswer) -> str | None:
    """Say what a request, or an earlier text, asks of a holding; None when its own date says it, or it is about another one."""
    about = (obligation.holder, obligation.store, obligation.purpose, obligation.ref)
    held = {category.category for category in holding.categories}
    wanted = [category for category in obligation.categories if category in held]
    if not wanted or about != (holding.holder, holding.store, holding.purpose, holding.ref):
        return None
    due = f"due {moment(obligation.due_at, DUTCH_TIME)}"
    if obligation.request_ref is None:
        is_its_own = obligation.due_at == holding.until or holding.obligation_id not in (None, obligation.obligation_id)
        return None if is_its_own else f"but called for: {due}, {obligation.rule}"
    what = "all" if len(wanted) == len(held) else labels(wanted)
    late = f"late {'since' if obligation.state == 'OVERDUE' else 'from'} {moment(obligation.overdue_at, DUTCH_TIME)}"
    return f"but asked for: {word(obligation.kind)} {what}, {due}, {late}, request {obligation.request_ref}"


def _others(answer: SubjectAnswer) -> Iterator[tuple[str, Table]]:
    if answer.obligations:
        yield "obligations", _obligations(answer.obligations)
    gone = [holding for holding in answer.holdings if holding.erased]
    if gone:
        table = table_of("erased by", "what", "for", "when", "event")
        for holding in gone:
            for at in sorted({category.at for category in holding.erased}):
                there = [category for category in holding.erased if category.at == at]
                what, purpose = labels(category.category for category in there), with_detail(holding.purpose.label, holding.ref)
                table.add_row(with_detail(holding.holder, holding.store), what, purpose, moment(at, DUTCH_TIME), _place(there[0].event))
        yield "erased", table
    if answer.consents or answer.objections:
        table = table_of("consent or objection", "channel", "state", "since", "event")
        for consent in answer.consents:
            whom = f"{consent.channel or 'any'}{f' to {consent.recipient}' if consent.recipient else ''}"
            table.add_row(consent.purpose.label, whom, word(consent.state), moment(consent.since, DUTCH_TIME), _place(consent.steps[-1].event))
        for objection in answer.objections:
            state, since = f"objection {word(objection.state)}", moment(objection.since, DUTCH_TIME)
            table.add_row(objection.purpose.label, objection.channel or "any", state, since, _place(objection.steps[-1].event))
        yield "consents and objections", table
    if answer.requests:
        table = table_of("request", "right", "received", "outcome", "answered", "events")
        for request in answer.requests:
            places = ", ".join(_place(event) for event in (request.received, request.answered) if event)
            outcome = word(request.outcome) if request.outcome else "not answered"
            answered = moment(request.answered_at, DUTCH_TIME)
            table.add_row(request.request_ref, word(request.right), moment(request.received_at, DUTCH_TIME), outcome, answered, places)
        yield "requests", table
    if answer.holds:
        table = table_of("hold", "kind", "state", "placed", "released")
        for hold in answer.holds:
            state = "stands" if hold.stands else "released"
            table.add_row(hold.hold_ref, word(hold.kind), state, moment(hold.placed_at, DUTCH_TIME), moment(hold.released_at, DUTCH_TIME))
        yield "holds", table
    if answer.violations:
        table = table_of("promise", "what is wrong", "severity", "holder", "what", "event")
        for violation in answer.violations:
            wrong = violation.rule.replace("-", " ")
            what = labels(violation.categories)
            table.add_row(violation.promise, wrong, word(violation.severity), violation.holder or "-", what, _place(violation.event))
        yield "violations", table
    if answer.key_destroyed:
        table = table_of("key destroyed", "event")
        table.add_row(moment(answer.key_destroyed.at, DUTCH_TIME), _place(answer.key_destroyed.event))
        yield "key", table
    events = {event.event_id: event for event in _all_events(answer)}
    if events:
        table = table_of("topic", "partition", "offset", "event id")
        for event in sorted(events.values(), key=lambda event: (event.offset is None, event.offset)):
            offset = "-" if event.offset is None else str(event.offset)
            table.add_row(event.topic, str(event.partition), offset, str(uuid.UUID(bytes=event.event_id)))
        yield "events that this rests on", table


def _obligations(found: Iterable[ObligationAnswer]) -> Table:
    table = table_of("holder", "must", "state", "due", "late from", "rule", "events")
    for each in found:
        state = STATE_WORDS[each.state] + (f" {moment(each.settled_at, DUTCH_TIME)}" if each.settled_at is not None else "")
        must = f"erase {labels(each.categories)}" if each.kind == "ERASE" else deed(each)
        events = sorted({event.offset for event in each.rests_on if event.offset is not None})
        table.add_row(
            with_detail(each.holder, each.store), must, state, moment(each.due_at, DUTCH_TIME), moment(each.overdue_at, DUTCH_TIME), each.rule,
            ", ".join(map(str, events)),
        )  # fmt: skip
    return table


def _events_of(holding: HoldingAnswer) -> Iterator[Event]:
    for category in holding.categories:
        yield category.event
    for anchor in holding.why.anchors:
        yield anchor.event


def _all_events(answer: SubjectAnswer) -> Iterator[Event]:
    """Every event that a line shows the place of."""
    yield from (event for holding in answer.holdings if holding.categories for event in _events_of(holding))
    yield from (event for obligation in answer.obligations for event in obligation.rests_on)
    yield from (gone.event for holding in answer.holdings for gone in holding.erased if gone.event)
    yield from (consent.steps[-1].event for consent in answer.consents)
    yield from (objection.steps[-1].event for objection in answer.objections)
    yield from (event for request in answer.requests for event in (request.received, request.answered) if event)
    yield from (violation.event for violation in answer.violations)
    if answer.key_destroyed:
        yield answer.key_destroyed.event


def _place(event: Event | None) -> str:
    return "-" if event is None or event.offset is None else str(event.offset)
