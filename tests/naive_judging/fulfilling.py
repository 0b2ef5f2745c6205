"""Whether anything was done of what was asked, when the answer says so (docs/judging.md section 4, `done`)."""

from __future__ import annotations

from tests.naive_judging.holdings import Acquisition, held
from tests.naive_judging.keeping import end_of, latest_of
from tests.naive_judging.prefix import Fields, Prefix, when
from tests.naive_judging.rules import Rule, own_rules_of

GIVEN = ("GIVEN", "RENEWED")
ENDED = ("WITHDRAWN", "REFUSED", "REVOKED", "EXPIRED", "INVALIDATED")


def receipt_of(fact: Fields, prefix: Prefix) -> Fields | None:
    """The earliest receipt of the answered request, when it came before."""
    return next(iter(prefix.happened("RequestReceived", request_ref=fact["request_ref"])), None)


def is_about(rule: Rule, fact: Fields, prefix: Prefix) -> bool:
    receipt = receipt_of(fact, prefix)
    return receipt is not None and receipt["right"] in rule.rights


def is_promised(fact: Fields, prefix: Prefix) -> bool:
    return any("done" in rule.needs and is_about(rule, fact, prefix) for rule in own_rules_of(fact["controller"]))


def is_done(rule: Rule, fact: Fields, prefix: Prefix) -> bool:
    receipt = receipt_of(fact, prefix)
    if receipt is None:
        return True
    since = receipt["occurred_at"]
    match receipt["right"]:
        case "RECTIFICATION":
            return any(f["by"] == fact["controller"] and f["occurred_at"] >= since for f in prefix.known("DataRectified"))
        case "OBJECTION":
            later = any(f["state"] == "RAISED" and f["occurred_at"] >= since for f in prefix.known("ObjectionChanged"))
            last = {(f["purpose"], f["channel"]): f["state"] for f in prefix.happened("ObjectionChanged")}
            return later or "RAISED" in last.values()
        case "CONSENT_WITHDRAWAL":
            later = any(f["state"] in ENDED and f["occurred_at"] >= since for f in prefix.known("ConsentChanged"))
            said = {(f["purpose"], f["channel"], f["recipient"]): f["state"] for f in prefix.happened("ConsentChanged")}
            return later or not any(state in GIVEN for state in said.values())
        case "RESTRICTION":
            return is_restricted(fact, prefix, since)
        case "ERASURE":
            return is_erased(rule, receipt, fact, prefix)
    return True


def is_restricted(fact: Fields, prefix: Prefix, since: int) -> bool:
    if any(f["kind"] == "RESTRICTION" and f["occurred_at"] >= since for f in prefix.known("HoldPlaced")):
        return True
    return any(f["kind"] == "RESTRICTION" for f in holds_standing(fact, prefix))


def holds_standing(fact: Fields, prefix: Prefix) -> list[Fields]:
    """The placings of holds that stand at the fact."""
    last: dict[str, Fields] = {}
    steps = [(f["occurred_at"], order, f["event_id"], f) for order, name in enumerate(("HoldPlaced", "HoldReleased")) for f in prefix.happened(name)]
    for *_, f in sorted(steps, key=lambda step: step[:3]):
        last[f["hold_ref"]] = f
    return [f for f in last.values() if "until" in f and (f["until"] is None or f["until"] > fact["occurred_at"])]


def is_on_hold(got: Acquisition, holds: list[Fields]) -> bool:
    return any(f["store"] in (None, got.store) and got.category in (f["categories"] or [got.category]) for f in holds)


def is_erased(rule: Rule, receipt: Fields, fact: Fields, prefix: Prefix) -> bool:
    now = [got for got in held(prefix) if got.holder == fact["controller"] and got.category in (receipt["categories"] or [got.category])]
    first = {(got.store, got.purpose, got.ref, got.category): got for got in sorted(now, key=lambda got: when(got.event), reverse=True)}
    asked = [got for got in first.values() if got.event["occurred_at"] <= receipt["occurred_at"]]
    for got in asked:
        activity = latest_of(got, prefix).activity
        terms = [each for each in rule.kept if each.activity == activity]
        end = end_of(terms[0], got, prefix) if terms else None
        is_kept = terms and (end is None or end > fact["occurred_at"])
        if not is_kept and not is_on_hold(got, holds_standing(fact, prefix)):
            return True
    since, then = receipt["occurred_at"], fact["occurred_at"]
    return not asked or any(f["by"] == fact["controller"] and since <= f["occurred_at"] <= then for f in prefix.known("DataErased"))
