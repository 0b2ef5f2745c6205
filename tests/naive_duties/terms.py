"""Until when a holding is kept (docs/policies.md sections 2 and 3)."""

from __future__ import annotations

from tests.naive_duties.dutch_calendar import after, year_end
from tests.naive_duties.holdings import Key
from tests.naive_duties.view import Fields, View, when

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
    zone = policy["time_zone"]
    end = after(max(known) if rule.get("mode", "ALL") == "ALL" else min(known), rule["after"], zone)
    if rule.get("then"):
        end = after(end, rule["then"], zone)
    return year_end(end, zone) if rule.get("rounding") == "calendar_year_end" else end


def anchor_moment(view: View, kind: str, key: Key, got: list[Fields], rule: Fields) -> int | None:
    """When the anchor holds since, or None."""
    if kind == "COLLECTION":
        return int(max(got, key=when)["occurred_at"])
    milestones = [f for f in view.all("MilestoneReached") if rule.get("per", "subject") == "subject" or f["ref"] == key.ref]
    ends = [f for f in milestones if f["kind"] == kind]
    for start in milestones:
        if start["kind"] in STARTS.get(kind, ()) and not any(e["ref"] == start["ref"] and e["occurred_at"] >= start["occurred_at"] for e in ends):
            return None
    return max((f["occurred_at"] for f in ends), default=None)
