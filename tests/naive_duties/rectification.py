"""RECTIFY: what the controller corrected must be corrected by all who have it from before (docs/duties.md section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.naive_duties.dutch_calendar import after
from tests.naive_duties.duty import CANCELLED, MET, Duty, Ended
from tests.naive_duties.erasure import is_inquiry
from tests.naive_duties.holdings import Key, acquisitions, held
from tests.naive_duties.view import Fields, View


def said(view: View, by: str, key: Key, category: str) -> list[Fields]:
    """The corrections of this holder that concern this category of a holding, earliest first."""
    return [f for f in view.all("DataRectified", by=by) if f["ref"] in (None, key.ref) and category in (f["categories"] or [category])]


def unanswered(view: View, key: Key, got: list[Fields]) -> dict[str, Fields]:
    """Category -> the latest correction by the controller that the holder has not answered, of what it had by then and has."""
    found = {}
    for category, since in held(view, key, got).items():
        corrections = [f for f in said(view, view.controller, key, category) if since <= f["occurred_at"]]
        if corrections and not any(f["occurred_at"] >= corrections[-1]["occurred_at"] for f in said(view, key.holder, key, category)):
            found[category] = corrections[-1]
    return found


def rectifications_wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    for key, got in sorted(acquisitions(view).items(), key=repr):
        if key.holder == view.controller or is_inquiry(got):
            continue
        called = {c for duty in raised if duty.kind == "RECTIFY" and duty.key == key for c in duty.categories}
        wanted = {category: f for category, f in unanswered(view, key, got).items() if category not in called}
        if not wanted:
            continue
        due = min(f["occurred_at"] for f in wanted.values())
        policy, duty = view.policy_at(due), view.duty(due, "rectification", "rectify")
        late = after(max(due, view.moment), (duty or {}).get("acts_within") or policy["acts_within"], policy["time_zone"])
        yield Duty(
            kind="RECTIFY", key=key, categories=tuple(sorted(wanted)), rule=duty["id"] if duty else "GDPR-19", due_at=due, overdue_at=late,
            late_at=late, rests_on=tuple({f["event_id"] for f in wanted.values()}),
        )  # fmt: skip


def rectification_ended(view: View, duty: Duty) -> Ended | None:
    """Because of the holder's answer, because the data is gone, or because an authority has it for an inquiry by now."""
    got = acquisitions(view).get(duty.key, [])
    if not any(category in unanswered(view, duty.key, got) for category in duty.categories):
        return MET, None
    return (CANCELLED, "not-due") if is_inquiry(got) else None
