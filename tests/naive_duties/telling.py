"""NOTIFY_SUBJECT: of breaches and disclosures (docs/duties.md sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.naive_duties import law
from tests.naive_duties.dutch_calendar import after
from tests.naive_duties.duty import CANCELLED, MET, Duty, Ended
from tests.naive_duties.holdings import Key, acquisitions, held_in_window
from tests.naive_duties.view import Fields, View


def was_told(view: View, ref: str | None, *about: str) -> bool:
    return any(notice["about"] in about for notice in view.all("NoticeGiven", to="subject", ref=ref))


def notify(view: View, about: str, event: Fields, ref: str, categories: tuple[str, ...], asked: tuple[Fields | None, str, int], since: int) -> Duty:
    """asked: the policy's duty, the law's rule for where there is none, and the moment whose policy counts. since: from when it is due."""
    duty, by_law, of = asked
    policy = view.policy_at(of)
    late = after(max(since, view.moment), (duty or {}).get("acts_within") or policy["acts_within"], policy["time_zone"])
    return Duty(
        kind="NOTIFY_SUBJECT", key=Key(view.controller, None, None, ref, None), categories=categories, rule=duty["id"] if duty else by_law,
        due_at=since, overdue_at=late, late_at=late, about=about, rests_on=(event["event_id"],),
    )  # fmt: skip


def is_open(raised: list[Duty], about: str, ref: str) -> bool:
    return any(duty.kind == "NOTIFY_SUBJECT" and (duty.about, duty.key.ref) == (about, ref) for duty in raised)


# -- breaches


def breaches(view: View) -> dict[str, Fields]:
    """The latest record of each breach."""
    return {f["breach_ref"]: f for f in view.all("BreachRecorded")}


def affected(view: View, breach: Fields) -> tuple[str, ...]:
    """Categories of the subject that whoever was hit held in the window."""
    holder, found = breach["recipient"] or view.controller, set()
    for key, got in acquisitions(view).items():
        if key.holder == holder and breach["store"] in (None, key.store):
            found |= {c for c in held_in_window(view, key, got, breach["window_from"], breach["window_until"]) if c in (breach["categories"] or [c])}
    return tuple(sorted(found))


def asked_by_breach(view: View, breach: Fields) -> tuple[Fields | None, str, int] | None:
    """Which rule asks that the people are told, if one does."""
    duty = view.duty(breach["aware_at"], "breach", "notify_subject", risk=breach["risk"])
    by_law = breach["risk"] == "HIGH" and law.is_law(view, "gdpr-34", breach["aware_at"])
    return (duty, "GDPR-34", breach["aware_at"]) if duty is not None or by_law else None


def breach_notices_wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    for ref, breach in breaches(view).items():
        categories, asked = affected(view, breach), asked_by_breach(view, breach)
        if categories and asked and not was_told(view, ref, "breach") and not is_open(raised, "breach", ref):
            yield notify(view, "breach", breach, ref, categories, asked, breach["aware_at"])


# -- disclosures


def latest_decision(view: View, ref: str | None) -> Fields | None:
    decisions = view.all("DisclosureDecided", disclosure_ref=ref)
    return decisions[-1] if decisions else None


def bar(view: View, ref: str | None) -> tuple[bool, int]:
    """(whether telling is barred at the time reached, when a bar that is over ended or 0)."""
    decision = latest_decision(view, ref)
    if decision is None or decision["notice"] != "BARRED":
        return False, 0
    until = decision["barred_until"]
    return (True, 0) if until is None or until > view.time else (False, until)


def asked_by_request(view: View, ref: str) -> tuple[Fields | None, str, int] | None:
    """Which rule asks that the person is told of the request itself; no law does."""
    requests = view.all("DisclosureRequested", disclosure_ref=ref)
    duty = view.duty(requests[0]["occurred_at"], "disclosure_request", "notify_subject") if requests else None
    return (duty, "", requests[0]["occurred_at"]) if duty is not None else None


def asked_by_decision(view: View, decision: Fields | None) -> tuple[Fields | None, str, int] | None:
    """Which rule asks that the person is told of what was granted, if one does."""
    if decision is None or decision["decision"] not in ("GRANTED", "PARTLY"):
        return None
    duty = view.duty(decision["occurred_at"], "disclosure", "notify_subject")
    says_so = decision["notice"] in ("DUE", "BARRED")  # not while it is barred, but when the bar has ended
    return (duty, "GDPR-14", decision["occurred_at"]) if duty is not None or says_so else None


def disclosure_notices_wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    for ref in sorted({f["disclosure_ref"] for name, f in view.events if name in ("DisclosureRequested", "DisclosureDecided")}):
        barred, over_since = bar(view, ref)
        if barred:
            continue
        asked, decision = asked_by_request(view, ref), latest_decision(view, ref)
        if asked and not was_told(view, ref, "disclosure_request", "disclosure") and not is_open(raised, "disclosure_request", ref):
            request = view.all("DisclosureRequested", disclosure_ref=ref)[0]
            yield notify(view, "disclosure_request", request, ref, _categories(request), asked, max(request["occurred_at"], over_since))
        asked = asked_by_decision(view, decision)
        if asked and decision and not was_told(view, ref, "disclosure") and not is_open(raised, "disclosure", ref):
            yield notify(view, "disclosure", decision, ref, _categories(decision), asked, max(decision["occurred_at"], over_since))


def _categories(event: Fields) -> tuple[str, ...]:
    return tuple(sorted(event["categories"]))


def notice_ended(view: View, duty: Duty) -> Ended | None:
    ref = str(duty.key.ref)
    if duty.about == "breach":
        if was_told(view, ref, "breach"):
            return MET, None
        breach = breaches(view)[ref]
        if not affected(view, breach) or not asked_by_breach(view, breach):
            return CANCELLED, "not-affected"
        return None if duty.due_at == breach["aware_at"] else (CANCELLED, "re-anchored")
    if was_told(view, ref, "disclosure", str(duty.about)):
        return MET, None
    if bar(view, ref)[0]:
        return CANCELLED, "barred"
    is_on_decision = duty.about == "disclosure"
    wanted = asked_by_decision(view, latest_decision(view, ref)) if is_on_decision else asked_by_request(view, ref)
    return None if wanted else (CANCELLED, "not-due")
