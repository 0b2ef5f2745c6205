"""The processor statement: what a controller processes as the processor of its customers, with its sub-processors; what data processors hold for
it, on which agreement, where, and through whom; and who asked for the statement.

Reads all holdings once. Source: docs/answers.md, "Processor statement"; GDPR Art. 28(3), 30(2); WH-13.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger.answers.asking import Asking, Register, Snapshot
from ledger.answers.data_processors import chains, processors
from ledger.answers.due import obligation_answers
from ledger.answers.mixes import read_mixes, tallied_mixes
from ledger.answers.on_behalf import customers_processing
from ledger.answers.people import people_of_recipients
from ledger.answers.presentation import term
from ledger.answers.recipients import Shared, Whom, entry_of, shared, terms_of
from ledger.answers.shapes_processor import CustomersProcessing, Processing, StatementAnswer, StatementRequest
from ledger.answers.stated_record import contacts_of, statement_leaves_open
from ledger.core.ids import REGISTER_REF, subject_id


def processor_statement(asking: Asking, controller: str, processor: str | None, *, with_facts: bool = True) -> StatementAnswer:
    """Say what is processed for customers, and what each data processor holds; processor: only this one and who had it from there.

    with_facts: else tallies are read alone, and since when something is held and on which facts that rests stay unsaid.
    """
    with asking.snapshot() as seen:
        register = seen.register()
        published = register.rules.policy_at(controller, seen.time_reached)
        policy = published.policy if published else None
        mixes = read_mixes(seen, controller) if with_facts else tallied_mixes(seen, controller)
        has_all, ways = shared(mixes), chains(controller, mixes)
        processing = customers_processing(seen, controller, published, mixes)
        subs = _sub_processors(controller, processing)
        found = processors(policy, has_all) | {whom: has_all[whom] for whom in subs}
        people = people_of_recipients(seen, controller)
        wanted = {whom: has for whom, has in found.items() if processor is None or processor in ways.get(whom[1], (whom[1],))}
        lines = [
            _processing(seen, whom, has, people.get(whom, 0), ways.get(whom[1], (controller, whom[1])), subs.get(whom, ()))
            for whom, has in wanted.items()
        ]
        requests = _requests(seen, register, controller)
        event = register.event(published.event_id) if published else None
    lines.sort(key=lambda each: (each.chain, each.role))
    return StatementAnswer(
        controller=controller,
        processor=processor,
        statement=policy.title if policy else None,
        version=policy.version if policy else None,
        policy=event,
        contacts=contacts_of(policy),
        processing=tuple(_of_whom(each, processor) for each in processing),
        processors=tuple(lines),
        requests=requests,
        not_covered=statement_leaves_open(policy),
        freshness=seen.freshness(),
    )


def _sub_processors(controller: str, processing: list[CustomersProcessing]) -> dict[Whom, tuple[str, ...]]:
    """Sub-processor -> the activities of which it has or had data."""
    found: dict[Whom, tuple[str, ...]] = {}
    for each in processing:
        for sub in each.sub_processors:
            whom = (controller, sub.processor, sub.role.term)
            found[whom] = (*found.get(whom, ()), each.activity)
    return found


def _of_whom(processing: CustomersProcessing, processor: str | None) -> CustomersProcessing:
    """The same with only this sub-processor, and whom it engages."""
    if processor is None:
        return processing
    return replace(processing, sub_processors=tuple(sub for sub in processing.sub_processors if processor in sub.chain))


def _processing(seen: Snapshot, whom: Whom, has: Shared, subjects: int, chain: tuple[str, ...], sub_processor_for: tuple[str, ...]) -> Processing:
    controller, recipient, role = whom
    register, at = seen.register(), seen.time_reached
    entry = entry_of(register, controller, recipient, at)
    agreement, safeguard, rests_on = terms_of(seen, whom, has, entry, register.rules.policy_at(controller, at))
    return Processing(
        processor=recipient,
        role=term("recipient_roles", role),
        country=None if entry is None else entry["country"],
        countries=tuple(sorted(has.countries)),
        subjects=subjects,
        holdings=has.holdings,
        gets=has.gets(),
        agreement=agreement,
        safeguard=safeguard,
        chain=chain,
        sub_processor_for=sub_processor_for,
        rests_on=rests_on,
        more=has.more(),
    )


def _requests(seen: Snapshot, register: Register, controller: str) -> tuple[StatementRequest, ...]:
    """Who asked for the statement, the latest first, and whether it was given: of several answers the earliest counts."""
    duties = obligation_answers(seen, seen.store.obligations(subject_id(controller, REGISTER_REF)))
    answers = {duty.ref: duty for duty in duties if duty.kind == "ANSWER" and duty.state != "CANCELLED"}
    asked: dict[str, dict[str, Any]] = {}
    given: dict[str, dict[str, Any]] = {}
    for _, type_name, fields in register.told:
        if fields["controller"] == controller and type_name in ("StatementRequested", "StatementGiven"):
            found = asked if type_name == "StatementRequested" else given
            known = found.get(fields["statement_ref"])
            if known is None or fields["occurred_at"] < known["occurred_at"]:
                found[fields["statement_ref"]] = fields
    return tuple(
        StatementRequest(
            statement_ref=ref,
            controller=controller,
            requester=term("requester_kinds", fields["requester_kind"]),
            requested_at=fields["occurred_at"],
            requested=register.event(fields["event_id"]),
            given_at=given[ref]["occurred_at"] if ref in given else None,
            given=register.event(given[ref]["event_id"]) if ref in given else None,
            method=given[ref]["method"] if ref in given else None,
            due_at=answers[ref].overdue_at if ref in answers else None,
            late_by_seconds=answers[ref].late_by_seconds if ref in answers else 0,
        )
        for ref, fields in sorted(asked.items(), key=lambda item: (-item[1]["occurred_at"], item[0]))
    )
