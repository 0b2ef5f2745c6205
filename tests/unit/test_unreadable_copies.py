"""What stands in `register` and cannot be read there: put aside in every partition, and no gap for what comes after it."""

from __future__ import annotations

import pytest

from ledger.folding.reading import LEFT_OUT_HEADER, REGISTER_OFFSET_HEADER
from tests.histories import projecting, tick
from tests.memory_projection import MemoryProjection
from tests.unit.test_projecting import POISON, numbered, value_of

UNREADABLE = {"garbage": (b"garbage", "bad_magic"), "empty": (None, "empty"), "outcome": (POISON["not_a_fact"][1], "not_a_fact")}
UNREADABLE["fact"] = (POISON["future"][1], "wrong_key")


def copy(value: bytes | None, register_offset: int) -> tuple[None, bytes | None, list[tuple[str, bytes]]]:
    """A copy as the broadcaster makes it: without a key."""
    return None, value, [(REGISTER_OFFSET_HEADER, str(register_offset).encode())]


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_register_record_is_put_aside_once_and_the_next_copy_follows(name: str) -> None:
    value, reason = UNREADABLE[name]
    first, bad, third = copy(value_of(tick(1, 1)), 0), copy(value, 1), copy(value_of(tick(3, 2)), 2)
    store = MemoryProjection()

    store.write(projecting(store).project(numbered(first, bad, bad, third)))

    assert [row[3] for row in store.dead_letters.values()] == [reason]
    assert sorted(row[2] for row in store.ticks.values()) == [0, 2]


def test_a_copy_that_was_left_out_says_so_and_the_next_one_follows() -> None:
    key, value, headers = copy(None, 1)
    left_out = (key, value, [*headers, (LEFT_OUT_HEADER, b"oversize")])
    store = MemoryProjection()

    store.write(projecting(store).project(numbered(copy(value_of(tick(1, 1)), 0), left_out, left_out, copy(value_of(tick(3, 2)), 2))))

    assert [row[3] for row in store.dead_letters.values()] == ["oversize"]
    assert sorted(row[2] for row in store.ticks.values()) == [0, 2]
