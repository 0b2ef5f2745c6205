"""What comes before an erasure: the service ends first, what must be exported is exported first.

Pure. Source: docs/duties.md section 3; promises WH-12, HH-02 (the service), HH-19 (the export); GDPR Art. 20.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.core.duty import Duty
from ledger.core.obligations import Step, raise_obligation, settle
from ledger.core.refusal import asked_since, is_refused
from ledger.core.rules import PolicyInForce
from ledger.core.state import Evidence, Holding, Request
from ledger.core.subject import Subject
from ledger.core.withstanding import rule_and_zone, withstands

CONTRACT = "eu-gdpr:A6-1-b"


def wait_for_export(subject: Subject, holding: Holding, categories: list[str], step: Step) -> list[str]:
    """Of these, the categories that wait for no request for portability; the first that waits calls for the export."""
    if not subject.requests or holding.key[0] != subject.controller:
        return categories
    waiting: set[str] = set()
    for request_ref, request in subject.known_requests_for("PORTABILITY"):
        if request.received is None or request.outcome is not None:
            continue
        covered = {category for category in categories if not request.categories or category in request.categories}
        duty = step.rules.duty(subject.controller, request.received.at, "erasure", "export_first") if covered else None
        if duty is not None:
            waiting |= covered
            if not _is_open(subject, "EXPORT_FIRST", request_ref, request_ref):
                _raise(subject, step, "EXPORT_FIRST", request_ref, request_ref, duty, (request.received,), request.categories, request.received.at)
    return [category for category in categories if category not in waiting]


def waits_for_service_end(subject: Subject, holding: Holding, request_ref: str, request: Request, step: Step) -> bool:
    """Whether a request's erasure of this holding has to wait for the end of a service; if so, each running one is called to end."""
    if request.received is None:
        return False
    duty = step.rules.duty(subject.controller, request.received.at, "erasure", "end_service")
    if duty is None or not _is_mandatory(subject, holding, step.rules.policy_at(subject.controller, request.received.at)):
        return False
    running = running_services(subject)
    new = [(ref, started) for ref, started in running if not _is_open(subject, "END_SERVICE", ref, request_ref)]
    due_at = min(_mandatory_since(subject, request, step)) if new else request.received.at
    for ref, started in new:
        _raise(subject, step, "END_SERVICE", ref, request_ref, duty, (request.received, started), (), due_at)
    return bool(running)


def settle_service_ends(subject: Subject, step: Step) -> None:
    """Close what called for the end of a service that has ended, or for which nobody asks any more."""
    open_ones = subject.open_duties("END_SERVICE")
    if not open_ones:
        return
    running = {ref for ref, _ in running_services(subject)}
    for obligation in open_ones:
        if obligation.holding[3] not in running:
            settle(subject, obligation, step, "MET")
        elif obligation.request_ref is not None and not _asks_for_mandatory(subject, obligation.request_ref, step):
            settle(subject, obligation, step, "CANCELLED", reason="refused")


def running_services(subject: Subject) -> list[tuple[str | None, Evidence]]:
    """(reference, start) of each service that has started and not ended since, by reference. At an equal moment the end wins."""
    started = subject.reached.get("SERVICE_STARTED", {})
    found = [(ref, started[ref]) for ref in subject.running.get("SERVICE_ENDED", ())]
    return sorted(found, key=lambda each: (each[0] is not None, each[0] or ""))


def _asks_for_mandatory(subject: Subject, request_ref: str, step: Step) -> bool:
    return next(_mandatory_since(subject, subject.requests[request_ref], step), None) is not None


def _mandatory_since(subject: Subject, request: Request, step: Step) -> Iterator[int]:
    """Of each mandatory holding that a request asks for: since when."""
    if request.received is None or request.is_from_nobody_known:
        return
    published = step.rules.policy_at(subject.controller, request.received.at)
    now = step.time_reached
    for holding in subject.held.values():
        if (
            _is_mandatory(subject, holding, published)
            and not is_refused(subject, request, holding, step.rules, now)
            and not withstands(subject, holding, *rule_and_zone(subject, holding, step.rules), now)
            and any(request.asks_for(category, evidence.at) for category, evidence in holding.categories.items())
        ):
            yield asked_since(subject, request, holding, step.rules)


def _is_mandatory(subject: Subject, holding: Holding, published: PolicyInForce | None) -> bool:
    """Whether the contract needs it: of an activity that is required for a contract, or at a recipient for a purpose of such an activity."""
    if published is None:
        return False
    activities = published.policy.activities
    if holding.key[0] == subject.controller:
        declared = activities.get(holding.attributes.activity or "")
        return declared is not None and declared.is_mandatory
    return any(declared.is_mandatory and holding.key[2] in declared.purposes for declared in activities.values())


def _is_open(subject: Subject, kind: str, ref: str | None, request_ref: str) -> bool:
    return any(each.holding[3] == ref and each.request_ref == request_ref for each in subject.open_duties(kind))


def _raise(
    subject: Subject,
    step: Step,
    kind: str,
    ref: str | None,
    request_ref: str,
    duty: Duty,
    evidence: tuple[Evidence, ...],
    categories: tuple[str, ...],
    due_at: int,
) -> None:
    raise_obligation(
        subject, step, kind, (subject.controller, None, None, ref, None), categories, due_at=due_at, overdue_at=due_at, rule=duty.id,
        rests_on=[each.event_id for each in evidence], request_ref=request_ref,
    )  # fmt: skip
