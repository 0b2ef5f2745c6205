"""What concerns the controller alone, judged once: breaches and the authority, statements of a data processor, new texts, agreements that end.

Pure. Folded from the register copies of partition 0, into a subject with the reserved reference `register`. Source: docs/duties.md section 7,
docs/decisions/0015; GDPR Art. 13, 28, 33; promises WH-10, X-03, WH-13, HH-20, MD-24, SO-09.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from ledger.core.calendar import Duration, add_term
from ledger.core.instants import TIME_MAX
from ledger.core.obligations import Step, found, mark_overdue, raise_obligation, settle
from ledger.core.request_clock import counting_at, zone_at
from ledger.core.rules import Rules
from ledger.core.state import Evidence, Obligation
from ledger.core.subject import Subject

AUTHORITY_TERM: Final = Duration(seconds=72 * 3600)
"""GDPR Art. 33(1): hours as they pass; where the policy carries no law that says so."""
AUTHORITY_CLOCK: Final = "gdpr-33"
ANNOUNCED: Final = "HH-20"
"""Only who promises to announce changes is asked when that was: of other statements the day is often unknown."""
LAPSED: Final = "agreement-lapsed"
NOTIFIED_LATE: Final = "authority-notified-late"


class End(NamedTuple):
    """The end of an agreement: when, what was in force until then, and the record that told of it where its own term did not."""

    at: int
    of: dict[str, Any]
    told_by: dict[str, Any] | None


def fold_register(subject: Subject, type_name: str, fields: dict[str, Any], step: Step) -> None:
    """Fold one register event, which the rules have taken in already, into its controller's own duties. Ticks go to `tick_register`."""
    match type_name:
        case "PolicyPublished":
            _announced(subject, fields, step)
            _call_again(subject, step)
        case "BreachRecorded":
            _breach(subject, fields["breach_ref"], step)
        case "AuthorityNotified":
            _notified(subject, fields, step)
        case "StatementRequested":
            _statement_requested(subject, fields, step)
        case "StatementGiven":
            _statement_given(subject, fields, step)
        case "AgreementChanged":
            _plan_lapses(subject, step)
        case _:
            pass


def tick_register(subject: Subject, step: Step) -> None:
    """Say what is late, and which agreements have lapsed, at the time reached."""
    for _, obligation in sorted(subject.obligations.items()):
        if obligation.state == "OPEN" and obligation.overdue_at <= step.time_reached:
            mark_overdue(subject, obligation, step)
    _report_lapses(subject, step)


def _announced(subject: Subject, fields: dict[str, Any], step: Step) -> None:
    announced_at, begins = fields["announced_at"], fields["in_force_from"]
    published = step.rules.policy_at(subject.controller, begins)
    promised = published is not None and any(promise.id == ANNOUNCED for promise in published.policy.promises)
    if announced_at is not None and announced_at > begins:
        found(subject, step, ANNOUNCED if promised else "GDPR-13", "announced-late", "WARNING", rests_on=[step.event_id])
    elif announced_at is None and promised and any(other.in_force_from < begins for other in step.rules.policies[subject.controller]):
        found(subject, step, ANNOUNCED, "never-announced", "WARNING", rests_on=[step.event_id])


def _call_again(subject: Subject, step: Step) -> None:
    """A statement may come to be known after what it asks something of: call for that, and let go what it does not ask for."""
    for breach_ref in sorted(step.rules.breaches.get(subject.controller, ())):
        _breach(subject, breach_ref, step)
    for statement_ref in sorted(subject.requests):
        _call_for_statement(subject, statement_ref, step)


def _breach(subject: Subject, breach_ref: str, step: Step) -> None:
    breach = step.rules.breaches[subject.controller][breach_ref]
    aware_at = breach["aware_at"]
    duty = step.rules.duty(subject.controller, aware_at, "breach", "notify_authority", risk=breach["risk"])
    told, obligation = subject.notices.get(("authority", "breach", breach_ref)), _open_one(subject, "NOTIFY_AUTHORITY", breach_ref)
    if obligation is not None and (duty is None or obligation.due_at != aware_at):  # a later record of the breach may say another moment
        settle(subject, obligation, step, "CANCELLED", reason="not-due" if duty is None else "re-anchored")
        obligation = None
    if duty is None or obligation is not None:
        return
    overdue_at = authority_due(step.rules, subject.controller, aware_at)
    if told is not None:
        if told.at > overdue_at:
            _notified_late(subject, breach_ref, duty.id, (breach["event_id"], told.event_id), step)
        return
    raise_obligation(
        subject, step, "NOTIFY_AUTHORITY", _key(subject, breach_ref), sorted(breach["categories"]), due_at=aware_at, overdue_at=overdue_at,
        rule=duty.id, rests_on=[breach["event_id"]], about="breach",
    )  # fmt: skip


def _notified_late(subject: Subject, breach_ref: str, rule: str, rests_on: Iterable[bytes], step: Step) -> None:
    """Say once of a breach that the authority was told of it too late."""
    if _note(subject, ("register", NOTIFIED_LATE, breach_ref), step):
        found(subject, step, rule, NOTIFIED_LATE, "BREACH", holder=subject.controller, rests_on=sorted({*rests_on, step.event_id}))


def _note(subject: Subject, key: tuple[str, str, str], step: Step) -> bool:
    """Remember that something is said; answer whether it is said for the first time."""
    if key in subject.notices:
        return False
    subject.notices[key] = Evidence(step.at, step.event_id, step.offset)
    subject.note("notices", *key, is_new=True)
    return True


