"""Until when a holding is kept (docs/policies.md sections 2 and 3)."""

from __future__ import annotations

from tests.naive_duties.dutch_calendar import after, year_end
from tests.naive_duties.holdings import Key, held
from tests.naive_duties.view import Fields, View, when
from tests.naive_terms import consent_ended, statute_at, was_customer

STARTS = {
    "SERVICE_ENDED": ("SERVICE_STARTED",), "CONTRACT_ENDED": ("CONTRACT_STARTED",), "ACCOUNT_CLOSED": ("ACCOUNT_OPENED",),
    "ORDER_COMPLETED": ("ORDER_PLACED",), "DOMAIN_ENDED": ("DOMAIN_REGISTERED",), "CEASED_CUSTOMER": ("BECAME_CUSTOMER",),
    "CERTIFICATE_EXPIRED": ("CERTIFICATE_ISSUED", "CERTIFICATE_RENEWED"),
}  # fmt: skip


def rule_of(view: View, key: Key, got: list[Fields], have: dict[str, int]) -> tuple[Fields | None, Fields]:
    """(the first rule that covers what is held, the policy in force at its first acquisition since the last erasure)."""
    policy = view.policy_at(min(have.values()))
    own, latest = key.holder == view.controller, got[-1]
    for rule in policy["retention"]:
        doing = (rule.get("activities") or [], latest["activity"]) if own else (rule.get("roles") or [], latest["recipient_role"])
        if (
            (rule["holder"] == "controller") == own
            and (not doing[0] or doing[1] in doing[0])
            and (not rule.get("purposes") or key.purpose in rule["purposes"])
            and (not rule.get("categories") or set(have) <= set(rule["categories"]))
            and ("when" not in rule or rule["when"]["customer"] == was_customer(list(view.events), latest["occurred_at"]))
        ):
            return rule, policy
    return None, policy


def due(view: View, key: Key, got: list[Fields], rule: Fields | None, policy: Fields) -> int | None:
    """When the holding must be gone; None while its term has not begun, or when no rule covers it."""
    if rule is None:
        return None
    moments = [anchor_moment(view, kind, key, got, rule) for kind in rule["anchors"]]
    known = [moment for moment in moments if moment is not None]
    if not known or (rule.get("mode", "ALL") == "ALL" and len(known) < len(moments)):
        return None
    every = rule.get("mode", "ALL") == "ALL"
    ends = [end_of(rule, policy, max(known))] if every else sorted(end_of(rule, policy, moment) for moment in known)
    if all(kind in STARTS or kind == "CONSENT_ENDED" for kind in rule["anchors"]):  # what was over before the data came is not what it waits for
        since = min(held(view, key, got).values())
        ends = [end for end in ends if end >= since]
    return ends[0] if ends else None


def end_of(rule: Fields, policy: Fields, start: int) -> int:
    """When a term of this rule is over that starts then."""
    zone = policy["time_zone"]
    parts, rounding = [part for part in (rule["after"], rule.get("then")) if part], rule.get("rounding")
    if "statute" in parts:
        version = statute_at(policy["law"], rule["statute"], start, zone)
        parts = [*parts[:-1], version["term"]] if version else parts[:-1]  # where no version was in force the law adds nothing
        rounding = (rounding or version.get("rounding")) if version else None
    end = start
    for part in parts:
        end = after(end, part, zone)
    return year_end(end, zone) if rounding == "calendar_year_end" else end


def is_kept_by_law(rule: Fields | None) -> bool:
    """Whether a statute keeps it from a request, until a date that can be told."""
    return bool(rule and rule.get("statute")) and rule["anchors"] != ["NOT_STATED"]  # type: ignore[index]


def is_minimum(rule: Fields | None) -> bool:
    """Whether it is kept so long at least, and no end is stated."""
    return rule is not None and rule.get("kept") == "at_least"


def anchor_moment(view: View, kind: str, key: Key, got: list[Fields], rule: Fields) -> int | None:
    """When the anchor holds since, or None."""
    if kind == "COLLECTION":
        return int(max(got, key=when)["occurred_at"])
    if kind == "CONSENT_ENDED":
        ended = consent_ended(list(view.events), rule.get("consent_to") or key.purpose, None if key.holder == view.controller else key.holder)
        return None if ended is None else ended[0]
    milestones = [f for f in view.all("MilestoneReached") if rule.get("per", "subject") == "subject" or f["ref"] == key.ref]
    ends = [f for f in milestones if f["kind"] == kind]
    for start in milestones:
        if start["kind"] in STARTS.get(kind, ()) and not any(e["ref"] == start["ref"] and e["occurred_at"] >= start["occurred_at"] for e in ends):
            return None
    return max((f["occurred_at"] for f in ends), default=None)
