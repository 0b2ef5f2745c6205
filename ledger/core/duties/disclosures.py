"""Who asks for data, and what was decided, is told to the person, unless an order bars it: then when the bar ends.

Pure. Source: docs/duties.md section 6; promises SH-07, HH-10, HH-11.
"""

from __future__ import annotations

from typing import NamedTuple

from ledger.core.calendar import add_term
from ledger.core.duty import DISCLOSURE_BY_LAW, Duty
from ledger.core.obligations import Step, raise_obligation, settle
from ledger.core.request_clock import zone_at
from ledger.core.state import Decision, Evidence
from ledger.core.subject import Subject

REQUEST, DECISION = "disclosure_request", "disclosure"
DISCLOSED = ("GRANTED", "PARTLY")


class _Wanted(NamedTuple):
    """What must be told: the fact it is about, its categories, since when, and the duty that says so."""

    evidence: Evidence
    categories: tuple[str, ...]
    due_at: int
    duty: Duty


def call_for_disclosure_notices(subject: Subject, step: Step, *, only: str | None = None) -> None:
    """Raise or settle the notices about disclosures. only: about this one alone."""
    for ref in sorted({*subject.disclosures, *subject.disclosure_requests}):
        if only in (None, ref):
            _call_for_notice(subject, ref, REQUEST, step)
            _call_for_notice(subject, ref, DECISION, step)


def _call_for_notice(subject: Subject, ref: str, about: str, step: Step) -> None:
    key = (subject.controller, None, None, ref, None)
    open_ones = [each for each in subject.open_duties("NOTIFY_SUBJECT") if each.holding == key and each.about == about]
    decision = subject.disclosures[ref][-1] if ref in subject.disclosures else None
    if any(("subject", told, ref) in subject.notices for told in ({REQUEST, DECISION} if about == REQUEST else {DECISION})):
        for obligation in open_ones:
            settle(subject, obligation, step, "MET")
        return
    is_barred = decision is not None and decision[4] == "BARRED" and (decision[5] is None or decision[5] > step.time_reached)
    wanted = None if is_barred else _of_request(subject, ref, decision, step) if about == REQUEST else _of_decision(subject, decision, step)
    if wanted is None:
        for obligation in open_ones:
            settle(subject, obligation, step, "CANCELLED", reason="barred" if is_barred else "not-due")
    elif not open_ones:
        zone = zone_at(step.rules, subject.controller, wanted.evidence.at)
        within = step.rules.acts_within(subject.controller, wanted.evidence.at, wanted.duty)
        raise_obligation(
            subject, step, "NOTIFY_SUBJECT", key, sorted(wanted.categories), due_at=wanted.due_at,
            overdue_at=add_term(max(wanted.due_at, step.at), within, zone), rule=wanted.duty.id,
            rests_on=[wanted.evidence.event_id], about=about,
        )  # fmt: skip


def _of_request(subject: Subject, ref: str, decision: Decision | None, step: Step) -> _Wanted | None:
    if ref not in subject.disclosure_requests:
        return None
    evidence, categories = subject.disclosure_requests[ref]
    duty = step.rules.duty(subject.controller, evidence.at, "disclosure_request", "notify_subject")
    return None if duty is None else _Wanted(evidence, categories, max(evidence.at, _end_of_bar(decision)), duty)


def _of_decision(subject: Subject, decision: Decision | None, step: Step) -> _Wanted | None:
    if decision is None or decision[3] not in DISCLOSED:
        return None
    evidence = Evidence(*decision[:3])
    duty = step.rules.duty(subject.controller, evidence.at, "disclosure", "notify_subject")
    if duty is None and decision[4] in ("DUE", "BARRED"):
        duty = DISCLOSURE_BY_LAW
    return None if duty is None else _Wanted(evidence, decision[6], max(evidence.at, _end_of_bar(decision)), duty)


def _end_of_bar(decision: Decision | None) -> int:
    return decision[5] if decision is not None and decision[4] == "BARRED" and decision[5] is not None else -(2**63)
