"""A second, naive fold, written from docs/ and not from the core: slow, without state, everything asked anew.

At each record it takes all facts known so far and asks: what is held, until when, and so what must be raised, settled, cancelled or called late.
It knows policies of tests/histories.py only: terms in whole days, in UTC.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ledger.core.events import FACT_TYPES
from tests.histories import CONTROLLER, DAY, Event

Key = tuple[str, str | None, str, str | None, str | None]
STARTS = {"SERVICE_ENDED": "SERVICE_STARTED", "CEASED_CUSTOMER": "BECAME_CUSTOMER"}


def when(fields: dict[str, Any]) -> tuple[int, bytes]:
    return fields["occurred_at"], fields["event_id"]


def acquisitions(facts: list[Event]) -> dict[Key, list[dict[str, Any]]]:
    """Each holding with the facts that gave it, in order of happening."""
    found: dict[Key, list[dict[str, Any]]] = {}
    for name, f in sorted(facts, key=lambda event: when(event[1])):
        if name == "DataCollected":
            for purpose in f["purposes"]:
                found.setdefault((CONTROLLER, f["store"], purpose, f["ref"], None), []).append(f)
        elif name == "DataShared":
            found.setdefault((f["recipient"], f["store"], f["purpose"], f["ref"], f["by"]), []).append(f)
    return found


def erased_until(facts: list[Event], key: Key, category: str) -> int | None:
    """The last moment at which the holder said that this category is gone."""
    holder, store, purpose, ref, _ = key
    return max(
        (
            f["occurred_at"]
            for name, f in facts
            if name == "DataErased"
            and f["by"] == holder
            and f["store"] in (None, store)
            and f["ref"] in (None, ref)
            and (not f["categories"] or category in f["categories"])
            and (not f["purposes"] or purpose in f["purposes"])
        ),
        default=None,
    )


def held(facts: list[Event], key: Key, got: list[dict[str, Any]]) -> tuple[dict[str, tuple[int, bytes]], dict[str, int]]:
    """(category -> first acquisition after the last erasure, category -> that erasure when nothing came after it)."""
    have: dict[str, tuple[int, bytes]] = {}
    gone: dict[str, int] = {}
    for category in {category for f in got for category in f["categories"]}:
        until = erased_until(facts, key, category)
        left = [when(f) for f in got if category in f["categories"] and (until is None or f["occurred_at"] > until)]
        if left:
            have[category] = min(left)
        elif until is not None:
            gone[category] = until
    return have, gone


def ended(facts: list[Event], kind: str, ref: str | None, per_ref: bool) -> tuple[int, bytes] | None:
    """When the milestone holds: for one ref, or once no ref that started is still running."""
    latest: dict[tuple[str, str | None], tuple[int, bytes]] = {}
    for name, f in facts:
        if name == "MilestoneReached" and (not per_ref or f["ref"] == ref):
            latest[f["kind"], f["ref"]] = max(latest.get((f["kind"], f["ref"]), when(f)), when(f))
    for (other, of_ref), started in latest.items():
        if other == STARTS.get(kind) and started > latest.get((kind, of_ref), (0, b"")):
            return None
    return max((moment for (other, _), moment in latest.items() if other == kind), default=None)


def term(policies: list[dict[str, Any]], facts: list[Event], key: Key, got: list[dict[str, Any]]) -> tuple[dict[str, Any] | None, int | None]:
    """(the rule that counts, when the holding must be gone)."""
    have, _ = held(facts, key, got)
    if not have or not policies:
        return None, None
    since = min(have.values())[0]
    versions = sorted({p["in_force_from"]: p for p in policies}.values(), key=lambda p: p["in_force_from"])
    published = ([p for p in versions if p["in_force_from"] <= since] or versions[:1])[-1]
    for rule in json.loads(published["compiled"])["retention"]:
        if (rule["holder"] == "controller") != (key[0] == CONTROLLER) or (rule["purposes"] and key[2] not in rule["purposes"]):
            continue
        if rule["categories"] and not set(have) <= set(rule["categories"]):
            continue
        moments = [when(got[-1]) if a == "COLLECTION" else ended(facts, a, key[3], rule["per"] == "ref") for a in rule["anchors"]]
        known = [moment for moment in moments if moment is not None]
        if not known or (rule["mode"] == "ALL" and len(known) < len(moments)):
            return rule, None
        start = max(known) if rule["mode"] == "ALL" else min(known)
        return rule, start[0] + int(re.sub(r"\D", "", rule["after"])) * DAY
    return None, None


def naive_outcomes(log: list[Event]) -> list[tuple[Any, ...]]:
    """(place in the log, what, subject, holding, rule) of every obligation step, sorted; repeats of a fact count once."""
    told: list[tuple[Any, ...]] = []
    seen: set[bytes] = set()
    facts: dict[str, list[Event]] = {}
    policies: list[dict[str, Any]] = []
    open_ones: dict[tuple[str, Key], dict[str, Any]] = {}
    time = 0
    for place, (name, f) in enumerate(log):
        if name == "PolicyPublished":
            policies.append(f)
        elif name == "TimeReached":
            time = max(time, f["time"])
        elif f["event_id"] in seen:
            continue
        elif name in FACT_TYPES:
            seen.add(f["event_id"])
            facts.setdefault(f["subject_ref"], []).append((name, f))
        for subject, known in facts.items():
            if name in FACT_TYPES and f["subject_ref"] != subject:
                continue
            on_hold = stands(known)
            asked = f["right"] == "ERASURE" if name == "RequestReceived" else name == "HoldReleased" and is_asking(known)
            for key, got in acquisitions(known).items():
                rule, due = term(policies, known, key, got)
                have, _ = held(known, key, got)
                duty = open_ones.get((subject, key))
                if duty and not have:
                    told.append((place, "MET", subject, key, duty["rule"]))
                    duty = open_ones.pop((subject, key)) and None
                if duty and not duty["asked"] and (due is None or due > time):
                    told.append((place, "CANCELLED", subject, key, duty["rule"]))
                    duty = open_ones.pop((subject, key)) and None
                late_at = max(f["occurred_at"], time)
                if duty is None and have and due is not None and rule and due <= time and not on_hold:
                    duty = open_ones[subject, key] = {"rule": rule["id"], "asked": False, "late": max(due, time) + 7 * DAY, "open": True}
                    told.append((place, "RAISED", subject, key, rule["id"]))
                elif duty is None and have and asked and not on_hold and not (rule and rule.get("statute")):
                    duty = open_ones[subject, key] = {"rule": "GDPR-17", "asked": True, "late": month_after(late_at), "open": True}
                    told.append((place, "RAISED", subject, key, "GDPR-17"))
                if duty and name == "TimeReached" and duty["open"] and duty["late"] <= time:
                    duty["open"] = False
                    told.append((place, "OVERDUE", subject, key, duty["rule"]))
    return sorted(told, key=repr)


def stands(facts: list[Event]) -> bool:
    """Whether any hold was placed and not released after that."""
    last: dict[str, tuple[tuple[int, bytes], str]] = {}
    for name, f in facts:
        if name in ("HoldPlaced", "HoldReleased"):
            last[f["hold_ref"]] = max(last.get(f["hold_ref"], (when(f), name)), (when(f), name))
    return any(name == "HoldPlaced" for _, name in last.values())


def is_asking(facts: list[Event]) -> bool:
    """Whether an erasure request waits for an answer that ends it."""
    first: dict[str, tuple[tuple[int, bytes], str]] = {}
    last: dict[str, tuple[tuple[int, bytes], str]] = {}
    for name, f in facts:
        if name == "RequestReceived":
            first[f["request_ref"]] = min(first.get(f["request_ref"], (when(f), f["right"])), (when(f), f["right"]))
        elif name == "RequestAnswered":
            last[f["request_ref"]] = max(last.get(f["request_ref"], (when(f), f["outcome"])), (when(f), f["outcome"]))
    return any(right == "ERASURE" and last.get(ref, (0, ""))[1] not in ("FULFILLED", "PARTLY", "REFUSED") for ref, (_, right) in first.items())


def month_after(moment: int) -> int:
    """The same day and hour a month later in UTC; the last day where there is none."""
    from datetime import UTC, datetime, timedelta

    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(UTC)
    month = wall.month % 12 + 1
    year = wall.year + (wall.month == 12)
    for day in range(wall.day, 0, -1):
        try:
            moved = wall.replace(year=year, month=month, day=day)
        except ValueError:
            continue
        return (moved - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    raise AssertionError("every month has a first day")
