"""What the controller must do once, whomever it concerns: tell the authority, give a processor statement; and what its own papers break
(docs/duties.md section 7).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.naive_duties import law
from tests.naive_duties.dutch_calendar import after
from tests.naive_duties.duty import CANCELLED, MET, Duty, Ended
from tests.naive_duties.holdings import Key
from tests.naive_duties.telling import breaches
from tests.naive_duties.view import Event, Fields, View, parsed, when


def authority_rule(view: View, breach: Fields) -> str | None:
    """The rule that asks that the authority is told, if one does."""
    duty = view.duty(breach["aware_at"], "breach", "notify_authority", risk=breach["risk"])
    is_asked = breach["risk"] != "UNLIKELY" and law.is_law(view, "gdpr-33", breach["aware_at"])
    by_law = "GDPR-33" if is_asked else None
    return str(duty["id"]) if duty else by_law


def statement_duty(view: View, ref: str | None) -> tuple[Fields, Fields | None]:
    """(the first request for this processor statement, the duty of the policy in force then)."""
    asked = view.all("StatementRequested", statement_ref=ref)[0]
    return asked, view.duty(asked["occurred_at"], "statement_request", "answer")


def register_wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    open_ones = {(duty.kind, duty.key.ref) for duty in raised}
    for ref, breach in breaches(view).items():
        rule, aware = authority_rule(view, breach), breach["aware_at"]
        is_told = view.all("AuthorityNotified", breach_ref=ref)
        if rule and not is_told and ("NOTIFY_AUTHORITY", ref) not in open_ones:
            late = after(aware, law.hours_to_tell_the_authority(view, aware), view.policy_at(aware)["time_zone"])
            yield Duty(
                kind="NOTIFY_AUTHORITY", key=Key(view.controller, None, None, ref, None), categories=tuple(sorted(breach["categories"])),
                rule=rule, due_at=aware, overdue_at=late, late_at=late, about="breach",
                rests_on=(breach["event_id"],),
            )  # fmt: skip
    for ref in sorted({f["statement_ref"] for f in view.all("StatementRequested")}):
        asked, duty = statement_duty(view, ref)
        if duty and not view.all("StatementGiven", statement_ref=ref) and ("ANSWER", ref) not in open_ones:
            policy = view.policy_at(asked["occurred_at"])
            late = after(max(asked["occurred_at"], view.time), duty.get("acts_within") or policy["acts_within"], policy["time_zone"])
            yield Duty(
                kind="ANSWER", key=Key(view.controller, None, None, ref, None), categories=(), rule=duty["id"], due_at=asked["occurred_at"],
                overdue_at=late, late_at=late, rests_on=(asked["event_id"],),
            )  # fmt: skip


def register_ended(view: View, duty: Duty) -> Ended | None:
    ref = str(duty.key.ref)
    if duty.kind == "NOTIFY_AUTHORITY":
        is_met, wanted = view.all("AuthorityNotified", breach_ref=ref), authority_rule(view, breaches(view)[ref])
    else:
        is_met, wanted = view.all("StatementGiven", statement_ref=ref), statement_duty(view, ref)[1] and "a duty"
    if is_met:
        return MET, None
    if wanted and duty.kind == "NOTIFY_AUTHORITY" and duty.due_at != breaches(view)[ref]["aware_at"]:
        return CANCELLED, "re-anchored"
    return None if wanted else (CANCELLED, "not-due")


def is_notified_late(name: str, f: Fields, duty: Duty) -> bool:
    """Whether this record is the notice to the authority that meets an open obligation, and comes too late."""
    return name == "AuthorityNotified" and duty.kind == "NOTIFY_AUTHORITY" and f["notified_at"] > duty.overdue_at


def told_late_before(view: View) -> Iterator[tuple[str, str]]:
    """(breach, rule) of each breach of which the authority was told too late, as far as is known."""
    for ref, breach in breaches(view).items():
        rule, told, aware = authority_rule(view, breach), view.all("AuthorityNotified", breach_ref=ref), breach["aware_at"]
        late = after(aware, law.hours_to_tell_the_authority(view, aware), view.policy_at(aware)["time_zone"])
        if rule and told and min(f["notified_at"] for f in told) > late:
            yield ref, rule


# -- papers


def announced_late(f: Fields) -> str | None:
    """The promise that a policy breaks which was announced after it came into force."""
    if f["announced_at"] is None or f["announced_at"] <= f["in_force_from"]:
        return None
    return "HH-20" if "HH-20" in parsed(f["compiled"]).get("promises", {}) else "GDPR-13"


def never_announced(f: Fields, log: Sequence[Event]) -> bool:
    """Whether it promises to announce changes, is one, of a text known before that was in force before it, and was announced at no time."""
    if f["announced_at"] is not None or "HH-20" not in parsed(f["compiled"]).get("promises", {}):
        return False
    before = [g for name, g in log if name == "PolicyPublished" and g["controller"] == f["controller"]]
    return any(g["in_force_from"] < f["in_force_from"] for g in before)


def in_force(agreements: list[Fields], moment: int) -> bool:
    """Whether one of them is in force then: of one agreement the state counts that began last, of two at once the one said last."""
    for name in {f["agreement"] for f in agreements}:
        begun = [f for f in agreements if f["agreement"] == name and f["in_force_from"] <= moment]
        state = max(begun, key=lambda f: (f["in_force_from"], *when(f)), default=None)
        if state is not None and state["state"] == "IN_FORCE" and (state["until"] is None or moment < state["until"]):
            return True
    return False


def ends_of(agreements: list[Fields]) -> dict[tuple[str, str, int], Fields]:
    """(recipient, agreement, end) -> the record that was in force until then: its term is over, or what is said next is that it has ended."""

    def rank(f: Fields) -> tuple[int, int, bytes]:
        return f["in_force_from"], *when(f)

    found: dict[tuple[str, str, int], Fields] = {}
    for f in agreements:
        if f["state"] != "IN_FORCE":
            continue
        same = [g for g in agreements if (g["recipient"], g["agreement"]) == (f["recipient"], f["agreement"])]
        later = min((g for g in same if rank(g) > rank(f)), key=rank, default=None)
        end: int | None = f["until"]
        if later is not None and (end is None or later["in_force_from"] < end):
            end = None if later["state"] == "IN_FORCE" else later["in_force_from"]
        if end is not None and end > 0:
            found[f["recipient"], f["agreement"], end] = f
    return found


def agreements_lapsed(view: View, log: Sequence[Event], place: int) -> Iterator[tuple[str, Fields]]:
    """(promise, the agreement's record) of each end that this tick is the first to look at, when nothing is in force then."""

    def known(at: int) -> list[Fields]:
        return [f for name, f in log[:at] if name == "AgreementChanged"]

    ticks = [
        (at, max(g["time"] for other, g in log[: at + 1] if other == "TimeReached"))
        for at, (name, _) in enumerate(log[:place])
        if name == "TimeReached"
    ]
    looked_at = {end for at, time in ticks for end in ends_of(known(at)) if end[2] <= time}
    for end, f in ends_of(known(place)).items():
        if end not in looked_at and end[2] <= view.time and not in_force(view.all("AgreementChanged", recipient=f["recipient"]), view.time):
            yield needs_agreement(view), f


def needs_agreement(view: View) -> str:
    conditions = view.policy_at(view.time).get("conditions", [])
    return next((str(c["id"]) for c in conditions if "agreement" in (c.get("needs") or [])), "GDPR-28")
