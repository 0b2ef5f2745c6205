"""What the fold does with register events about the controller: whom a breach selects, what is put aside, and what stands under `register`."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.core.ids import REGISTER_REF, partition_of_subject
from ledger.core.instants import TIME_MAX
from ledger.core.limits import TEXT_BYTES_MAX
from tests.histories import CONTROLLER, DAY, Event, at, collected, erased, policy, project, projecting, records, register_event, shared, tick
from tests.memory_projection import MemoryProjection

NO_RULES = policy(1001, 0, [])
BREACH = {
    "breach_ref": "breach-1", "aware_at": at(20), "window_from": at(1), "window_until": at(10), "risk": "HIGH", "categories": ["pd:Name"],
}  # fmt: skip


def breach(number: int = 3001, **fields: Any) -> Event:
    return register_event("BreachRecorded", number, 20, **BREACH | fields)


def duties(store: MemoryProjection) -> list[tuple[str, str, str]]:
    """(kind, subject, state), sorted."""
    return sorted((row[5], row[4], row[15]) for row in store.obligation_rows())


def told(store: MemoryProjection) -> list[str]:
    return [subject for kind, subject, _ in duties(store) if kind == "NOTIFY_SUBJECT"]


@pytest.mark.parametrize("restart", [False, True])
def test_a_breach_reaches_those_in_memory_and_those_in_the_store(restart: bool) -> None:
    before = [NO_RULES, collected(1, 0), collected(2, 0, subject="s2"), shared(3, 0, subject="s3"), collected(4, 0, subject="s4", store="billing")]
    log = [*before, breach(store="crm")]
    store, made = MemoryProjection(), records(log)
    fold = projecting(store)
    store.write(fold.project(made[:3]))
    if restart:
        fold = projecting(store)
    store.write(fold.project(made[3:]))

    assert told(store) == ["s1", "s2"]
    assert store.tables() == project(log).tables()


def test_a_breach_at_a_recipient_reaches_those_of_whom_it_has_something() -> None:
    store = project([NO_RULES, collected(1, 0), shared(2, 0, subject="s2"), shared(3, 0, subject="s3", recipient="Adyen"), breach(recipient="SIDN")])

    assert told(store) == ["s2"]


def test_a_record_of_the_same_breach_that_is_wider_reaches_more_and_one_that_is_elsewhere_takes_back() -> None:
    log = [NO_RULES, collected(1, 0), shared(2, 0, subject="s2"), breach()]

    wider = project([*log, breach(3002, store=None, recipient="SIDN")])
    assert duties(wider) == [
        ("NOTIFY_AUTHORITY", REGISTER_REF, "OPEN"), ("NOTIFY_SUBJECT", "s1", "CANCELLED"), ("NOTIFY_SUBJECT", "s2", "OPEN"),
    ]  # fmt: skip


def test_a_breach_asks_the_history_when_the_state_cannot_tell() -> None:
    """Gone in the window, and back after it: what is held now says nothing of then."""
    log = [NO_RULES, collected(1, 2), erased(2, 5), collected(3, 15), breach()]

    assert told(project(log)) == ["s1"]
    assert told(project([NO_RULES, collected(1, -5), erased(2, 0.5), collected(3, 15), breach()])) == []


def test_the_controllers_own_duties_stand_in_the_first_partition_alone() -> None:
    log = records([NO_RULES, breach(), tick(2001, 30)])
    store, other = MemoryProjection(), MemoryProjection()

    store.write(projecting(store, partitions=2).project(log))
    assert duties(store) == [("NOTIFY_AUTHORITY", REGISTER_REF, "OVERDUE")]
    fold = type(projecting(other))(1, other, partitions=2, progress=other.progress("facts", 1), simulated=True)
    other.write(fold.project(log))
    assert other.obligation_rows() == []
    assert partition_of_subject(CONTROLLER, REGISTER_REF, 7) == 0


def test_the_authority_has_72_hours_to_the_microsecond() -> None:
    log = [NO_RULES, breach(aware_at=at(20))]

    assert duties(project([*log, tick(2001, 23 - 1 / DAY)])) == [("NOTIFY_AUTHORITY", REGISTER_REF, "OPEN")]
    assert duties(project([*log, tick(2001, 23)])) == [("NOTIFY_AUTHORITY", REGISTER_REF, "OVERDUE")]


def test_nobody_else_can_have_the_controllers_reference() -> None:
    store = project([NO_RULES, breach(), collected(1, 0, subject=REGISTER_REF)])

    assert [row[3] for row in store.dead_letters.values()] == ["bad_subject"]


UNFIT: dict[str, dict[str, Any]] = {
    "impossible_time": {"aware_at": TIME_MAX + 1},
    "zero_byte": {"breach_ref": "b\0"},
    "text_too_long": {"breach_ref": "b" * (TEXT_BYTES_MAX + 1)},
    "list_too_long": {"categories": ["pd:Name"] * 501},
}


@pytest.mark.parametrize("reason", UNFIT)
def test_a_register_event_that_no_row_could_hold_is_put_aside_and_the_next_one_counts(reason: str) -> None:
    store = project([NO_RULES, collected(1, 0), breach(**UNFIT[reason]), breach(3002)])

    assert [row[3] for row in store.dead_letters.values()] == [reason]
    assert told(store) == ["s1"]
