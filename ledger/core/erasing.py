"""What must be erased: called for when a term ends or a request asks, met by the matching erasure, cancelled when the date moves or on refusal.

Pure. An obligation names categories of one holding; a category that is held is named by one open obligation at most.
Source: docs/policies.md sections 2 and 7, docs/duties.md section 3; GDPR Art. 5(1)(e), 17, 18, 19.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.core.duties.before_erasure import settle_service_ends, wait_for_export, waits_for_service_end
from ledger.core.duties.rectification import call_for_rectification
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.core.obligations import Step, raise_obligation, settle
from ledger.core.refusal import asked_since, is_refused, was_refused
from ledger.core.request_clock import erase_duty
from ledger.core.retention import due_of, rule_of
from ledger.core.rules import Rules
from ledger.core.state import Evidence, Holding, Obligation
from ledger.core.subject import Subject
from ledger.core.withstanding import SUPPRESSION, rule_and_zone, withstands

if TYPE_CHECKING:
    from ledger.core.retention_rule import RetentionRule

REQUEST_RULE = "GDPR-17"


def refresh(subject: Subject, holdings: Iterable[Holding], step: Step, *, certificate_ref: str | None = None) -> None:
    """Work out again when these holdings are due; settle what is over, call for what is due or asked for already.

    certificate_ref: of the erasure that changed them.
    """
    for holding in holdings:
        _refresh(subject, holding, step, certificate_ref)


def _refresh(subject: Subject, holding: Holding, step: Step, certificate_ref: str | None) -> None:
    subject.touched_holdings.add(holding.key)
    _date(subject, holding, step.rules)
    if subject.obligations:
        settle_what_is_over(subject, holding, step, certificate_ref)
    if subject.requests or subject.obligations or holding.is_due(step.time_reached):
        call_for(subject, holding, step)
    else:
        holding.held_back = False
    if subject.rectified:
        call_for_rectification(subject, holding, step)


def _date(subject: Subject, holding: Holding, rules: Rules) -> None:
    """Work out the rule of a holding and when it must go."""
    due_at = rule_id = None
    anchors: tuple[Evidence, ...] = ()
    published = rules.policy_at(subject.controller, holding.since) if rules.policies and holding.categories else None
    if published is not None:
        rule = rule_of(subject, holding, published.policy)
        if rule is not None:
            rule_id = rule.id
            found = due_of(subject, holding, rule, published.zone)
            if found is not None and (rule.kept != "at_least" or _asked_before(subject, holding, rule, found[0], rules)):
                due_at, anchors = found
    holding.due_at, holding.rule, holding.anchors = due_at, rule_id, anchors


def _asked_before(subject: Subject, holding: Holding, rule: RetentionRule, end: int, rules: Rules) -> list[str]:
    """What must go when a minimum is over, though no end is stated: what a request before that asked for, and no reason lets stay by then (MD-21)."""
    if not subject.requests or not rule.withstands_requests or holding.key[2] == SUPPRESSION:
        return []
    asking = [
        request
        for _, request in subject.known_requests_for("ERASURE")
        if request.received is not None and request.received.at < end and not was_refused(subject, request, holding, rules, end)
    ]
    return [name for name, since in holding.categories.items() if any(request.asks_for(name, since.at) for request in asking)]


def next_end_of_minimum(subject: Subject, rules: Rules, now: int) -> int | None:
    """When the next minimum is over, after the time reached: then a request can ask for what it kept. None: nobody asked, or nothing is kept so."""
    versions = rules.policies.get(subject.controller, ()) if subject.asked.get("ERASURE") else ()
    if all(rule.kept != "at_least" for published in versions for rule in published.policy.retention):
        return None
    ends: list[int] = []
    for holding in subject.held.values():
        published = rules.policy_at(subject.controller, holding.since)
        rule = None if published is None else rule_of(subject, holding, published.policy)
        if published is not None and rule is not None and rule.kept == "at_least":
            found = due_of(subject, holding, rule, published.zone)
            if found is not None and found[0] > now:
                ends.append(found[0])
    return min(ends, default=None)


def settle_what_is_over(subject: Subject, holding: Holding, step: Step, certificate_ref: str | None = None) -> None:
    """Close the open obligations of a holding that are met, whose date has moved away, or whose request is refused."""
    for obligation in _open_ones(subject, holding):
        if not _left(subject, holding, obligation):
            settle(subject, obligation, step, "MET", certificate_ref=certificate_ref)
        elif obligation.request_ref is None:
            if not holding.is_due(step.time_reached):
                settle(subject, obligation, step, "CANCELLED", reason="re-anchored")
        elif is_refused(subject, subject.requests[obligation.request_ref], holding, step.rules, step.time_reached):
            settle(subject, obligation, step, "CANCELLED", reason="refused")


def ask_again(subject: Subject, step: Step) -> None:
    """After what decides about requests, holds or services has changed: settle what is refused, call for what is free now."""
    for holding in list(subject.held.values()):
        before = holding.due_at
        _date(subject, holding, step.rules)  # of a minimum it depends on who asked
        if holding.due_at != before:
            subject.touched_holdings.add(holding.key)
        settle_what_is_over(subject, holding, step)
        call_for(subject, holding, step)
    settle_service_ends(subject, step)


def call_for(subject: Subject, holding: Holding, step: Step) -> None:
    """Call for the erasure of what is due, or asked for by a request, and neither called for yet nor on hold (GDPR Art. 17(3)(e), 18(2)).

    A request is for all that no statute keeps (Art. 17(1), 17(3)(b)) and that is no suppression list; what a statute keeps waits for its own term.
    """
    called = _called(subject, holding)
    free = [category for category in sorted(holding.categories) if category not in called]
    if free and subject.holds:
        standing = [period for period in subject.periods() if period.stands_at(step.time_reached)]
        free = [category for category in free if not any(period.covers(holding.key, category) for period in standing)]
    due_at = holding.due_at
    has_come = holding.is_due(step.time_reached)
    if free:
        rule, zone = rule_and_zone(subject, holding, step.rules)
        if rule is not None and due_at is not None and has_come:
            due = free
            if rule.kept == "at_least":
                asked = _asked_before(subject, holding, rule, due_at, step.rules)
                due = [category for category in free if category in asked]
            free = [category for category in free if category not in due]
            due = wait_for_export(subject, holding, due, step)
            if due:
                overdue_at = rule.overdue_at(max(due_at, step.time_reached), zone)
                _raise(subject, holding, step, due, due_at, overdue_at, rule.id, holding.anchors, None)
                called.update(due)
        if free and subject.requests and not withstands(subject, holding, rule, zone, step.time_reached):
            _call_by_requests(subject, holding, step, free, called)
    held_back = has_come and not called.issuperset(holding.categories)
    if holding.held_back != held_back:
        holding.held_back = held_back
        subject.touched_holdings.add(holding.key)


def called_by(subject: Subject, holding: Holding) -> bytes | None:
    """The latest open obligation to erase a holding, once all that is held is called for; None while some of it is not."""
    if not holding.categories or not _called(subject, holding).issuperset(holding.categories):
        return None
    return max((obligation.raised_offset, obligation.obligation_id) for obligation in _open_ones(subject, holding))[1]


def _called(subject: Subject, holding: Holding) -> set[str]:
    """The categories that are called for already."""
    return {category for obligation in subject.open_erasures.get(holding.key, ()) for category in _left(subject, holding, obligation)}


def is_called_for(subject: Subject, holding: Holding, category: str, step: Step) -> bool:
    """Whether a term or a request wants a category of a holding gone, whatever makes that wait."""
    is_due = holding.is_due(step.time_reached)
    if not is_due and not subject.requests:
        return False
    rule, zone = rule_and_zone(subject, holding, step.rules)
    if is_due and (rule is None or rule.kept != "at_least" or category in _asked_before(subject, holding, rule, holding.due_at or 0, step.rules)):
        return True
    if withstands(subject, holding, rule, zone, step.time_reached):
        return False
    return any(
        request.asks_for(category, holding.categories[category].at) and not is_refused(subject, request, holding, step.rules, step.time_reached)
        for _, request in subject.known_requests_for("ERASURE")
    )


def _call_by_requests(subject: Subject, holding: Holding, step: Step, free: list[str], called: set[str]) -> None:
    """Raise what requests ask for, each category once, by the first request in order of reference. called: is added to."""
    for request_ref, request in subject.known_requests_for("ERASURE"):
        asked = [c for c in free if c not in called and request.asks_for(c, holding.categories[c].at)]
        if not asked or request.received is None or is_refused(subject, request, holding, step.rules, step.time_reached):
            continue
        # Both are called for at once: an export need not wait until the service has ended.
        asked = wait_for_export(subject, holding, asked, step)
        waits = waits_for_service_end(subject, holding, request_ref, request, step)
        if asked and not waits:
            due_at, duty = asked_since(subject, request, holding, step.rules), erase_duty(step.rules, subject, holding.key[0], request.received.at)
            rule = REQUEST_RULE if duty is None else duty.id
            _raise(subject, holding, step, asked, due_at, due_at, rule, (request.received,), request_ref)
            called.update(asked)


def _open_ones(subject: Subject, holding: Holding) -> list[Obligation]:
    return list(subject.open_erasures.get(holding.key, ()))


def _left(subject: Subject, holding: Holding, obligation: Obligation) -> list[str]:
    """The categories of an obligation that are not gone. What was acquired after a request is not what it asks for."""
    held, ref = holding.categories, obligation.request_ref
    received = None if ref is None else subject.requests[ref].received
    return [category for category in obligation.categories if category in held and (received is None or held[category].at <= received.at)]


def _raise(
    subject: Subject,
    holding: Holding,
    step: Step,
    categories: list[str],
    due_at: int,
    overdue_at: int,
    rule: str,
    anchors: tuple[Evidence, ...],
    request_ref: str | None,
) -> None:
    # Cut, or what a holding has come to hold over many facts would outgrow a message: what the first categories in order rest on.
    evidence = (*(holding.categories[category] for category in categories[:LIST_ENTRIES_MAX]), *anchors, holding.latest)
    raise_obligation(
        subject, step, "ERASE", holding.key, categories, due_at=due_at, overdue_at=overdue_at, rule=rule,
        rests_on={each.event_id for each in evidence}, request_ref=request_ref, key_id=holding.row_id,
    )  # fmt: skip
