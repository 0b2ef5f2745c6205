"""ERASE, END_SERVICE and EXPORT_FIRST (docs/duties.md section 3, docs/policies.md section 7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tests.naive_duties import terms
from tests.naive_duties.dutch_calendar import after, moment_of, year_end
from tests.naive_duties.duty import CANCELLED, MET, Duty, Ended
from tests.naive_duties.holdings import Key, acquisitions, held
from tests.naive_duties.holds import held_up, on_hold
from tests.naive_duties.requests import clock, final_answer, is_known, re_anchored, receipts
from tests.naive_duties.view import Fields, View

SUPPRESSION = "ledger:MarketingSuppression"
CONTRACT = "eu-gdpr:A6-1-b"
LAW_DEMANDS = ("ledger:StatutoryTerm", "eu-gdpr:JustificationA17LegallyRequired")
NEVER, FOR_EVER = -(2**63), 2**63


def is_refused(view: View, ref: str, key: Key, at: int | None = None) -> bool:
    """Whether the request's answer says, with a reason that holds, that this holding stays, at a moment or else at the time reached."""
    answer = final_answer(view, ref)
    if answer is None or answer["outcome"] not in ("REFUSED", "PARTLY"):
        return False
    ends = [
        end_of_reason(view, answer, reason, key)
        for reason in answer["reasons"]
        if reason["holder"] == key.holder and all(reason[part] in (None, getattr(key, part)) for part in ("store", "purpose", "ref"))
    ]
    return any(end > (view.time if at is None else at) for end in ends)


def end_of_reason(view: View, answer: Fields, reason: Fields, key: Key) -> int:
    """Until when a reason lets a holding stay: NEVER where it is none, FOR_EVER where nothing ends it."""
    policy = view.policy_at(answer["occurred_at"])
    told = FOR_EVER if reason["until"] is None else int(reason["until"])
    if reason["reason"] not in LAW_DEMANDS or not policy.get("law"):
        return told
    statute, zone = policy["law"]["statutes"].get(reason["statute"]), policy["time_zone"]
    if statute is None or not holds_then(statute, answer["occurred_at"], zone) or not is_demanded(view, reason["statute"], policy, key):
        return NEVER
    if reason["until"] is not None or "term" not in statute:
        return told
    end = after(acquisitions(view)[key][-1]["occurred_at"], statute["term"], zone)
    return year_end(end, zone) if statute.get("rounding") == "calendar_year_end" else end


def is_demanded(view: View, statute: str, policy: Fields, key: Key) -> bool:
    """Whether a law is about this data: the last collection names it, an activity has it for the purpose, or the term is of that law."""
    got = acquisitions(view)[key]
    have = held(view, key, got)
    rule, _ = terms.rule_of(view, key, got, have) if have else (None, None)
    named = {got[-1].get("statute"), (rule or {}).get("statute")}
    named |= {activity.get("statutes", {}).get(key.purpose) for activity in policy["activities"].values()}
    return bool({oldest(policy, name) for name in named if name} & {oldest(policy, statute)})


def oldest(policy: Fields, statute: str) -> str:
    """The statute whose place this one took, or that one's, back to the first."""
    before = policy["law"]["statutes"].get(statute, {}).get("follows")
    return oldest(policy, before) if before else statute


def holds_then(statute: Fields, moment: int, zone: str) -> bool:
    """Whether a statute was in force: from the first moment of its first day, until that of the day on which it no longer was."""
    first, until = (moment_of(datetime.fromisoformat(statute[day]), zone) if day in statute else None for day in ("from", "until"))
    return (first is None or first <= moment) and (until is None or moment < until)


def is_inquiry(got: list[Fields]) -> bool:
    """Whether police, a court or another part of government has it, by the latest share: by Art. 4(9) no recipient."""
    return got[-1].get("recipient_role") in ("law_enforcement", "court", "government")


def asked_for(view: View, receipt: Fields, key: Key, got: list[Fields]) -> set[str]:
    """Categories of a holding that an erasure request calls for, whatever makes it wait."""
    have = held(view, key, got)
    if not is_known(view, receipt) or is_inquiry(got):
        return set()
    if receipt["right"] != "ERASURE" or not have or key.purpose == SUPPRESSION or is_refused(view, receipt["request_ref"], key):
        return set()
    rule, policy = terms.rule_of(view, key, got, have)
    if terms.is_kept_by_law(rule):
        end = terms.due(view, key, got, rule, policy)
        if not terms.is_minimum(rule) or end is None or end > view.time:
            return set()
    return {c for c, since in have.items() if since <= receipt["occurred_at"] and c in (receipt["categories"] or [c])}


