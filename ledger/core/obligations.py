"""What holders must do: raised when due, met by the matching erasure, overdue when late, cancelled when the date moves.

Pure. A function of the log up to here: an obligation is raised once, by the record that made it due, and its id is derived from that record's
position. Source: docs/events.md, docs/decisions/0001 and 0003; GDPR Art. 5(1)(e), 17, 19.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ledger.core.calendar import add_term, parse_duration
from ledger.core.ids import holding_id, outcome_id, outcome_salt
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.core.retention import due_of
from ledger.core.rules import Rules
from ledger.core.state import Evidence, Holding, Obligation, Outcome, Subject

OBLIGATIONS, VIOLATIONS = "obligations", "violations"
REQUEST_TERM = parse_duration("P1M")
"""GDPR Art. 12(3): one month to act on a request. The calendar of Regulation 1182/71 comes with the request clocks."""
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


def refresh(subject: Subject, holdings: Iterable[Holding], step: Step) -> None:
    """Work out again when these holdings are due; cancel what is no longer due, raise what is due already."""
    for holding in holdings:
        _refresh(subject, holding, step)


def _refresh(subject: Subject, holding: Holding, step: Step) -> None:
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
    if holding.obligation is not None:
        open_one = subject.obligations[holding.obligation]
        if not holding.categories:
            settle(subject, holding, open_one, step, "MET")
        elif open_one.request_ref is None and (due_at is None or due_at > step.time_reached):
            settle(subject, holding, open_one, step, "CANCELLED", reason="re-anchored")
    if due_at is not None and due_at <= step.time_reached and holding.obligation is None:
        raise_retention(subject, holding, step)


def raise_retention(subject: Subject, holding: Holding, step: Step) -> None:
    """Call for the erasure of a holding whose term is over, unless a legal hold stands."""
    if holding.due_at is None or holding.rule is None or subject.on_hold:
        return
    published = step.rules.policy_at(subject.controller, holding.since)
    if published is None:
        return
    attributes, own = holding.attributes, holding.key[0] == subject.controller
    rule = published.policy.rule_for(own, attributes.activity or "", attributes.role or "", holding.key[2], frozenset(holding.categories))
    if rule is None:
        return
    overdue_at = rule.overdue_at(max(holding.due_at, step.time_reached), published.zone)
    _raise(subject, holding, step, holding.due_at, overdue_at, holding.rule, holding.anchors, None)


def raise_request(subject: Subject, request_ref: str, step: Step) -> None:
    """Call at once for the erasure of all that no statute keeps (GDPR Art. 17(1), 17(3)(b)); what a statute keeps waits for its own term.

    While a legal hold stands nothing is called for (GDPR Art. 17(3)(e), 18(2)); its release asks again.
    """
    if subject.on_hold:
        return
    for holding in list(subject.holdings.values()):
        if not holding.categories or holding.obligation is not None:
            continue
        published = step.rules.policy_at(subject.controller, holding.since)
        zone = None
        if published is not None:
            zone = published.zone
            attributes, own = holding.attributes, holding.key[0] == subject.controller
            rule = published.policy.rule_for(own, attributes.activity or "", attributes.role or "", holding.key[2], frozenset(holding.categories))
            if rule is not None and rule.statute is not None:
                continue
        zone = zone or step.rules.zone_of("Europe/Amsterdam")
        overdue_at = add_term(max(step.at, step.time_reached), REQUEST_TERM, zone)
        _raise(subject, holding, step, step.at, overdue_at, REQUEST_RULE, (), request_ref)


def _raise(
    subject: Subject, holding: Holding, step: Step, due_at: int, overdue_at: int, rule: str, anchors: tuple[Evidence, ...], request_ref: str | None
) -> None:
    holder, store, purpose, ref, received_from = holding.key
    categories = sorted(holding.categories)
    # Cut, or what a holding has come to hold over many facts would outgrow a message: the first categories in order, and what these rest on.
    cited = categories[:LIST_ENTRIES_MAX]
    rests_on = {evidence.event_id for evidence in (*(holding.categories[category] for category in cited), *anchors, holding.latest)}
    if request_ref is not None:
        rests_on.add(step.event_id)
    obligation = Obligation(
        obligation_id=outcome_id("erase", step.partition, step.offset, subject.subject_id + holding_id(holding.key)),
        kind="ERASE",
        holding=holding.key,
        categories=tuple(categories),
        due_at=due_at,
        overdue_at=overdue_at,
        rule=rule,
        raised_at=step.at,
        raised_offset=step.offset,
        rests_on=tuple(sorted(rests_on)),
        request_ref=request_ref,
    )
    holding.obligation = obligation.obligation_id
    subject.obligations[obligation.obligation_id] = obligation
    subject.touched_obligations[obligation.obligation_id] = obligation
    subject.touched_holdings.add(holding.key)
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
        "overdue_at": overdue_at,
        "rule": rule,
        "rests_on": list(obligation.rests_on),
    }
    step.outcomes.append((subject, Outcome("ObligationRaised", OBLIGATIONS, fields)))


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
    holding.obligation = None
    del subject.obligations[obligation.obligation_id]
    subject.touched_obligations[obligation.obligation_id] = obligation
    type_name = "ObligationMet" if state == "MET" else "ObligationCancelled"
    fields = _about(step, subject, obligation, type_name)
    if state == "MET":
        fields["certificate_ref"] = certificate_ref
    else:
        fields["reason"] = reason or ""
    step.outcomes.append((subject, Outcome(type_name, OBLIGATIONS, fields)))


def mark_overdue(subject: Subject, obligation: Obligation, step: Step) -> None:
    """Say once that an open obligation is late."""
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
