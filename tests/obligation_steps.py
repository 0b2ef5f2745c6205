"""The core's obligations and their violations on a small log, in the form in which the second reading gives its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.contract import codec
from tests.histories import Event, project
from tests.naive_duties.steps import Found, Step

PAPERS = ("announced-late", "never-announced", "authority-notified-late", "agreement-lapsed")
WITHOUT_EVENTS = ("ERASE",)


def core_duties(log: Sequence[Event]) -> tuple[list[Step], list[Found]]:
    """All steps of obligations and the violations of docs/duties.md that the fold makes of this log, sorted."""
    steps: list[Step] = []
    found: list[Found] = []
    raised: dict[bytes, tuple[Any, ...]] = {}
    for (_, offset, _), row in sorted(project(log).outcomes.items()):
        name, f = codec.decode(row[6])
        if name == "ViolationFound":
            if f["rule"].startswith("overdue-") or f["rule"] in PAPERS:
                found.append(Found(offset, f["subject_ref"], f["promise"], f["rule"], f["severity"], f["holder"]))
            continue
        what = name.removeprefix("Obligation").upper()
        if what == "RAISED":
            raised[f["obligation_id"]] = (
                f["subject_ref"], f["kind"], f["holder"], f["store"], f["purpose"], f["ref"], f["received_from"], tuple(f["categories"]), f["rule"],
                f["due_at"], f["overdue_at"], f["request_ref"], f["about"], None if f["kind"] == "ERASE" else tuple(sorted(f["rests_on"])),
            )  # fmt: skip
        steps.append(Step(offset, what, f["reason"] if what == "CANCELLED" else None, *raised[f["obligation_id"]]))
    return sorted(steps, key=repr), sorted(found, key=repr)
