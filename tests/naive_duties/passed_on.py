"""NOTIFY_RECIPIENT: who got it is told of what the controller erased or may only store (docs/duties.md section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.naive_duties.dutch_calendar import after
from tests.naive_duties.duty import CANCELLED, MET, Duty, Ended
from tests.naive_duties.erasure import asked_for, due_of, is_inquiry
from tests.naive_duties.holdings import Key, acquisitions, held
from tests.naive_duties.requests import receipts
from tests.naive_duties.view import Fields, View, when


def erased_by_controller(view: View) -> dict[str, Fields]:
    """Category -> the latest erasure of it, of what the controller had and has nowhere any more."""
    had: dict[str, list[Fields]] = {}
    has: set[str] = set()
    for key, got in acquisitions(view).items():
        if key.holder == view.controller:
            has |= set(held(view, key, got))
            for category in {category for f in got for category in f["categories"]}:
                had.setdefault(category, []).extend(
                    f for f in view.all("DataErased", by=key.holder)
                    if f["store"] in (None, key.store) and f["ref"] in (None, key.ref)
                    and category in (f["categories"] or [category]) and key.purpose in (f["purposes"] or [key.purpose])
                )  # fmt: skip
    return {category: max(erasures, key=when) for category, erasures in had.items() if category not in has}


def restrictions(view: View) -> list[Fields]:
    """The placings of restrictions that stand: nothing came after them, and their own end is not reached."""
    steps = [(f["occurred_at"], place, f["event_id"], f) for place, name in enumerate(("HoldPlaced", "HoldReleased")) for f in view.all(name)]
    latest = {ref: max(step[:3] for step in steps if step[3]["hold_ref"] == ref) for ref in {step[3]["hold_ref"] for step in steps}}
    return [
        f for at, place, event_id, f in steps
        if not place and (at, place, event_id) == latest[f["hold_ref"]] and f["kind"] == "RESTRICTION"
        and (f["until"] is None or f["until"] > view.time)
    ]  # fmt: skip


def to_be_told(view: View, recipient: str, about: str) -> dict[str, Fields]:
    """Category -> what happened that this recipient has not been told of since."""
    causes = erased_by_controller(view) if about == "erasure" else {}
    found: dict[str, Fields] = {}
    for key, got in acquisitions(view).items():
        if key.holder != recipient or is_inquiry(got):
            continue
        for category, since in held(view, key, got).items():
            if about == "restriction":
                of_it = [f for f in restrictions(view) if category in (f["categories"] or [category])]
                cause = max(of_it, key=when, default=None)
            else:
                cause = None if must_erase(view, key, got, category) else causes.get(category)
            if cause is not None and since <= cause["occurred_at"] and latest_notice(view, recipient, about) < cause["occurred_at"]:
                found[category] = cause
    return found


def must_erase(view: View, key: Key, got: list[Fields], category: str) -> bool:
    """Whether a request or a term has called for it at this holder, whatever makes that wait."""
    due, wanted = due_of(view, key, got, held(view, key, got))
    if due is not None and due <= view.time and category in wanted:
        return True
    return any(category in asked_for(view, receipt, key, got) for receipt in receipts(view).values())


def latest_notice(view: View, recipient: str, about: str) -> int:
    return max((f["occurred_at"] for f in view.all("NoticeGiven", to=recipient, about=about)), default=-(2**63))


def recipient_notices_wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    for recipient in sorted({key.holder for key in acquisitions(view)} - {view.controller}):
        for about in ("erasure", "restriction"):
            called = {c for d in raised if d.kind == "NOTIFY_RECIPIENT" and (d.key.ref, d.about) == (recipient, about) for c in d.categories}
            wanted = {category: f for category, f in to_be_told(view, recipient, about).items() if category not in called}
            if not wanted:
                continue
            due = min(f["occurred_at"] for f in wanted.values())
            policy, duty = view.policy_at(due), view.duty(due, about, "notify_recipient")
            late = after(max(due, view.moment), (duty or {}).get("acts_within") or policy["acts_within"], policy["time_zone"])
            yield Duty(
                kind="NOTIFY_RECIPIENT", key=Key(view.controller, None, None, recipient, None), categories=tuple(sorted(wanted)),
                rule=duty["id"] if duty else "GDPR-19", due_at=due, overdue_at=late, late_at=late, about=about,
                rests_on=tuple({f["event_id"] for f in wanted.values()}),
            )  # fmt: skip


def recipient_notice_ended(view: View, duty: Duty) -> Ended | None:
    recipient, about = str(duty.key.ref), str(duty.about)
    if any(category in to_be_told(view, recipient, about) for category in duty.categories):
        return None
    has = {c for key, got in acquisitions(view).items() if key.holder == recipient and not is_inquiry(got) for c in held(view, key, got)}
    if latest_notice(view, recipient, about) >= duty.due_at or has.isdisjoint(duty.categories):
        return MET, None
    return CANCELLED, "not-due"
