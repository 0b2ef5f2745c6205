"""The subject report in a terminal, part by part in the order of GDPR Art. 15. Reads answers only; changes none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.table import Table

from ledger.answers.presentation import moment
from ledger.answers.shapes_access import AccessAnswer, Held, Origin
from ledger.cli.rights_tables import clock_words, disclosures_table, look_ups_table, look_ups_words, without_request_table
from ledger.cli.sharing_tables import safeguard_words, show_notes
from ledger.cli.tables import console, labels, place, show_freshness, table_of, with_detail, word
from ledger.legal_time import DUTCH_TIME

ORIGINS: Final = {"DATA_SUBJECT": "from yourself", "OBSERVED": "observed", "THIRD_PARTY": "from another party", "UNKNOWN": "not known"}


def show_access(answer: AccessAnswer) -> None:
    """The report, for the person or for an officer."""
    out = console()
    out.print(f"{answer.controller} / {answer.subject_ref}, report for the {answer.audience} (GDPR Art. 15)")
    if not answer.known:
        out.print("nothing is known")
    else:
        if answer.statement:
            out.print(f"statement: {answer.statement}, version {answer.version}")
        for title, table in _parts(answer):
            out.print(f"\n{title}")
            out.print(table)
        show_notes(out, answer.silent)
        out.print(f"\n{answer.automated_decisions}\n\nyour rights")
        for right in answer.rights:
            out.print(f"{right.article}: {right.text}")
        out.print(answer.complaint)
    show_freshness(out, answer.freshness)


def _parts(answer: AccessAnswer) -> Iterator[tuple[str, Table | str]]:
    yield "what is held, what for, how long, and where it came from (1)(a), (b), (d), (g)", _held(answer.held) if answer.held else "nothing is held"
    if answer.receivers:
        table = table_of("who got data (1)(c)", "what", "for", "has it now", "through", "rests on")
        for each in answer.receivers:
            who = f"{each.recipient} ({', '.join(filter(None, [each.role.label, each.country]))})"
            through, now = " -> ".join(each.chain), "yes" if each.has_now else "no"
            table.add_row(who, labels(each.categories), labels(each.purposes), now, through, place(each.rests_on))
        yield "recipients", table
    if answer.consents or answer.objections:
        table = table_of("consent or objection", "channel", "state", "since", "rests on")
        for consent in answer.consents:
            whom = f"{consent.channel or 'any'}{f' to {consent.recipient}' if consent.recipient else ''}"
            events = [step.event for step in consent.steps]
            table.add_row(consent.purpose.label, whom, word(consent.state), moment(consent.since, DUTCH_TIME), place(events))
        for objection in answer.objections:
            events = [step.event for step in objection.steps]
            state = f"objection {word(objection.state)}"
            table.add_row(objection.purpose.label, objection.channel or "any", state, moment(objection.since, DUTCH_TIME), place(events))
        yield "consents and objections", table
    if answer.requests:
        table = table_of("request", "right", "received", "state", "outcome", "rests on")
        for request in answer.requests:
            outcome = f"{word(request.outcome)} {moment(request.answered_at, DUTCH_TIME)}" if request.outcome else "not answered"
            state = "; ".join([word(request.state), *clock_words(request.clock)])
            received = moment(request.received_at, DUTCH_TIME)
            table.add_row(request.request_ref, word(request.right), received, state, outcome, place(request.rests_on))
        yield "requests", table
    if answer.corrections:
        table = table_of("corrected", "by", "through", "what", "ref", "rests on")
        for correction in answer.corrections:
            what, ref = labels(correction.categories) or "all", correction.ref or "-"
            table.add_row(moment(correction.at, DUTCH_TIME), correction.by, correction.source, what, ref, place((correction.event,)))
        yield "corrections", table
    yield from _told_and_seen(answer)
    yield from _for_officers(answer)


def _held(found: Iterable[Held]) -> Table:
    table = table_of("holder", "what, and since when", "for", "until, and why", "where from", "rests on")
    table.show_lines = True
    for each in found:
        of = each.holding
        whose = [of.holder, f"({of.role.label if of.role else 'controller'})", *([f"store {of.store}"] if of.store else [])]
        whose += [of.country] if of.country else []
        whose += safeguard_words(each.transfer)
        what = [f"{c.category.label} {moment(c.since, DUTCH_TIME)[:10]}" for c in of.categories]
        why = [of.purpose.label, of.legal_basis.label, *([f"ref {of.ref}"] if of.ref else [])]
        until = [moment(of.until, DUTCH_TIME) if of.until is not None else "no date", of.why.text]
        events = [c.event for c in of.categories] + [anchor.event for anchor in of.why.anchors]
        table.add_row(
            "\n".join(whose), "\n".join(what), "\n".join(why), "\n".join(until), "\n".join(dict.fromkeys(map(_origin, each.origins))) or "-",
            place(tuple(dict.fromkeys(events))),
        )  # fmt: skip
    return table


def _origin(each: Origin) -> str:
    where = f"shared by {each.giver}" if each.giver is not None else ORIGINS[each.origin or "UNKNOWN"]
    return with_detail(where, each.occasion)


def _told_and_seen(answer: AccessAnswer) -> Iterator[tuple[str, Table | str]]:
    if answer.notices:
        table = table_of("told", "to", "about", "ref", "how", "rests on")
        for notice in answer.notices:
            about, ref, method = notice.about.label, notice.ref or "-", notice.method or "-"
            table.add_row(moment(notice.at, DUTCH_TIME), notice.to, about, ref, method, place((notice.event,)))
        yield "what was told", table
    if answer.disclosures:
        yield "disclosures", disclosures_table(answer.disclosures)
    if answer.without_request:
        yield "disclosures without a known request", without_request_table(answer.without_request)
    if answer.look_ups or answer.look_ups_forgotten:
        words = look_ups_words(answer.look_ups_rule, answer.look_ups_term, answer.look_ups_forgotten)
        yield f"who looked: {words}", look_ups_table(answer.look_ups) if answer.look_ups else "no look-up is known"
    if answer.ip_entries:
        table = table_of("logged", "activity", "store", "session", "what", "gone", "rests on")
        for entry in answer.ip_entries:
            gone = moment(entry.erased_at, DUTCH_TIME) if entry.erased_at is not None else "no"
            when, ref = moment(entry.at, DUTCH_TIME), entry.ref or "-"
            table.add_row(when, entry.activity, entry.store, ref, labels(entry.categories), gone, place((entry.event,)))
        yield "your IP address and sessions in logs", table


def _for_officers(answer: AccessAnswer) -> Iterator[tuple[str, Table | str]]:
    if answer.holds:
        table = table_of("hold", "kind", "state", "placed", "rests on")
        for hold in answer.holds:
            events = [event for event in (hold.placed, hold.released) if event]
            table.add_row(hold.hold_ref, word(hold.kind), "stands" if hold.stands else "released", moment(hold.placed_at, DUTCH_TIME), place(events))
        yield "holds and restrictions", table
    if answer.obligations:
        table = table_of("holder", "must", "state", "due", "rule", "rests on")
        for each in answer.obligations:
            must = f"{word(each.kind)} {labels(each.categories)}".strip()
            due = moment(each.due_at, DUTCH_TIME)
            table.add_row(with_detail(each.holder, each.store), must, word(each.state), due, each.rule, place(each.rests_on))
        yield "what holders must do (for officers)", table
    if answer.violations:
        table = table_of("promise", "what is wrong", "severity", "holder", "what", "rests on")
        for violation in answer.violations:
            wrong, holder, what = violation.rule.replace("-", " "), violation.holder or "-", labels(violation.categories)
            table.add_row(violation.promise, wrong, word(violation.severity), holder, what, place(violation.rests_on))
        yield "broken promises (for officers)", table