def authority_due(rules: Rules, controller: str, aware_at: int) -> int:
    """When the authority must know of a breach at the latest, by the law of the moment of becoming aware."""
    zone, law = counting_at(rules, controller, aware_at)
    clock = None if law is None else law.clock_at(AUTHORITY_CLOCK, aware_at)
    within = AUTHORITY_TERM if clock is None or clock.within is None else clock.within
    return add_term(aware_at, within, zone)


def _notified(subject: Subject, fields: dict[str, Any], step: Step) -> None:
    evidence, key = Evidence(fields["notified_at"], fields["event_id"], step.offset), ("authority", "breach", fields["breach_ref"])
    known = subject.notices.get(key)
    if known is None or evidence < known:
        subject.notices[key] = evidence
        subject.note("notices", *key, is_new=known is None)
    obligation = _open_one(subject, "NOTIFY_AUTHORITY", fields["breach_ref"])
    if obligation is None:
        return
    if obligation.state == "OVERDUE":  # that it is late was said then
        _note(subject, ("register", NOTIFIED_LATE, fields["breach_ref"]), step)
    elif evidence.at > obligation.overdue_at:
        _notified_late(subject, fields["breach_ref"], obligation.rule, obligation.rests_on, step)
    settle(subject, obligation, step, "MET")


def _statement_requested(subject: Subject, fields: dict[str, Any], step: Step) -> None:
    ref, evidence = fields["statement_ref"], Evidence(fields["occurred_at"], fields["event_id"], step.offset)
    request = subject.request(ref, "STATEMENT")
    if request.received is not None and request.received <= evidence:
        return
    request.received = evidence
    _call_for_statement(subject, ref, step)


def _call_for_statement(subject: Subject, statement_ref: str, step: Step) -> None:
    request, obligation = subject.requests[statement_ref], _open_one(subject, "ANSWER", statement_ref)
    received = request.received
    duty = None if received is None else step.rules.duty(subject.controller, received.at, "statement_request", "answer")
    if duty is None and obligation is not None:
        settle(subject, obligation, step, "CANCELLED", reason="not-due")
    if received is None or duty is None or request.answered is not None or obligation is not None:
        return
    zone, within = zone_at(step.rules, subject.controller, received.at), step.rules.acts_within(subject.controller, received.at, duty)
    raise_obligation(
        subject, step, "ANSWER", _key(subject, statement_ref), (), due_at=received.at,
        overdue_at=add_term(max(received.at, step.time_reached), within, zone), rule=duty.id, rests_on=[received.event_id],
    )  # fmt: skip


def _statement_given(subject: Subject, fields: dict[str, Any], step: Step) -> None:
    ref = fields["statement_ref"]
    request = subject.request(ref, "STATEMENT")
    evidence = Evidence(fields["occurred_at"], fields["event_id"], step.offset)
    if request.answered is None or evidence < request.answered:
        request.answered, request.outcome = evidence, "FULFILLED"
    obligation = _open_one(subject, "ANSWER", ref)
    if obligation is not None:
        settle(subject, obligation, step, "MET")


def _plan_lapses(subject: Subject, step: Step) -> None:
    """Say when the next agreement ends that was not looked at yet, so that a tick then does."""
    wakes_at = min((end.at for _, _, end in _not_looked_at(subject, step)), default=None)
    if wakes_at != subject.wakes_at:
        subject.wakes_at, subject.touched = wakes_at, True


def _report_lapses(subject: Subject, step: Step) -> None:
    """Report each agreement whose end has come while none with that recipient is in force. Each end is looked at once."""
    now = step.time_reached
    for recipient, what, end in _not_looked_at(subject, step):
        if end.at > now:
            continue
        _note(subject, ("register", LAPSED, what), step)
        if next(step.rules.agreements_in_force(subject.controller, recipient, now), None) is None:
            published = step.rules.policy_at(subject.controller, now)
            conditions = () if published is None else published.policy.conditions
            promise = next((condition.id for condition in conditions if "agreement" in condition.needs), "GDPR-28")
            found(
                subject, step, promise, LAPSED, "NOTE", what=what.encode(), holder=recipient, categories=sorted(end.of["categories"]),
                rests_on=[state["event_id"] for state in (end.told_by, end.of) if state is not None],
            )  # fmt: skip
    _plan_lapses(subject, step)


def _not_looked_at(subject: Subject, step: Step) -> Iterator[tuple[str, str, End]]:
    """(recipient, agreement and end, end) of every end of an agreement that no tick has looked at yet, in order of names."""
    for (controller, recipient), agreements in sorted(step.rules.agreements.items()):
        if controller != subject.controller:
            continue
        for agreement, states in sorted(agreements.items()):
            for end in _ends(states):
                what = f"{recipient}/{agreement}/{end.at}"
                if 0 < end.at <= TIME_MAX and ("register", LAPSED, what) not in subject.notices:
                    yield recipient, what, end


def _ends(states: Sequence[dict[str, Any]]) -> Iterator[End]:
    """When one agreement ends, by all that is known of it: at its `until`, or sooner when what is said next of it is that it has ended."""
    for state, following in zip_longest(states, states[1:]):  # in order of in_force_from, at the same moment in which they were said
        if state["state"] != "IN_FORCE":
            continue
        until = state["until"]
        if following is None or (until is not None and until <= following["in_force_from"]):
            if until is not None:
                yield End(until, state, None)
        elif following["state"] != "IN_FORCE":
            yield End(following["in_force_from"], state, following)


def _open_one(subject: Subject, kind: str, ref: str) -> Obligation | None:
    return next((each for each in subject.open_duties(kind) if each.holding[3] == ref), None)


def _key(subject: Subject, ref: str) -> tuple[str, None, None, str, None]:
    return (subject.controller, None, None, ref, None)