def due_of(view: View, key: Key, got: list[Fields], have: dict[str, int]) -> tuple[int | None, set[str]]:
    """(when its term wants something of a holding gone, of which categories).

    Of a minimum: what was asked for before it was over, and not refused by then.
    """
    rule, policy = terms.rule_of(view, key, got, have)
    end = terms.due(view, key, got, rule, policy)
    if end is None or not terms.is_minimum(rule):
        return end, set(have)
    wanted: set[str] = set()
    if terms.is_kept_by_law(rule) and key.purpose != SUPPRESSION:
        for ref, receipt in receipts(view).items():
            if receipt["right"] == "ERASURE" and is_known(view, receipt) and receipt["occurred_at"] < end and not is_refused(view, ref, key, end):
                wanted |= {c for c, since in have.items() if since <= receipt["occurred_at"] and c in (receipt["categories"] or [c])}
    return (end, wanted) if wanted else (None, set())


def running_services(view: View) -> dict[str | None, Fields]:
    """Ref -> the latest start of each service that has not ended at or after it."""
    found = {}
    for start in view.all("MilestoneReached", kind="SERVICE_STARTED"):
        if all(end["occurred_at"] < start["occurred_at"] for end in view.all("MilestoneReached", kind="SERVICE_ENDED", ref=start["ref"])):
            found[start["ref"]] = start
    return found


def is_mandatory(view: View, receipt: Fields, key: Key, got: list[Fields]) -> bool:
    """Whether the policy at receipt declares that the service needs it."""
    activities = view.policy_at(receipt["occurred_at"])["activities"]
    needed = {name: a for name, a in activities.items() if a["necessity"] == "REQUIRED" and CONTRACT in a["legal_basis"]}
    if key.holder == view.controller:
        return got[-1]["activity"] in needed
    return any(key.purpose in activity["purposes"] for activity in needed.values())


def must_end_first(view: View, receipt: Fields) -> Fields | None:
    """The duty to end the service before what it needs is erased, if the policy at receipt has it."""
    return view.duty(receipt["occurred_at"], "erasure", "end_service")


def open_exports(view: View) -> list[tuple[Fields, Fields]]:
    """Receipts of portability requests that have no answer, with the duty to export first, where the policy has it."""
    asked = [r for r in receipts(view).values() if r["right"] == "PORTABILITY" and is_known(view, r) and final_answer(view, r["request_ref"]) is None]
    found = [(r, view.duty(r["occurred_at"], "erasure", "export_first")) for r in asked]
    return [(receipt, duty) for receipt, duty in found if duty is not None]


def erasures_wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    """raised: all that is open; grows while this runs. What is open already is not called for again."""
    exports, services = open_exports(view), running_services(view)
    for key, got in sorted(acquisitions(view).items(), key=repr):
        have = held(view, key, got)
        if not have:
            continue
        rule, policy = terms.rule_of(view, key, got, have)
        due, wanted_by_term = due_of(view, key, got, have)
        for receipt in [None, *receipts(view).values()]:
            called = {c for duty in raised if duty.kind == "ERASE" and duty.key == key for c in left(view, duty, got)}
            free = {c for c in have if c not in called and not on_hold(view, key, c)}
            come_due = free & wanted_by_term if due is not None and due <= view.time else set()
            wanted = come_due if receipt is None else (free - come_due) & asked_for(view, receipt, key, got)
            if not wanted:
                continue
            waiting = set()
            if key.holder == view.controller:
                for request, duty in exports:
                    covered = {c for c in wanted if c in (request["categories"] or [c])}
                    waiting |= covered
                    if covered and not any(d.kind == "EXPORT_FIRST" and d.request_ref == request["request_ref"] for d in raised):
                        yield export_first(view, request, duty["id"])
            if receipt is not None and services and is_mandatory(view, receipt, key, got):
                ending = must_end_first(view, receipt)
                if ending is not None:
                    waiting = wanted
                    yield from ends_of_service(view, receipt, ending["id"], raised)
            called_for = tuple(sorted(wanted - waiting))
            if called_for and receipt is not None:
                yield by_request(view, receipt, key, called_for)
            elif called_for and rule is not None and due is not None:
                yield by_term(view, rule, policy, due, key, called_for)


