"""A second, naive fold, written from docs/ and not from the core: slow, without state, everything asked anew.

Of erasures alone, without extensions of requests; tests/naive_duties is about all the rest.
At each record it takes all facts known so far and asks: what is held, until when, and so what must be raised, settled, cancelled or called late.
It knows policies of tests/histories.py only: terms in whole days, in UTC.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ledger.core.events import FACT_TYPES
from tests.histories import CONTROLLER, DAY, Event
from tests.naive_duties.dutch_calendar import months_for_an_answer
from tests.naive_terms import consent_ended, statute_at, was_customer

Key = tuple[str, str | None, str, str | None, str | None]
STARTS = {"SERVICE_ENDED": "SERVICE_STARTED", "CEASED_CUSTOMER": "BECAME_CUSTOMER", "ACCOUNT_CLOSED": "ACCOUNT_OPENED"}


def when(fields: dict[str, Any]) -> tuple[int, bytes]:
    return fields["occurred_at"], fields["event_id"]


def acquisitions(facts: list[Event]) -> dict[Key, list[dict[str, Any]]]:
    """Each holding with the facts that gave it, in order of happening."""
    found: dict[Key, list[dict[str, Any]]] = {}
    for name, f in sorted(facts, key=lambda event: when(event[1])):
        if name == "DataCollected":
            for purpose in f["purposes"]:
                found.setdefault((CONTROLLER, f["store"], purpose, f["ref"], None), []).append(f)
        elif name == "DataShared" and (f["recipient_role"], f["recipient"]) != ("data_subject", f["subject_ref"]):
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
        if other == STARTS.get(kind) and started[0] > latest.get((kind, of_ref), (0, b""))[0]:
            return None
    return max((moment for (other, _), moment in latest.items() if other == kind), default=None)


def days_of(rule: dict[str, Any], law: dict[str, Any], start: int) -> int:
    """How many days the term is: what the rule says, and what the statute says that was in force at its start, if one was."""
    days = 0
    for part in (rule["after"], rule.get("then", "P0D")):
        if part == "statute":
            version = statute_at(law, rule["statute"], start, "UTC")
            part = "P0D" if version is None else version["term"]
        days += int(re.sub(r"\D", "", part))
    return days


def moment_of(facts: list[Event], key: Key, rule: dict[str, Any], anchor: str, got: list[dict[str, Any]]) -> tuple[int, bytes] | None:
    """When an anchor holds for a holding, or None."""
    if anchor == "COLLECTION":
        return when(got[-1])
    if anchor == "CONSENT_ENDED":
        return consent_ended(facts, rule.get("consent_to", key[2]), None if key[0] == CONTROLLER else key[0])
    return None if anchor == "NOT_STATED" else ended(facts, anchor, key[3], rule["per"] == "ref")


def term(policies: list[dict[str, Any]], facts: list[Event], key: Key, got: list[dict[str, Any]]) -> tuple[dict[str, Any] | None, int | None]:
    """(the rule that counts, when the holding must be gone)."""
    have, _ = held(facts, key, got)
    if not have or not policies:
        return None, None
    since = min(have.values())[0]
    versions = sorted({p["in_force_from"]: p for p in policies}.values(), key=lambda p: p["in_force_from"])
    published = ([p for p in versions if p["in_force_from"] <= since] or versions[:1])[-1]
    compiled = json.loads(published["compiled"])
    for rule in compiled["retention"]:
        if (rule["holder"] == "controller") != (key[0] == CONTROLLER) or (rule["purposes"] and key[2] not in rule["purposes"]):
            continue
        if rule["categories"] and not set(have) <= set(rule["categories"]):
            continue
        if "when" in rule and rule["when"]["customer"] != was_customer(facts, got[-1]["occurred_at"]):
            continue
        moments = [moment_of(facts, key, rule, anchor, got) for anchor in rule["anchors"]]
        known = [moment for moment in moments if moment is not None]
        if not known or (rule["mode"] == "ALL" and len(known) < len(moments)):
            return rule, None
        starts = [max(known)] if rule["mode"] == "ALL" else sorted(known)
        ends = [start[0] + days_of(rule, compiled["law"], start[0]) * DAY for start in starts]
        if all(anchor in STARTS or anchor == "CONSENT_ENDED" for anchor in rule["anchors"]):  # over before the data came: it waits for the next end
            ends = [end for end in ends if end >= since]
        return rule, ends[0] if ends else None
    return None, None


def naive_outcomes(log: list[Event]) -> list[tuple[Any, ...]]:
    """(place in the log, what, subject, holding, categories, rule) of every obligation step, sorted; repeats of a fact count once."""
    told: list[tuple[Any, ...]] = []
    seen: set[bytes] = set()
    facts: dict[str, list[Event]] = {}
    policies: list[dict[str, Any]] = []
    duties: list[dict[str, Any]] = []
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
            asking, answers, holds = received(known), answered(known), held_periods(known)
            for key, got in acquisitions(known).items():
                rule, due = term(policies, known, key, got)
                have, _ = held(known, key, got)
                for duty in [each for each in duties if (each["subject"], each["key"]) == (subject, key)]:
                    request = duty["request"]
                    if not left(duty, have):
                        how = "MET"
                    elif request is None:
                        how = "CANCELLED" if due is None or due > time else ""
                    else:
                        how = "CANCELLED" if asking[request]["event_id"] != duty["received"] or stays(answers.get(request), key) else ""
                    if how == "MET" and duty["open"]:  # too late is late, also where no tick came between
                        on_hold = [h for h in holds if any(covers(h, duty["key"], c) for c in duty["categories"])]
                        late = late_at(duty["from"], duty["late"], on_hold, time)
                        if duty["raised"] < late <= (f["time"] if name == "TimeReached" else f["occurred_at"]):
                            told.append((place, "OVERDUE", *about(duty)))
                    if how:
                        told.append((place, how, *about(duty)))
                        duties.remove(duty)
                for request in [None, *sorted(asking)]:
                    called = {c for each in duties if (each["subject"], each["key"]) == (subject, key) for c in left(each, have)}
                    free = sorted(set(have) - called - {c for c in have if any(stands(hold, time) and covers(hold, key, c) for hold in holds)})
                    at = time if name not in FACT_TYPES else max(time, f["occurred_at"])
                    duty = {"subject": subject, "key": key, "request": request, "open": True, "since": place, "raised": at, "rule": "GDPR-17"}
                    if request is None:
                        if not (free and rule and due is not None and due <= time):
                            continue
                        duty |= {"rule": rule["id"], "from": at, "late": max(due, time) + 7 * DAY}
                    else:
                        ask = asking[request]
                        free = [c for c in free if (not ask["categories"] or c in ask["categories"]) and have[c][0] <= ask["occurred_at"]]
                        if not free or ask["right"] != "ERASURE" or stays(answers.get(request), key) or demanded(rule):
                            continue
                        duty |= {"received": ask["event_id"], "from": ask["occurred_at"], "late": months_for_an_answer(ask["occurred_at"], 1, "UTC")}
                    duties.append(duty | {"categories": tuple(free)})
                    told.append((place, "RAISED", *about(duties[-1])))
            for duty in duties:
                if name == "TimeReached" and duty["subject"] == subject and duty["open"] and duty["since"] < place:
                    on_hold = [h for h in holds if any(covers(h, duty["key"], c) for c in duty["categories"])]
                    if late_at(duty["from"], duty["late"], on_hold, time) <= time:
                        duty["open"] = False
                        told.append((place, "OVERDUE", *about(duty)))
    return sorted(told, key=repr)


def demanded(rule: dict[str, Any] | None) -> bool:
    """Whether a statute keeps it from a request, until a date that can be told."""
    return rule is not None and "statute" in rule and rule["anchors"] != ["NOT_STATED"]


def about(duty: dict[str, Any]) -> tuple[Any, ...]:
    """(subject, holding, categories, rule)."""
    return duty["subject"], duty["key"], duty["categories"], duty["rule"]


def left(duty: dict[str, Any], have: dict[str, tuple[int, bytes]]) -> list[str]:
    """What is not gone of what must go. What came after a request is not asked for by it."""
    return [c for c in duty["categories"] if c in have and (duty["request"] is None or have[c][0] <= duty["from"])]


def received(facts: list[Event]) -> dict[str, dict[str, Any]]:
    """The earliest receipt of each request."""
    found: dict[str, dict[str, Any]] = {}
    for name, f in facts:
        if name == "RequestReceived":
            found[f["request_ref"]] = min(found.get(f["request_ref"], f), f, key=when)
    return found


def answered(facts: list[Event]) -> dict[str, dict[str, Any]]:
    """The latest answer to each request."""
    found: dict[str, dict[str, Any]] = {}
    for name, f in facts:
        if name == "RequestAnswered":
            found[f["request_ref"]] = max(found.get(f["request_ref"], f), f, key=when)
    return found


def stays(answer: dict[str, Any] | None, key: Key) -> bool:
    """Whether an answer says that this holding stays."""
    if answer is None or answer["outcome"] not in ("REFUSED", "PARTLY"):
        return False
    names = ("holder", "store", "purpose", "ref")
    # Nothing is refused without a reason that names it, nor for a law that is not named: here none is (docs/duties.md section 3).
    valid = [r for r in answer["reasons"] if r["reason"] != "ledger:StatutoryTerm"]
    return any(all(r[n] is None or r[n] == part for n, part in zip(names, key, strict=False)) for r in valid)


def held_periods(facts: list[Event]) -> list[dict[str, Any]]:
    """When holds stood: from a placing to the next fact about the same hold, or its own end. At an equal moment a release comes last."""
    steps = [(f["occurred_at"], name == "HoldReleased", f["event_id"], f) for name, f in facts if name in ("HoldPlaced", "HoldReleased")]
    found = []
    for at, is_release, event_id, f in steps:
        if not is_release:
            after = [step[0] for step in steps if step[:3] > (at, is_release, event_id) and step[3]["hold_ref"] == f["hold_ref"]]
            ends = sorted([*after, *([f["until"]] if f["until"] is not None else [])])
            found.append(f | {"end": ends[0] if ends else None, "replaced": bool(after)})
    return found


def stands(hold: dict[str, Any], time: int) -> bool:
    """Whether it has not ended: a release ends it at once, its own end when that time is reached."""
    return not hold["replaced"] and (hold["until"] is None or hold["until"] > time)


def covers(hold: dict[str, Any], key: Key, category: str) -> bool:
    """Whether a hold is about this category of this holding."""
    return hold["store"] in (None, key[1]) and category in (hold["categories"] or [category])


def late_at(start: int, end: int, holds: list[dict[str, Any]], time: int) -> int:
    """When the days from start to end have passed, without those on hold; a hold without an end lasts until now. Day by day."""
    day = start
    while end > start:
        on_hold = any(h["occurred_at"] <= day < (time if h["end"] is None else h["end"]) for h in holds)
        day, start = day + DAY, start if on_hold else start + DAY
    return day - (start - end)
