"""The processor statement: what data processors hold for a controller, on which agreement, where, and through whom; and who asked for it.

Reads all holdings once. Source: docs/answers.md, "Processor statement"; GDPR Art. 28, 30(2); WH-13.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.answers.agreements import is_needed
from ledger.answers.asking import Asking, Register, Snapshot
from ledger.answers.due import obligation_answers
from ledger.answers.mixes import Mix, read_mixes
from ledger.answers.presentation import term
from ledger.answers.recipients import Shared, Whom, entry_of, shared, terms_of
from ledger.answers.shapes_sharing import Processing, StatementAnswer, StatementRequest
from ledger.core.ids import REGISTER_REF, subject_id
from ledger.core.policy import Policy

PROCESSOR_ROLES: Final = frozenset({"data_processor", "sub_processor", "hosting", "mailing", "software_supplier", "support", "data_centre"})
"""Roles that by their meaning work on the controller's behalf; also those of whom the policy asks an agreement.

But for those of whom it is only a warning (SO-09): they decide for themselves.
"""
_BREACH: Final = ("BREACH",)


def processor_statement(asking: Asking, controller: str, processor: str | None) -> StatementAnswer:
    """Say what each data processor holds for the controller; processor: only this one and who had it from there."""
    with asking.snapshot() as seen:
        register = seen.register()
        published = register.rules.policy_at(controller, seen.time_reached)
        policy = published.policy if published else None
        mixes = read_mixes(seen, controller)
        found = _processors(policy, shared(mixes))
        people = {(owner, holder, role): count for owner, holder, role, count in seen.store.people_of_recipients(controller)}
        chains = _chains(controller, mixes)
        wanted = {whom: has for whom, has in found.items() if processor is None or processor in chains.get(whom[1], (whom[1],))}
        lines = [_processing(seen, whom, has, people.get(whom, 0), chains.get(whom[1], (controller, whom[1]))) for whom, has in wanted.items()]
        requests = _requests(seen, register, controller)
    lines.sort(key=lambda each: (each.chain, each.role))
    return StatementAnswer(
        controller=controller,
        processor=processor,
        statement=policy.title if policy else None,
        version=policy.version if policy else None,
        processors=tuple(lines),
        requests=requests,
        freshness=seen.freshness(),
    )


def is_processor(policy: Policy | None, whom: Whom, has: Shared) -> bool:
    """Whether a recipient works on the controller's behalf."""
    _, recipient, role = whom
    return role in PROCESSOR_ROLES or any(is_needed(policy, recipient, role, purpose, categories, _BREACH) for purpose, categories in has.held())


def _processors(policy: Policy | None, recipients: dict[Whom, Shared]) -> dict[Whom, Shared]:
    """The data processors, and whoever had it from one of them: a processor answers for those it engages (Art. 28(2), 28(4))."""
    found = {whom: has for whom, has in recipients.items() if is_processor(policy, whom, has)}
    while True:
        names = {recipient for _, recipient, _ in found}
        engaged = {whom: has for whom, has in recipients.items() if whom not in found and not names.isdisjoint(has.givers)}
        if not engaged:
            return found
        found |= engaged


def _chains(controller: str, mixes: list[Mix]) -> dict[str, tuple[str, ...]]:
    """Recipient -> who passed it on, from the controller on: the shortest way, of equal ones the first by name."""
    givers: dict[str, set[str]] = {}
    for mix in mixes:
        if mix.received_from is not None:
            givers.setdefault(mix.received_from, set()).add(mix.holder)
    chains: dict[str, tuple[str, ...]] = {controller: (controller,)}
    edge = [controller]
    while edge:
        following = []
        for giver in edge:
            for holder in sorted(givers.get(giver, ())):
                if holder not in chains:
                    chains[holder] = (*chains[giver], holder)
                    following.append(holder)
        edge = following
    return chains


def _processing(seen: Snapshot, whom: Whom, has: Shared, subjects: int, chain: tuple[str, ...]) -> Processing:
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
