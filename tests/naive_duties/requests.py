"""A request: its receipt, its answers, its clock, and the obligation to answer it (docs/duties.md section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tests.naive_duties import law
from tests.naive_duties.dutch_calendar import months_for_an_answer
from tests.naive_duties.duty import CANCELLED, MET, Duty, Ended
from tests.naive_duties.holdings import Key
from tests.naive_duties.view import Fields, View, when

IDENTIFIED = ("DONE", "NOT_NEEDED")


@lru_cache(maxsize=8)
def receipts(view: View) -> dict[str, Fields]:
    """The earliest receipt of each request, by its reference in alphabetical order."""
    refs = sorted({f["request_ref"] for f in view.all("RequestReceived")})
    return {ref: view.all("RequestReceived", request_ref=ref)[0] for ref in refs}


def is_known(view: View, receipt: Fields) -> bool:
    """Whether it is known who asks, or was never said that it is not."""
    later = [f for f in view.all("RequestReceived", request_ref=receipt["request_ref"]) if when(f) > when(receipt)]
    return receipt["identity_check"] != "NOT_DONE" or any(f["identity_check"] in IDENTIFIED for f in later)


def final_answer(view: View, ref: str) -> Fields | None:
    """The latest answer by its moment, extensions aside."""
    answers = [f for f in view.all("RequestAnswered", request_ref=ref) if f["outcome"] != "EXTENDED"]
    return answers[-1] if answers else None


def clock(view: View, receipt: Fields) -> tuple[int, int]:
    """(since when the request's clock runs, when it has run out). While nobody is identified it is as if that came at the last tick."""
    zone, start = view.policy_at(receipt["occurred_at"])["time_zone"], receipt["occurred_at"]
    if receipt["identity_check"] == "NOT_DONE":
        later = [f for f in view.all("RequestReceived", request_ref=receipt["request_ref"]) if when(f) > when(receipt)]
        start = next((f["occurred_at"] for f in later if f["identity_check"] in IDENTIFIED), max(start, view.time))
    within, at_most = law.months(view, receipt["occurred_at"])
    month = months_for_an_answer(start, within, zone)
    extensions = view.all("RequestAnswered", request_ref=receipt["request_ref"], outcome="EXTENDED")
    if extensions and extensions[0]["occurred_at"] < month:
        return start, months_for_an_answer(start, at_most, zone)
    return start, month


def answers_wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    for ref, receipt in receipts(view).items():
        if final_answer(view, ref) is not None or any(duty.kind == "ANSWER" and duty.request_ref == ref for duty in raised):
            continue
        duty = view.duty(receipt["occurred_at"], "request", "answer", right=receipt["right"])
        by_law = receipt["right"] != "COMPLAINT" and law.is_law(view, "gdpr-12-3", receipt["occurred_at"])
        if duty is not None or by_law:
            yield Duty(
                kind="ANSWER", key=Key(view.controller, None, None, ref, None), categories=tuple(sorted(receipt["categories"])),
                rule=duty["id"] if duty else "GDPR-12-3", due_at=receipt["occurred_at"], overdue_at=clock(view, receipt)[1], request_ref=ref,
                rests_on=(receipt["event_id"],), receipt=receipt["event_id"],
            )  # fmt: skip


def answer_ended(view: View, duty: Duty) -> Ended | None:
    """Also of EXPORT_FIRST: a final answer meets both."""
    if final_answer(view, str(duty.request_ref)) is not None:
        return MET, None
    return re_anchored(view, duty)


def re_anchored(view: View, duty: Duty) -> Ended | None:
    """An earlier receipt has become known."""
    return (CANCELLED, "re-anchored") if receipts(view)[str(duty.request_ref)]["event_id"] != duty.receipt else None
