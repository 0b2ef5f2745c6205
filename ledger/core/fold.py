"""What an event means: the one fold that the live worker, the rebuild, the audit and the tests all call.

Pure: no clock, no randomness, no I/O. `fold_fact` folds one fact into its subject, `fold_tick` makes things due in one subject, `fold_policy` works
the dates of one subject out again. Each changes the subject in place and adds outcomes to the step. Folding the same records in the same order
gives the same state and the same outcomes, byte for byte. Source: docs/architecture.md section 4, docs/decisions/0001 and 0002.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any

from ledger.core.conditions import COUNTED_PURPOSES
from ledger.core.customer import keep_earlier
from ledger.core.holdings import NeedsHistory, acquire, attributes_of, collected_keys, erase, refold, scope_of, shared_key
from ledger.core.instants import TIME_MAX
from ledger.core.judging import Verdict, judge
from ledger.core.judging.needs import IDENTIFIED
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.core.obligations import VIOLATIONS, Step, call_for, envelope, mark_overdue, refresh, set_clock, settle, settle_what_is_over
from ledger.core.state import Evidence, Hold, HoldStep, Outcome, Request, Subject

Fields = dict[str, Any]


def fold_fact(subject: Subject, type_name: str, fields: Fields, step: Step) -> None:
    """Fold one fact: judge it by what was so before, then let it change what is so. A type without a handler changes nothing."""
    if type_name in JUDGED:
        for verdict in judge(step.rules, subject, type_name, fields, lambda: step.history(subject)):
            _violation(subject, verdict, fields, step)
    handler = HANDLERS.get(type_name)
    if handler is not None:
        handler(subject, fields, step)


def fold_tick(subject: Subject, step: Step) -> None:
    """Call for what is due and mark what is late at step.time_reached. The host calls it for the subjects that have something due."""
    # Late first: what this tick calls for is late at the next one at the earliest, however long ago it should have been done.
    for obligation in list(subject.obligations.values()):
        if obligation.state == "OPEN" and obligation.overdue_at <= step.time_reached:
            mark_overdue(subject, obligation, step)
    for holding in list(subject.holdings.values()):
        if holding.obligation is None and holding.categories:
            call_for(subject, holding, step)
    if subject.wakes_at is not None and subject.wakes_at <= step.time_reached:
        subject.wakes_at, subject.touched = subject.next_hold_end(step.time_reached), True


def fold_policy(subject: Subject, step: Step) -> None:
    """Work out every date of the subject again, after a policy of its controller was published."""
    refresh(subject, list(subject.holdings.values()), step)


def _collected(subject: Subject, fields: Fields, step: Step) -> None:
    evidence = _evidence(fields, step)
    attributes = attributes_of("DataCollected", fields)
    refresh(subject, [acquire(subject, key, fields["categories"], evidence, attributes) for key in collected_keys(fields)], step)


def _shared(subject: Subject, fields: Fields, step: Step) -> None:
    holding = acquire(subject, shared_key(fields), fields["categories"], _evidence(fields, step), attributes_of("DataShared", fields))
    refresh(subject, (holding,), step)


def _erased(subject: Subject, fields: Fields, step: Step) -> None:
    subject.touched = True
    try:
        changed = erase(subject, scope_of(fields), _evidence(fields, step))
    except NeedsHistory:
        refold(subject, step.history(subject))
        changed = list(subject.holdings.values())
    refresh(subject, changed, step, certificate_ref=fields["certificate_ref"])


def _milestone(subject: Subject, fields: Fields, step: Step) -> None:
    key, evidence = (fields["kind"], fields["ref"]), _evidence(fields, step)
    known = subject.milestones.get(key)
    if known is not None and keep_earlier(subject, *key, min(known, evidence).at):
        subject.touched = True
        if evidence <= known and not step.rules.asks(subject.controller, "customer"):
            return
    elif known is not None and evidence <= known:
        return
    subject.milestones[key] = evidence if known is None else max(known, evidence)
    subject.touched = True
    refresh(subject, list(subject.holdings.values()), step)


def _consent(subject: Subject, fields: Fields, step: Step) -> None:
    key = (fields["purpose"], fields["channel"], fields["recipient"])
    insort(subject.consents.setdefault(key, []), (*_evidence(fields, step), fields["state"]))
    subject.touched = True
    if step.rules.asks(subject.controller, "consent"):
        refresh(subject, list(subject.holdings.values()), step)


def _objection(subject: Subject, fields: Fields, step: Step) -> None:
    insort(subject.objections.setdefault((fields["purpose"], fields["channel"]), []), (*_evidence(fields, step), fields["state"]))
    subject.touched = True


def _used(subject: Subject, fields: Fields, step: Step) -> None:
    if fields["purpose"] in COUNTED_PURPOSES:
        insort(subject.uses.setdefault(fields["purpose"], []), (fields["occurred_at"], fields["event_id"], fields["by"], fields["channel"]))
        subject.touched = True


def _notice_given(subject: Subject, fields: Fields, step: Step) -> None:
    key, evidence = (fields["to"], fields["about"], fields["ref"]), _evidence(fields, step)
    known = subject.notices.get(key)
    if known is None or evidence < known:
        subject.notices[key] = evidence
        subject.touched = True


def _disclosure_decided(subject: Subject, fields: Fields, step: Step) -> None:
    decisions = subject.disclosures.setdefault(fields["disclosure_ref"], [])
    insort(decisions, (*_evidence(fields, step), fields["decision"], fields["notice"], fields["barred_until"]))
    subject.touched = True


def _request_received(subject: Subject, fields: Fields, step: Step) -> None:
    request = subject.requests.setdefault(fields["request_ref"], Request())
    evidence = _evidence(fields, step)
    if fields["identity_check"] in IDENTIFIED and (request.identified is None or evidence < request.identified):
        request.identified = evidence
    subject.touched = True
    if request.received is None or evidence < request.received:
        request.right, request.received, request.categories = fields["right"], evidence, tuple(sorted(fields["categories"]))
        for obligation in [each for each in subject.obligations.values() if each.request_ref == fields["request_ref"]]:
            settle(subject, subject.holdings[obligation.holding], obligation, step, "CANCELLED", reason="re-anchored")
        _ask_again(subject, step)


def _request_answered(subject: Subject, fields: Fields, step: Step) -> None:
    request = subject.requests.setdefault(fields["request_ref"], Request())
    evidence = _evidence(fields, step)
    subject.touched = True
    if request.answered is None or request.answered < evidence:
        request.answered, request.outcome = evidence, fields["outcome"]
        request.reasons = tuple((each["holder"], each["store"], each["purpose"], each["ref"]) for each in fields["reasons"])
        _ask_again(subject, step)


def _hold_placed(subject: Subject, fields: Fields, step: Step) -> None:
    until = fields["until"]
    _hold_changed(subject, fields, step, tuple(sorted(fields["categories"])), fields["store"], None if until is None else min(until, TIME_MAX))


def _hold_released(subject: Subject, fields: Fields, step: Step) -> None:
    _hold_changed(subject, fields, step)


def _hold_changed(
    subject: Subject, fields: Fields, step: Step, categories: tuple[str, ...] | None = None, store: str | None = None, until: int | None = None
) -> None:
    """categories None: it is released."""
    change = HoldStep(*_evidence(fields, step), fields["kind"], categories is None, categories or (), store, until)
    insort(subject.holds.setdefault(fields["hold_ref"], Hold()).steps, change, key=HoldStep.place)
    subject.wakes_at, subject.touched = subject.next_hold_end(step.time_reached), True
    for obligation in subject.obligations.values():
        if obligation.state == "OPEN":
            set_clock(subject, obligation, step)
    _ask_again(subject, step)


def _ask_again(subject: Subject, step: Step) -> None:
    """After what decides about requests and holds has changed: settle what is refused, call for what is free now."""
    for holding in list(subject.holdings.values()):
        settle_what_is_over(subject, holding, step)
        if holding.categories:
            call_for(subject, holding, step)


def _key_destroyed(subject: Subject, fields: Fields, step: Step) -> None:
    evidence = _evidence(fields, step)
    if subject.key_destroyed is None or evidence < subject.key_destroyed:
        subject.key_destroyed = evidence
        subject.touched = True


def _evidence(fields: Fields, step: Step) -> Evidence:
    return Evidence(fields["occurred_at"], fields["event_id"], step.offset)


def _violation(subject: Subject, verdict: Verdict, fields: Fields, step: Step) -> None:
    holder = fields["recipient"] if "recipient_role" in fields else fields.get("by", subject.controller)
    what = f"{verdict.promise}/{verdict.rule}".encode()
    outcome = envelope(step, subject, "ViolationFound", what) | {
        "promise": verdict.promise,
        "rule": verdict.rule,
        "severity": verdict.severity,
        "holder": holder,
        "purpose": fields.get("purpose"),
        "categories": sorted(fields.get("categories", ()))[:LIST_ENTRIES_MAX],
        "rests_on": [step.event_id],
    }
    step.outcomes.append((subject, Outcome("ViolationFound", VIOLATIONS, outcome)))


HANDLERS: dict[str, Callable[[Subject, Fields, Step], None]] = {
    "DataCollected": _collected,
    "DataShared": _shared,
    "DataErased": _erased,
    "MilestoneReached": _milestone,
    "ConsentChanged": _consent,
    "ObjectionChanged": _objection,
    "DataUsed": _used,
    "RequestReceived": _request_received,
    "RequestAnswered": _request_answered,
    "HoldPlaced": _hold_placed,
    "HoldReleased": _hold_released,
    "KeyDestroyed": _key_destroyed,
    "NoticeGiven": _notice_given,
    "DisclosureDecided": _disclosure_decided,
}
JUDGED = frozenset({"DataCollected", "DataShared", "DataUsed", "DataConsulted", "DataErased", "RequestAnswered"})
