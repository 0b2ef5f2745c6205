"""ERASE, END_SERVICE and EXPORT_FIRST (docs/duties.md section 3, docs/policies.md section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.naive_duties import terms
from tests.naive_duties.dutch_calendar import after
from tests.naive_duties.duty import CANCELLED, MET, Duty, Ended
from tests.naive_duties.holdings import Key, acquisitions, held
from tests.naive_duties.holds import held_up, on_hold
from tests.naive_duties.refusal import SUPPRESSION, asked_since, is_refused, was_refused
from tests.naive_duties.requests import clock, final_answer, is_known, re_anchored, receipts
from tests.naive_duties.view import Fields, View

CONTRACT = "eu-gdpr:A6-1-b"


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
            if receipt["right"] == "ERASURE" and is_known(view, receipt) and receipt["occurred_at"] < end and not was_refused(view, ref, key, end):
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
                    yield from ends_of_service(view, receipt, ending, raised)
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
    promised, due = promised_of_erasure(view, receipt, key), asked_since(view, receipt, key)
    late = max(held_up(view, key, categories, *time) for time in erasure_times(view, receipt, key, due, view.moment))
    return Duty(
        kind="ERASE", key=key, categories=categories, rule=promised["id"] if promised else "GDPR-17", due_at=due, overdue_at=late,
        request_ref=receipt["request_ref"], receipt=receipt["event_id"], runs_from=view.moment,
    )  # fmt: skip


def promised_of_erasure(view: View, receipt: Fields, key: Key) -> Fields | None:
    """What the statement says of erasing on request what the controller itself has."""
    return view.duty(receipt["occurred_at"], "request", "erase", right="ERASURE") if key.holder == view.controller else None


def erasure_times(view: View, receipt: Fields, key: Key, due: int, raised: int) -> list[tuple[int, int]]:
    """(since when, until when) of the times that an erasure on request has: it is late when the last of them is over."""
    start, end = clock(view, receipt)
    promised = promised_of_erasure(view, receipt, key)
    if promised and promised.get("acts_within"):
        end = min(end, after(max(start, raised), promised["acts_within"], view.policy_at(receipt["occurred_at"])["time_zone"]))
    return [(start, end), *after_refusal(view, receipt, promised, due, raised)]


def after_refusal(view: View, receipt: Fields, duty: Fields | None, due: int, raised: int) -> list[tuple[int, int]]:
    """The time from the end of a refusal, or from when it was called for: of the duty, else of the policy."""
    policy, start = view.policy_at(receipt["occurred_at"]), max(due, raised)
    if due == receipt["occurred_at"]:
        return []
    return [(start, after(start, (duty or {}).get("acts_within") or policy["acts_within"], policy["time_zone"]))]


def ends_of_service(view: View, receipt: Fields, duty: Fields, raised: list[Duty]) -> Iterator[Duty]:
    due = min(mandatory_since(view, receipt))
    for ref, start in sorted(running_services(view).items(), key=repr):
        if not any(d.kind == "END_SERVICE" and (d.request_ref, d.key.ref) == (receipt["request_ref"], ref) for d in raised):
            yield Duty(
                kind="END_SERVICE", key=Key(view.controller, None, None, ref, None), categories=(), rule=duty["id"], due_at=due,
                overdue_at=end_of_service_late_at(view, receipt, due, view.moment), request_ref=receipt["request_ref"],
                receipt=receipt["event_id"], rests_on=(receipt["event_id"], start["event_id"]), runs_from=view.moment,
            )  # fmt: skip


def mandatory_since(view: View, receipt: Fields) -> list[int]:
    """Since when a request asks for each mandatory holding that it asks for."""
    return [
        asked_since(view, receipt, key)
        for key, got in acquisitions(view).items() if is_mandatory(view, receipt, key, got) and asked_for(view, receipt, key, got)
    ]  # fmt: skip


def end_of_service_late_at(view: View, receipt: Fields, due: int, raised: int) -> int:
    more = after_refusal(view, receipt, must_end_first(view, receipt), due, raised)
    return max(end for _, end in [clock(view, receipt), *more])


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
    asked_at = None if duty.receipt is None else view.all("RequestReceived", event_id=duty.receipt)[0]["occurred_at"]
    return {c for c in duty.categories if c in have and (asked_at is None or have[c] <= asked_at)}


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
    return re_anchored(view, duty) or (None if mandatory_since(view, receipt) else (CANCELLED, "refused"))


def erasure_late_at(view: View, duty: Duty) -> int:
    """When an open one becomes overdue, as things stand."""
    if duty.request_ref is None:
        return held_up(view, duty.key, duty.categories, duty.runs_from, duty.late_at)
    times = erasure_times(view, receipts(view)[duty.request_ref], duty.key, duty.due_at, duty.runs_from)
    return max(held_up(view, duty.key, duty.categories, *time) for time in times)