def by_term(view: View, rule: Fields, policy: Fields, due: int, key: Key, categories: tuple[str, ...]) -> Duty:
    late = after(max(due, view.time), rule.get("acts_within") or policy["acts_within"], policy["time_zone"])
    return Duty(
        kind="ERASE", key=key, categories=categories, rule=rule["id"], due_at=due, overdue_at=held_up(view, key, categories, view.moment, late),
        late_at=late, runs_from=view.moment,
    )  # fmt: skip


def by_request(view: View, receipt: Fields, key: Key, categories: tuple[str, ...]) -> Duty:
    promised = promised_of_erasure(view, receipt, key)
    return Duty(
        kind="ERASE", key=key, categories=categories, rule=promised["id"] if promised else "GDPR-17", due_at=receipt["occurred_at"],
        overdue_at=held_up(view, key, categories, *erasure_clock(view, receipt, key, view.moment)), request_ref=receipt["request_ref"],
        receipt=receipt["event_id"], runs_from=view.moment,
    )  # fmt: skip


def promised_of_erasure(view: View, receipt: Fields, key: Key) -> Fields | None:
    """What the statement says of erasing on request what the controller itself has."""
    return view.duty(receipt["occurred_at"], "request", "erase", right="ERASURE") if key.holder == view.controller else None


def erasure_clock(view: View, receipt: Fields, key: Key, raised: int) -> tuple[int, int]:
    """(since when, until when) an erasure on request has time."""
    start, end = clock(view, receipt)
    within = (promised_of_erasure(view, receipt, key) or {}).get("acts_within")
    return (start, min(end, after(max(start, raised), within, view.policy_at(receipt["occurred_at"])["time_zone"]))) if within else (start, end)


def ends_of_service(view: View, receipt: Fields, rule: str, raised: list[Duty]) -> Iterator[Duty]:
    for ref, start in sorted(running_services(view).items(), key=repr):
        if not any(d.kind == "END_SERVICE" and (d.request_ref, d.key.ref) == (receipt["request_ref"], ref) for d in raised):
            yield Duty(
                kind="END_SERVICE", key=Key(view.controller, None, None, ref, None), categories=(), rule=rule, due_at=receipt["occurred_at"],
                overdue_at=clock(view, receipt)[1], request_ref=receipt["request_ref"], receipt=receipt["event_id"],
                rests_on=(receipt["event_id"], start["event_id"]),
            )  # fmt: skip


def export_first(view: View, receipt: Fields, rule: str) -> Duty:
    ref = receipt["request_ref"]
    return Duty(
        kind="EXPORT_FIRST", key=Key(view.controller, None, None, ref, None), categories=tuple(sorted(receipt["categories"])), rule=rule,
        due_at=receipt["occurred_at"], overdue_at=clock(view, receipt)[1], request_ref=ref, receipt=receipt["event_id"],
        rests_on=(receipt["event_id"],),
    )  # fmt: skip


def left(view: View, duty: Duty, got: list[Fields]) -> set[str]:
    """What is not gone of what must go. What came after a request is not asked for by it."""
    have = held(view, duty.key, got)
    return {c for c in duty.categories if c in have and (duty.receipt is None or have[c] <= duty.due_at)}


def erasure_ended(view: View, duty: Duty) -> Ended | None:
    got = acquisitions(view)[duty.key]
    if not left(view, duty, got):
        return MET, None
    if duty.request_ref is not None:
        refused = (CANCELLED, "refused") if is_refused(view, duty.request_ref, duty.key) else None
        return re_anchored(view, duty) or refused
    due, _ = due_of(view, duty.key, got, held(view, duty.key, got))
    return (CANCELLED, "re-anchored") if due is None or due > view.time else None


def end_of_service_ended(view: View, duty: Duty) -> Ended | None:
    if duty.key.ref not in running_services(view):
        return MET, None
    receipt = receipts(view)[str(duty.request_ref)]
    asked = any(is_mandatory(view, receipt, key, got) and asked_for(view, receipt, key, got) for key, got in acquisitions(view).items())
    return re_anchored(view, duty) or (None if asked else (CANCELLED, "refused"))


def erasure_late_at(view: View, duty: Duty) -> int:
    """When an open one becomes overdue, as things stand."""
    if duty.request_ref is None:
        return held_up(view, duty.key, duty.categories, duty.runs_from, duty.late_at)
    return held_up(view, duty.key, duty.categories, *erasure_clock(view, receipts(view)[duty.request_ref], duty.key, duty.runs_from))
