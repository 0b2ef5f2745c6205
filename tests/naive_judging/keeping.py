"""What an erasure takes that was to be kept (docs/judging.md section 4, `term_ended` and `objection_ended`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.naive_duties.dutch_calendar import after, year_end
from tests.naive_judging.holdings import Acquisition, acquisitions, covers, held
from tests.naive_judging.prefix import Fields, Prefix, when
from tests.naive_judging.rules import Kept, Rule

ZONE = "Europe/Amsterdam"
SUPPRESSION = "ledger:MarketingSuppression"
ENDED = ("WITHDRAWN", "REFUSED", "REVOKED", "EXPIRED", "INVALIDATED")


def takes_too_early(rule: Rule, fact: Fields, prefix: Prefix, activities: dict[str, Any], wanted_gone: Callable[[str], bool]) -> bool:
    """wanted_gone: whether the person ended the consent for a purpose, or objected to it."""
    now = held(prefix)
    for got in now:
        if not covers(fact, got):
            continue
        activity = latest_of(got, prefix).activity
        for kept in rule.kept:
            if activity != kept.activity or got.category not in activities[kept.activity]["categories"]:
                continue
            end = end_of(kept, got, prefix)
            if end is None or end <= fact["occurred_at"]:
                continue
            instead = (got.purpose, *activities[kept.activity].get("statutes", {}))
            if (kept.statutory or not is_let_go(got, now, prefix, wanted_gone)) and not is_elsewhere(got, now, fact, instead):
                return True
    return False


def takes_from_suppression(fact: Fields, prefix: Prefix, marketing: Sequence[str]) -> bool:
    steps = prefix.happened("ObjectionChanged")
    last = {(f["purpose"], f["channel"]): f["state"] for f in steps}
    if not any(state == "RAISED" and purpose in (*marketing, "dpv:Marketing") for (purpose, _), state in last.items()):
        return False
    now = [got for got in held(prefix) if got.purpose == SUPPRESSION and got.holder == fact["by"]]
    taken = [got for got in now if covers(fact, got)]
    return any(all(covers(fact, other) for other in now if other.category == got.category) for got in taken)


def goes_before_export(fact: Fields, prefix: Prefix) -> bool:
    receipts = {f["request_ref"]: f for f in reversed(prefix.happened("RequestReceived"))}
    now = [got for got in held(prefix) if got.holder == fact["by"]]
    last = {got.category for got in now if all(covers(fact, other) for other in now if other.category == got.category)}
    for ref, f in receipts.items():
        answers = [a for a in prefix.known("RequestAnswered") if a["request_ref"] == ref and a["outcome"] != "EXTENDED"]
        answered = bool(answers) and when(max(answers, key=when)) < when(fact)
        if f["right"] == "PORTABILITY" and not answered and any(category in (f["categories"] or [category]) for category in last):
            return True
    return False


def is_over(kept: Sequence[Kept], got: Acquisition, prefix: Prefix) -> bool:
    """Whether a term of what came in is over."""
    activity = latest_of(got, prefix).activity
    ends = [end_of(each, got, prefix) for each in kept if each.activity == activity]
    return any(end is not None and end <= prefix.fact["occurred_at"] for end in ends)


def latest_of(got: Acquisition, prefix: Prefix) -> Acquisition:
    """The latest that came into the same holding, gone again or not."""
    same = [other for other in acquisitions(prefix) if place(other) == place(got) and other.event["occurred_at"] <= prefix.fact["occurred_at"]]
    return max(same, key=lambda other: when(other.event))


def place(got: Acquisition) -> tuple[Any, ...]:
    return got.holder, got.store, got.purpose, got.ref


def end_of(kept: Kept, got: Acquisition, prefix: Prefix) -> int | None:
    """When the time is over; None while it does not run."""
    milestones = [f for f in prefix.happened("MilestoneReached") if not kept.per_ref or f["ref"] == got.ref]
    ends = [f for f in milestones if f["kind"] == kept.starts_at]
    for start in milestones:
        if start["kind"] in kept.runs_while and not any(e["ref"] == start["ref"] and e["occurred_at"] >= start["occurred_at"] for e in ends):
            return None
    if not ends:
        return None
    end = after(max(f["occurred_at"] for f in ends), f"P{kept.years}Y", ZONE)
    end = year_end(end, ZONE) if kept.statutory else end
    came = min(other.event["occurred_at"] for other in held(prefix) if place(other) == place(got))
    return None if kept.runs_while and end < came else end  # over before it came: it waits for the next end


def is_let_go(got: Acquisition, now: Iterable[Acquisition], prefix: Prefix, wanted_gone: Callable[[str], bool]) -> bool:
    """Whether the person asked for its erasure, ended the consent or objected, before."""
    since = min(other.event["occurred_at"] for other in now if place(other) == place(got) and other.category == got.category)
    receipts = {f["request_ref"]: f for f in reversed(prefix.happened("RequestReceived"))}
    asked = any(
        f["right"] == "ERASURE" and since <= f["occurred_at"] and got.category in (f["categories"] or [got.category]) for f in receipts.values()
    )
    return asked or wanted_gone(got.purpose)


def is_elsewhere(got: Acquisition, now: Iterable[Acquisition], fact: Fields, purposes: Sequence[str]) -> bool:
    """Whether the holder has it in another holding of the same thing, for one of these purposes, that this erasure leaves."""
    return any(
        (other.holder, other.ref, other.category) == (got.holder, got.ref, got.category) and other.purpose in purposes and not covers(fact, other)
        for other in now
    )
