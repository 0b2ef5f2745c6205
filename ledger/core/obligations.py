"""What holders must do: raised when due or asked for, met by the matching erasure, overdue when late, cancelled when the date moves or on refusal.

Pure. A function of the log up to here: an obligation is raised once, by the record that made it due, and its id is derived from that record's
position. It names categories of one holding; a category that is held is named by one open obligation at most.
Source: docs/events.md, docs/decisions/0001 and 0003; GDPR Art. 5(1)(e), 12, 17, 18, 19.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from ledger.core.calendar import add_term, parse_duration
from ledger.core.ids import holding_id, outcome_id, outcome_salt
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.core.retention import due_of
from ledger.core.rules import Rules
from ledger.core.state import Evidence, Holding, Obligation, Outcome, Period, Subject

if TYPE_CHECKING:
    from ledger.core.retention_rule import RetentionRule

OBLIGATIONS, VIOLATIONS = "obligations", "violations"
SUPPRESSION = "ledger:MarketingSuppression"
"""Whom no campaign may reach any more: to forget that would undo the objection, so an erasure request leaves it (GDPR Art. 21(3); MD-22)."""
REQUEST_TERM = parse_duration("P1M")
"""GDPR Art. 12(3): one month from receipt to act on a request. The calendar of Regulation 1182/71 comes with the request clocks."""
REQUEST_RULE = "GDPR-17"

History = Callable[[Subject], Iterable[tuple[int, str, dict[str, Any]]]]


@dataclass(slots=True)
class Step:
    """The record being folded: where it stands, when it happened, what may be asked, and the outcomes it gives.

    partition, offset: position in `facts`. event_id, salt: of the record. at: the outcomes' time (the fact's moment, or the tick's).
    time_reached: the last tick at or before this record. history: the subject's facts up to and including this record, asked for only rarely.
    """

    rules: Rules
    partition: int
    offset: int
    event_id: bytes
    salt: bytes
    at: int
    time_reached: int
    history: History
    outcomes: list[tuple[Subject, Outcome]] = field(default_factory=list)


def envelope(step: Step, subject: Subject, type_name: str, what: bytes) -> dict[str, Any]:
    """The envelope of an outcome: everything in it is derived from the record that caused it."""
    event_id = outcome_id(type_name, step.partition, step.offset, what)
    return {
        "event_id": event_id,
        "controller": subject.controller,
        "subject_ref": subject.subject_ref,
        "occurred_at": step.at,
        "source": "ledger",
        "actor": None,
        "correlation_id": None,
        "caused_by": step.event_id,
        "salt": outcome_salt(step.salt, event_id),
        "sealed": None,
        "partition": step.partition,
        "log_offset": step.offset,
    }


def refresh(subject: Subject, holdings: Iterable[Holding], step: Step, *, certificate_ref: str | None = None) -> None:
    """Work out again when these holdings are due; settle what is over, call for what is due or asked for already.

    certificate_ref: of the erasure that changed them.
    """
    for holding in holdings:
        _refresh(subject, holding, step, certificate_ref)


def _refresh(subject: Subject, holding: Holding, step: Step, certificate_ref: str | None) -> None:
    subject.touched_holdings.add(holding.key)
    due_at = rule_id = None
    anchors: tuple[Evidence, ...] = ()
    rules = step.rules
    published = rules.policy_at(subject.controller, holding.since) if rules.policies and holding.categories else None
    if published is not None:
        attributes, own = holding.attributes, holding.key[0] == subject.controller
        rule = published.policy.rule_for(own, attributes.activity or "", attributes.role or "", holding.key[2], frozenset(holding.categories))
        if rule is not None:
            rule_id = rule.id
            found = due_of(subject, holding, rule, published.zone)
            if found is not None:
                due_at, anchors = found
    holding.due_at, holding.rule, holding.anchors = due_at, rule_id, anchors
    if subject.obligations:
        settle_what_is_over(subject, holding, step, certificate_ref)
    if subject.requests or subject.obligations or (due_at is not None and due_at <= step.time_reached):
        call_for(subject, holding, step)


def settle_what_is_over(subject: Subject, holding: Holding, step: Step, certificate_ref: str | None = None) -> None:
    """Close the open obligations of a holding that are met, whose date has moved away, or whose request is refused."""
    for obligation in _open_ones(subject, holding):
        if not _left(holding, obligation):
            settle(subject, holding, obligation, step, "MET", certificate_ref=certificate_ref)
        elif obligation.request_ref is None:
            if holding.due_at is None or holding.due_at > step.time_reached:
                settle(subject, holding, obligation, step, "CANCELLED", reason="re-anchored")
        elif subject.requests[obligation.request_ref].is_refused_for(holding.key):
            settle(subject, holding, obligation, step, "CANCELLED", reason="refused")


def call_for(subject: Subject, holding: Holding, step: Step) -> None:
    """Call for the erasure of what is due, or asked for by a request, and neither called for yet nor on hold (GDPR Art. 17(3)(e), 18(2)).

    A request is for all that no statute keeps (Art. 17(1), 17(3)(b)) and that is no suppression list; what a statute keeps waits for its own term.
    """
    open_ones = _open_ones(subject, holding) if subject.obligations else []
    called = {category for obligation in open_ones for category in _left(holding, obligation)}
    free = [category for category in sorted(holding.categories) if category not in called]
    if free and subject.holds:
        standing = [period for period in subject.periods() if period.stands_at(step.time_reached)]
        free = [category for category in free if not any(period.covers(holding.key, category) for period in standing)]
    if free:
        rule, zone = _rule_of(subject, holding, step)
        if rule is not None and holding.due_at is not None and holding.due_at <= step.time_reached:
            overdue_at = rule.overdue_at(max(holding.due_at, step.time_reached), zone)
            open_ones.append(_raise(subject, holding, step, free, holding.due_at, overdue_at, rule.id, holding.anchors, None))
            called.update(free)
        elif (rule is None or rule.statute is None) and holding.key[2] != SUPPRESSION:
            for request_ref, request in sorted(subject.requests.items()):
                asked = [c for c in free if c not in called and request.asks_for(holding.key, c, holding.categories[c].at)]
                if asked and request.received is not None:
                    overdue_at = add_term(request.received.at, REQUEST_TERM, zone)
                    anchors = (request.received,)
                    open_ones.append(_raise(subject, holding, step, asked, request.received.at, overdue_at, REQUEST_RULE, anchors, request_ref))
                    called.update(asked)
    whole = None
    if holding.categories and called.issuperset(holding.categories):
        whole = max((obligation.raised_offset, obligation.obligation_id) for obligation in open_ones)[1]
    if holding.obligation != whole:
        holding.obligation = whole
        subject.called_holdings.add(holding.key)


def _open_ones(subject: Subject, holding: Holding) -> list[Obligation]:
    return [obligation for obligation in subject.obligations.values() if obligation.holding == holding.key]


def _left(holding: Holding, obligation: Obligation) -> list[str]:
    """The categories of an obligation that are not gone. What was acquired after a request is not what it asks for."""
    held, asked = holding.categories, obligation.request_ref is not None
    return [category for category in obligation.categories if category in held and not (asked and held[category].at > obligation.due_at)]


def _rule_of(subject: Subject, holding: Holding, step: Step) -> tuple[RetentionRule | None, tzinfo]:
    """The rule that covers a holding, and the legal time its terms run in."""
    published = step.rules.policy_at(subject.controller, holding.since)
    if published is None:
        return None, step.rules.zone_of("Europe/Amsterdam")
    attributes, own = holding.attributes, holding.key[0] == subject.controller
    rule = published.policy.rule_for(own, attributes.activity or "", attributes.role or "", holding.key[2], frozenset(holding.categories))
    return rule, published.zone


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
) -> Obligation:
    holder, store, purpose, ref, received_from = holding.key
    # Cut, or what a holding has come to hold over many facts would outgrow a message: the first categories in order, and what these rest on.
    cited = categories[:LIST_ENTRIES_MAX]
    evidence = (*(holding.categories[category] for category in cited), *anchors, holding.latest)
    what = subject.subject_id + (holding.row_id or holding_id(holding.key)) + (request_ref or "").encode()
    obligation = Obligation(
        obligation_id=outcome_id("erase", step.partition, step.offset, what),
        kind="ERASE",
        holding=holding.key,
        categories=tuple(categories),
        due_at=due_at,
        overdue_at=overdue_at,
        rule=rule,
        raised_at=step.at,
        raised_offset=step.offset,
        rests_on=tuple(sorted({each.event_id for each in evidence})),
        request_ref=request_ref,
    )
    set_clock(subject, obligation, step)
    subject.obligations[obligation.obligation_id] = obligation
    subject.touched_obligations[obligation.obligation_id] = obligation
    subject.called_holdings.add(holding.key)
    fields = envelope(step, subject, "ObligationRaised", obligation.obligation_id) | {
        "obligation_id": obligation.obligation_id,
        "kind": obligation.kind,
        "holder": holder,
        "store": store,
        "purpose": purpose,
        "ref": ref,
        "received_from": received_from,
        "categories": cited,
        "due_at": due_at,
        "overdue_at": obligation.overdue_at,
        "rule": rule,
        "rests_on": list(obligation.rests_on),
    }
    step.outcomes.append((subject, Outcome("ObligationRaised", OBLIGATIONS, fields)))
    return obligation


def settle(
    subject: Subject,
    holding: Holding,
    obligation: Obligation,
    step: Step,
    state: str,
    *,
    reason: str | None = None,
    certificate_ref: str | None = None,
) -> None:
    """Close an obligation as MET or CANCELLED; it leaves the state, its row and its outcome stay."""
    obligation.state, obligation.reason, obligation.certificate_ref = state, reason, certificate_ref
    obligation.settled = Evidence(step.at, step.event_id, step.offset)
    if holding.obligation == obligation.obligation_id:
        holding.obligation = None
        subject.called_holdings.add(holding.key)
    del subject.obligations[obligation.obligation_id]
    _stop_clock(subject, obligation)
    subject.touched_obligations[obligation.obligation_id] = obligation
    type_name = "ObligationMet" if state == "MET" else "ObligationCancelled"
    fields = _about(step, subject, obligation, type_name)
    if state == "MET":
        fields["certificate_ref"] = certificate_ref
    else:
        fields["reason"] = reason or ""
    step.outcomes.append((subject, Outcome(type_name, OBLIGATIONS, fields)))


def set_clock(subject: Subject, obligation: Obligation, step: Step) -> None:
    """Work out from the holds when an open obligation is overdue: it stands still while one covers any of it, and then runs on.

    It counts from receipt of a request, or from when it was raised. While a hold without an end stands, the moment is as if it ended now.
    """
    if not subject.holds:
        return
    as_raised = subject.clocks.get(obligation.obligation_id, obligation.overdue_at)
    started = obligation.raised_at if obligation.request_ref is None else obligation.due_at
    periods = [p for p in subject.periods() if any(p.covers(obligation.holding, category) for category in obligation.categories)]
    overdue_at = runs_out(started, as_raised, periods, step.time_reached)
    if overdue_at == obligation.overdue_at:
        return
    obligation.overdue_at = overdue_at
    subject.touched_obligations[obligation.obligation_id] = obligation
    _stop_clock(subject, obligation)
    if overdue_at != as_raised:
        subject.clocks[obligation.obligation_id] = as_raised
        subject.touched = True


def _stop_clock(subject: Subject, obligation: Obligation) -> None:
    if subject.clocks.pop(obligation.obligation_id, None) is not None:
        subject.touched = True


def runs_out(start: int, end: int, periods: Iterable[Period], now: int) -> int:
    """When a time from start to end is over that stands still in these periods; one without an end lasts until now."""
    counted_to = start
    for period_start, period_end in sorted((period.start, now if period.end is None else period.end) for period in periods):
        if period_start >= end:
            break
        counted_from = max(period_start, counted_to)
        if period_end > counted_from:
            end += period_end - counted_from
            counted_to = period_end
    return end


def mark_overdue(subject: Subject, obligation: Obligation, step: Step) -> None:
    """Say once that an open obligation is late, unless a hold made it wait."""
    set_clock(subject, obligation, step)
    if obligation.overdue_at > step.time_reached:
        return
    _stop_clock(subject, obligation)
    obligation.state = "OVERDUE"
    subject.touched_obligations[obligation.obligation_id] = obligation
    step.outcomes.append((subject, Outcome("ObligationOverdue", OBLIGATIONS, _about(step, subject, obligation, "ObligationOverdue"))))


def _about(step: Step, subject: Subject, obligation: Obligation, type_name: str) -> dict[str, Any]:
    return envelope(step, subject, type_name, obligation.obligation_id) | {
        "obligation_id": obligation.obligation_id,
        "kind": obligation.kind,
        "holder": obligation.holding[0],
        "rule": obligation.rule,
        "rests_on": sorted({*obligation.rests_on, step.event_id}),
    }
