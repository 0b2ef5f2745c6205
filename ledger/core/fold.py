"""What an event means: the one fold that the live worker, the rebuild, the audit and the tests all call.

Pure: no clock, no randomness, no I/O. `fold_fact` folds one fact into its subject, `fold_tick` makes things due in one subject, `fold_selected`
does what another register event means for one subject that it concerns. Each changes the subject in place and adds outcomes to the step. Folding the
same records in the same order gives the same state and the same outcomes, byte for byte. Source: docs/architecture.md section 4, docs/duties.md,
docs/decisions/0001 and 0002.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any

from ledger.core.conditions import COUNTED_PURPOSES
from ledger.core.customer import keep_earlier
from ledger.core.duties.before_erasure import settle_service_ends
from ledger.core.duties.breaches import call_for_breach_notices
from ledger.core.duties.controller import tick_register
from ledger.core.duties.disclosures import call_for_disclosure_notices
from ledger.core.duties.passed_on import ERASURE, RESTRICTION, call_for_recipient_notices
from ledger.core.duties.rectification import call_for_rectification, note_rectification
from ledger.core.duties.requests import call_for_answer, re_anchor
from ledger.core.erasing import ask_again, call_for, next_end_of_minimum, refresh
from ledger.core.holdings import NeedsHistory, acquire, attributes_of, collected_keys, erase, refold, scope_of, shared_keys
from ledger.core.ids import REGISTER_REF
from ledger.core.instants import TIME_MAX
from ledger.core.judging import Verdict, judge
from ledger.core.judging.needs_of_requests import IDENTIFIED
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.core.obligations import Step, found, mark_overdue, set_clock
from ledger.core.refusal import CONTRACT_KINDS, DEMANDED_BY_LAW, SEEN, next_end_of_refusal, waits_for_a_contract
from ledger.core.state import Evidence, Hold, HoldStep, Reason
from ledger.core.subject import Subject

Fields = dict[str, Any]


def fold_fact(subject: Subject, type_name: str, fields: Fields, step: Step) -> None:
    """Fold one fact: judge it by what was so before, then let it change what is so. A type without a handler changes nothing."""
    if type_name in JUDGED:
        for verdict in judge(step.rules, subject, type_name, fields, lambda: step.history(subject)):
            _violation(subject, verdict, fields, step)
    handler = HANDLERS.get(type_name)
    if handler is not None:
        handler(subject, fields, step)
        whose = PASSED_ON.get(type_name)
        if whose is not None:
            call_for_recipient_notices(subject, step, fields[whose] if whose and fields[whose] != subject.controller else None)


def fold_tick(subject: Subject, step: Step) -> None:
    """Call for what is due and mark what is late at step.time_reached. The host calls it for the subjects that have something due."""
    if subject.subject_ref == REGISTER_REF:
        tick_register(subject, step)
        return
    known = list(subject.obligations.values())
    call_for_recipient_notices(subject, step)  # a restriction that has ended asks for no notice any more
    # Late first: what this tick calls for is late at the next one at the earliest, however long ago it should have been done.
    for obligation in known:
        if obligation.state == "OPEN" and obligation.overdue_at <= step.time_reached:
            mark_overdue(subject, obligation, step)
    woken = subject.wakes_at is not None and subject.wakes_at <= step.time_reached
    for holding in list(subject.held.values()):
        if subject.requests or holding.is_due(step.time_reached):
            call_for(subject, holding, step)
    if woken:
        call_for_disclosure_notices(subject, step)
        _set_wake(subject, step)


def fold_selected(subject: Subject, type_name: str, fields: Fields, step: Step) -> None:
    """Fold a register event that is no tick into a subject that it concerns; the rules have taken it in already.

    A policy works out every date and duty again; a breach asks whether the subject is affected.
    """
    if subject.subject_ref == REGISTER_REF:
        return
    if type_name == "BreachRecorded":
        call_for_breach_notices(subject, step, only=fields["breach_ref"])
    else:
        refresh(subject, list(subject.held.values()), step)
        for request_ref in sorted(subject.requests):
            call_for_answer(subject, request_ref, step)
        call_for_breach_notices(subject, step)
        call_for_disclosure_notices(subject, step)
        if subject.requests:
            settle_service_ends(subject, step)
            _set_wake(subject, step)
        call_for_recipient_notices(subject, step)


def _collected(subject: Subject, fields: Fields, step: Step) -> None:
    evidence = _evidence(fields, step)
    attributes = attributes_of("DataCollected", fields)
    refresh(subject, [acquire(subject, key, fields["categories"], evidence, attributes) for key in collected_keys(fields)], step)
    if subject.requests:
        _set_wake(subject, step)
    if subject.controller in step.rules.breaches:
        call_for_breach_notices(subject, step, at=evidence.at)


def _shared(subject: Subject, fields: Fields, step: Step) -> None:
    evidence = _evidence(fields, step)
    attributes = attributes_of("DataShared", fields)
    refresh(subject, [acquire(subject, key, fields["categories"], evidence, attributes) for key in shared_keys(fields)], step)
    if subject.requests:
        _set_wake(subject, step)
    if subject.controller in step.rules.breaches:
        call_for_breach_notices(subject, step, at=evidence.at)


def _erased(subject: Subject, fields: Fields, step: Step) -> None:
    scope = scope_of(fields)
    subject.note("erasures", *scope, is_new=scope not in subject.erasures)
    try:
        changed = erase(subject, scope, _evidence(fields, step))
    except NeedsHistory:
        refold(subject, step.history(subject))
        changed = list(subject.holdings.values())
    refresh(subject, changed, step, certificate_ref=fields["certificate_ref"])
    if subject.obligations:
        settle_service_ends(subject, step)
        call_for_breach_notices(subject, step, at=fields["occurred_at"])


def _rectified(subject: Subject, fields: Fields, step: Step) -> None:
    note_rectification(subject, fields, _evidence(fields, step))
    for holding in list(subject.held.values()):
        call_for_rectification(subject, holding, step)


def _milestone(subject: Subject, fields: Fields, step: Step) -> None:
    key, evidence = (fields["kind"], fields["ref"]), _evidence(fields, step)
    known = subject.milestones.get(key)
    if known is not None and keep_earlier(subject, *key, min(known, evidence).at):
        if evidence <= known and not step.rules.asks(subject.controller, "customer"):
            return
    elif known is not None and evidence <= known:
        return
    if known is None or known < evidence:
        subject.reach(*key, evidence)
        subject.note("milestones", *key, is_new=known is None)
    moved = step.rules.moved_by(subject.controller, fields["kind"])
    if fields["kind"] in CONTRACT_KINDS and waits_for_a_contract(subject):
        moved = "all"
    if moved == "nothing":  # a login, say: it would cost as much as there are holdings, for ever more
        return
    ref = fields["ref"]
    refresh(subject, [each for key, each in list(subject.held.items()) if moved == "all" or key[3] == ref], step)
    if subject.requests:
        _set_wake(subject, step)
    if subject.obligations:
        settle_service_ends(subject, step)
    call_for_recipient_notices(subject, step)


def _consent(subject: Subject, fields: Fields, step: Step) -> None:
    key = (fields["purpose"], fields["channel"], fields["recipient"])
    change = (*_evidence(fields, step), fields["state"])
    subject.add_consent(key, change)
    subject.note("consents", *key, change, is_new=True)
    if step.rules.asks(subject.controller, "consent"):
        refresh(subject, list(subject.held.values()), step)


def _objection(subject: Subject, fields: Fields, step: Step) -> None:
    key, change = (fields["purpose"], fields["channel"]), (*_evidence(fields, step), fields["state"])
    insort(subject.objections.setdefault(key, []), change)
    subject.note("objections", *key, change, is_new=True)


def _used(subject: Subject, fields: Fields, step: Step) -> None:
    purpose = fields["purpose"]
    if purpose in COUNTED_PURPOSES:
        use = (fields["occurred_at"], fields["event_id"], fields["by"], fields["channel"])
        insort(subject.uses.setdefault(purpose, []), use)
        subject.note("uses", purpose, use, is_new=True)


def _notice_given(subject: Subject, fields: Fields, step: Step) -> None:
    key, evidence = (fields["to"], fields["about"], fields["ref"]), _evidence(fields, step)
    known = subject.notices.get(key)
    if known is None or evidence < known:
        subject.notices[key] = evidence
        subject.note("notices", *key, is_new=known is None)
    if fields["to"] != "subject" and fields["about"] in (ERASURE, RESTRICTION):
        kind = (fields["to"], fields["about"])
        told = subject.told.get(kind)
        if told is None or told < evidence.at:
            subject.told[kind] = evidence.at
            subject.note("told", *kind, is_new=told is None)
    if subject.obligations:
        call_for_breach_notices(subject, step, only=fields["ref"])
        call_for_disclosure_notices(subject, step, only=fields["ref"])


def _disclosure_requested(subject: Subject, fields: Fields, step: Step) -> None:
    ref, evidence = fields["disclosure_ref"], _evidence(fields, step)
    known = subject.disclosure_requests.get(ref)
    if known is None or evidence < known[0]:
        subject.disclosure_requests[ref] = (evidence, tuple(sorted(fields["categories"])))
        subject.note("disclosure_requests", ref, is_new=known is None)
        call_for_disclosure_notices(subject, step, only=ref)


def _disclosure_decided(subject: Subject, fields: Fields, step: Step) -> None:
    ref = fields["disclosure_ref"]
    barred_until = None if fields["barred_until"] is None else min(fields["barred_until"], TIME_MAX)
    decision = (*_evidence(fields, step), fields["decision"], fields["notice"], barred_until, tuple(sorted(fields["categories"])))
    insort(subject.disclosures.setdefault(ref, []), decision)
    subject.note("disclosures", ref, decision, is_new=True)
    call_for_disclosure_notices(subject, step, only=ref)
    _set_wake(subject, step)


def _request_received(subject: Subject, fields: Fields, step: Step) -> None:
    request, evidence = subject.request(fields["request_ref"]), _evidence(fields, step)
    was_unidentified = request.identified is None
    if fields["identity_check"] in IDENTIFIED and (request.identified is None or evidence < request.identified):
        request.identified = evidence
    if request.received is None or evidence < request.received:
        before = request.right
        request.right, request.received, request.categories = fields["right"], evidence, tuple(sorted(fields["categories"]))
        request.identity = fields["identity_check"]
        subject.file_request(fields["request_ref"], before)
        re_anchor(subject, fields["request_ref"], step)
    elif not was_unidentified or request.identified is None:
        call_for_answer(subject, fields["request_ref"], step)
        return
    ask_again(subject, step)
    _set_wake(subject, step)
    call_for_answer(subject, fields["request_ref"], step)


def _request_answered(subject: Subject, fields: Fields, step: Step) -> None:
    request, evidence = subject.request(fields["request_ref"]), _evidence(fields, step)
    if fields["outcome"] == "EXTENDED":
        if request.extended is None or evidence < request.extended:
            request.extended = evidence
            call_for_answer(subject, fields["request_ref"], step)
    elif request.answered is None or request.answered < evidence:
        request.answered, request.outcome = evidence, fields["outcome"]
        request.reasons = tuple(_reason(each) for each in fields["reasons"])
        subject.file_request(fields["request_ref"])
        call_for_answer(subject, fields["request_ref"], step)
        ask_again(subject, step)
        _set_wake(subject, step)


def _reason(entry: Fields) -> Reason:
    until = None if entry["until"] is None else min(entry["until"], TIME_MAX)
    statute = (entry["statute"] or "") if entry["reason"] in DEMANDED_BY_LAW else None
    seen = entry["reason"] if entry["reason"] in SEEN else None
    return Reason(entry["holder"], entry["store"], entry["purpose"], entry["ref"], until, statute, seen)


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
    subject.note("holds", fields["hold_ref"], change, is_new=True)
    _set_wake(subject, step)
    for obligation in subject.obligations.values():
        if obligation.state == "OPEN":
            set_clock(subject, obligation, step)
    ask_again(subject, step)


def _set_wake(subject: Subject, step: Step) -> None:
    ends = [subject.next_wake(step.time_reached)]
    if subject.requests:
        ends += [find(subject, step.rules, step.time_reached) for find in (next_end_of_refusal, next_end_of_minimum)]
    wakes_at = min((end for end in ends if end is not None), default=None)
    if wakes_at != subject.wakes_at:
        subject.wakes_at, subject.touched = wakes_at, True


def _key_destroyed(subject: Subject, fields: Fields, step: Step) -> None:
    evidence = _evidence(fields, step)
    if subject.key_destroyed is None or evidence < subject.key_destroyed:
        subject.key_destroyed = evidence
        subject.touched = True


def _evidence(fields: Fields, step: Step) -> Evidence:
    return Evidence(fields["occurred_at"], fields["event_id"], step.offset)


def _violation(subject: Subject, verdict: Verdict, fields: Fields, step: Step) -> None:
    holder = fields["recipient"] if "recipient_role" in fields else fields.get("by", subject.controller)
    found(
        subject, step, verdict.promise, verdict.rule, verdict.severity, holder=holder, purpose=fields.get("purpose"),
        categories=sorted(fields.get("categories", ())), rests_on=(step.event_id, *sorted(verdict.because)[: LIST_ENTRIES_MAX - 1]),
    )  # fmt: skip


HANDLERS: dict[str, Callable[[Subject, Fields, Step], None]] = {
    "DataCollected": _collected,
    "DataShared": _shared,
    "DataErased": _erased,
    "DataRectified": _rectified,
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
    "DisclosureRequested": _disclosure_requested,
    "DisclosureDecided": _disclosure_decided,
}
JUDGED = frozenset({"DataCollected", "DataShared", "DataUsed", "DataConsulted", "DataErased", "DataRectified", "RequestAnswered"})
PASSED_ON = {
    "DataCollected": "", "DataShared": "recipient", "DataErased": "by", "NoticeGiven": "to", "RequestReceived": "", "RequestAnswered": "",
    "HoldPlaced": "", "HoldReleased": "", "ConsentChanged": "",
}  # fmt: skip
"""What can change whom an erasure or restriction must be passed on to -> the field that says for which recipient alone, if any.

A milestone asks by itself, where it moves a date.
"""
