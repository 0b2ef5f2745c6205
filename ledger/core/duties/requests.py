"""A request is answered: raised at receipt, met by a final answer, on the clock of Regulation 1182/71.

Pure. Source: docs/duties.md section 2; GDPR Art. 12(3); promises X-02, MD-17 to MD-19, WH-11, SH-03, SO-13.
"""

from __future__ import annotations

from ledger.core.obligations import Step, raise_obligation, set_clock, settle
from ledger.core.request_clock import clock_of, counting_at
from ledger.core.state import Obligation
from ledger.core.subject import Subject

MET_BY_AN_ANSWER = ("ANSWER", "EXPORT_FIRST")


def call_for_answer(subject: Subject, request_ref: str, step: Step) -> None:
    """Raise or settle what a request's answer is about, and set the clocks of all that is open for it."""
    request = subject.requests[request_ref]
    ours = _called_for_by(subject, request_ref)
    for obligation in ours:
        if request.outcome is not None and obligation.kind in MET_BY_AN_ANSWER:
            settle(subject, obligation, step, "MET")
        elif obligation.state == "OPEN":
            set_clock(subject, obligation, step)
    if request.received is None or request.outcome is not None or any(each.kind == "ANSWER" for each in ours):
        return
    duty = step.rules.duty(subject.controller, request.received.at, "request", "answer", right=request.right)
    if duty is not None:
        raise_obligation(
            subject, step, "ANSWER", (subject.controller, None, None, request_ref, None), request.categories, due_at=request.received.at,
            overdue_at=clock_of(request, counting_at(step.rules, subject.controller, request.received.at), step.time_reached).end, rule=duty.id,
            rests_on=[request.received.event_id], request_ref=request_ref,
        )  # fmt: skip


def re_anchor(subject: Subject, request_ref: str, step: Step) -> None:
    """Cancel all that is open for a request: an earlier receipt of it has become known."""
    for obligation in _called_for_by(subject, request_ref):
        settle(subject, obligation, step, "CANCELLED", reason="re-anchored")


def _called_for_by(subject: Subject, request_ref: str) -> list[Obligation]:
    """What is open for a request, in order of ids."""
    return sorted((each for each in subject.obligations.values() if each.request_ref == request_ref), key=lambda each: each.obligation_id)
