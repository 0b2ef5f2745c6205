"""Who is affected by a breach is told: worked out from what was held there in the window, one obligation per person and breach.

Pure. Source: docs/duties.md section 5; GDPR Art. 34; promises HH-13, WH-10, X-03.
"""

from __future__ import annotations

from typing import Any

from ledger.core.calendar import add_term
from ledger.core.holdings import collected_keys, covered_until, covers, scope_of, shared_keys
from ledger.core.ids import HoldingKey
from ledger.core.obligations import Step, raise_obligation, settle
from ledger.core.request_clock import zone_at
from ledger.core.subject import Subject

ABOUT = "breach"


def call_for_breach_notices(subject: Subject, step: Step, *, only: str | None = None, at: int | None = None) -> None:
    """Raise or settle the notices of breaches. only: of this breach alone. at: of those that what happened then can have to do with."""
    for breach_ref, breach in sorted(step.rules.breaches.get(subject.controller, {}).items()):
        if only in (None, breach_ref) and (at is None or at <= breach["window_until"]):
            _call_for_notice(subject, breach_ref, breach, step)


def _call_for_notice(subject: Subject, breach_ref: str, breach: dict[str, Any], step: Step) -> None:
    key = (subject.controller, None, None, breach_ref, None)
    open_ones = [each for each in subject.open_duties("NOTIFY_SUBJECT") if each.holding == key and each.about == ABOUT]
    if ("subject", ABOUT, breach_ref) in subject.notices:
        for obligation in open_ones:
            settle(subject, obligation, step, "MET")
        return
    aware_at = breach["aware_at"]
    duty = step.rules.duty(subject.controller, aware_at, "breach", "notify_subject", risk=breach["risk"])
    affected = [] if duty is None else affected_by(subject, breach, step)
    if not affected or duty is None:
        for obligation in open_ones:
            settle(subject, obligation, step, "CANCELLED", reason="not-affected")
        return
    for obligation in open_ones:
        if obligation.due_at != aware_at:  # a later record of the breach says another moment
            settle(subject, obligation, step, "CANCELLED", reason="re-anchored")
    if all(obligation.state == "CANCELLED" for obligation in open_ones):
        zone = zone_at(step.rules, subject.controller, aware_at)
        overdue_at = add_term(max(aware_at, step.at), step.rules.acts_within(subject.controller, aware_at, duty), zone)
        raise_obligation(
            subject, step, "NOTIFY_SUBJECT", key, affected, due_at=aware_at, overdue_at=overdue_at, rule=duty.id,
            rests_on=[breach["event_id"]], about=ABOUT,
        )  # fmt: skip


def affected_by(subject: Subject, breach: dict[str, Any], step: Step) -> list[str]:
    """The categories, sorted, that were held where the breach was, at some moment of its window.

    The state tells nearly always: only data that is gone, or came again, after the window began asks for the history.
    """
    found: set[str] = set()
    unknown: list[tuple[HoldingKey, str]] = []
    for key, holding in subject.holdings.items():
        if not is_hit(breach, key):
            continue
        for category in {*holding.categories, *holding.erased}:
            if breach["categories"] and category not in breach["categories"]:
                continue
            since = holding.categories.get(category)
            if since is not None and since.at <= breach["window_until"]:
                found.add(category)
            elif (covered_until(subject, key, category) or -(2**63)) > breach["window_from"]:
                unknown.append((key, category))
    if unknown:
        history = list(step.history(subject))
        found.update(category for key, category in unknown if _was_held(history, key, category, breach["window_from"], breach["window_until"]))
    return sorted(found)


def is_hit(breach: dict[str, Any], key: HoldingKey) -> bool:
    """Whether a holding is where the breach was."""
    return key[0] == (breach["recipient"] or breach["controller"]) and breach["store"] in (None, key[1])


def _was_held(history: list[tuple[int, str, dict[str, Any]]], key: HoldingKey, category: str, start: int, end: int) -> bool:
    """Whether some acquisition at or before `end` was not erased at or before `start`."""
    acquired, erased = [], []
    for _, type_name, fields in history:
        if type_name == "DataErased" and covers(scope_of(fields), key, category):
            erased.append(fields["occurred_at"])
        elif type_name in ("DataCollected", "DataShared") and category in fields["categories"]:
            keys = collected_keys(fields) if type_name == "DataCollected" else shared_keys(fields)
            if key in keys:
                acquired.append(fields["occurred_at"])
    return any(at <= end and min((gone for gone in erased if gone >= at), default=start + 1) > start for at in acquired)
