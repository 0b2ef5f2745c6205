"""What a term can depend on besides milestones, naively, from docs/policies.md section 2: consents, customers, and the law of the day.

For both naive readings (naive_fold, naive_duties). Must never share code with the core.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Fields = dict[str, Any]
Event = tuple[str, Fields]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENDS = ("REFUSED", "WITHDRAWN", "REVOKED", "EXPIRED", "INVALIDATED")


def when(fields: Fields) -> tuple[int, bytes]:
    return fields["occurred_at"], fields["event_id"]


def consent_ended(facts: list[Event], purpose: str, recipient: str | None) -> tuple[int, bytes] | None:
    """The step after which consent stood on no channel for nobody any more, once it had been given. recipient: None for the controller's data."""
    steps = sorted((f for name, f in facts if name == "ConsentChanged" and f["purpose"] == purpose), key=when)
    channels = [*{f["channel"] for f in steps if f["channel"]}, "another channel"]
    recipients = [recipient] if recipient else [*{f["recipient"] for f in steps if f["recipient"]}, "another recipient"]
    stood, end = False, None
    for number, step in enumerate(steps, start=1):
        stands = any(allowed(steps[:number], channel, to) for channel in channels for to in recipients)
        end = None if stands else when(step) if stood else end
        stood = stands
    return end


def allowed(steps: list[Fields], channel: str, recipient: str) -> bool:
    """Whether the last of these steps that gives or ends consent on this channel for this recipient gives it."""
    about = [f["state"] for f in steps if f["channel"] in (None, channel) and f["recipient"] in (None, recipient)]
    return [state for state in about if state in ("GIVEN", "RENEWED", *ENDS)][-1:] in (["GIVEN"], ["RENEWED"])


def was_customer(facts: list[Event], moment: int) -> bool:
    """Whether somebody was a customer then: named one, or with an open account; the last account that closes ends both, and so does ceasing."""
    kinds = ("BECAME_CUSTOMER", "ACCOUNT_OPENED", "CEASED_CUSTOMER", "ACCOUNT_CLOSED")
    steps = [f for name, f in facts if name == "MilestoneReached" and f["kind"] in kinds and f["occurred_at"] <= moment]
    reasons: list[tuple[str, str | None]] = []
    for f in sorted(steps, key=lambda f: (f["occurred_at"], kinds.index(f["kind"]) > 1)):
        if f["kind"] == "BECAME_CUSTOMER":
            reasons.append(("named", None))
        elif f["kind"] == "ACCOUNT_OPENED":
            reasons.append(("account", f["ref"]))
        else:
            reasons = [] if f["kind"] == "CEASED_CUSTOMER" else [reason for reason in reasons if reason != ("account", f["ref"])]
            if not [kind for kind, _ in reasons if kind == "account"]:
                reasons = []
    return bool(reasons)


def statute_at(law: Fields, statute: str, moment: int, zone: str) -> Fields | None:
    """The version of a statute in force at a moment: the one that is cited, or one that followed it, or none."""
    body = law["statutes"].get(statute)
    if body is None:
        return None
    if midnight(body.get("from", "1900-01-01"), zone) <= moment < midnight(body.get("until", "2900-01-01"), zone):
        found: Fields = body
        return found
    later = [statute_at(law, name, moment, zone) for name, each in law["statutes"].items() if each.get("follows") == statute]
    return next((each for each in later if each is not None), None)


def midnight(day: str, zone: str) -> int:
    """The first microsecond of a day there."""
    return (datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) - EPOCH) // timedelta(microseconds=1)
