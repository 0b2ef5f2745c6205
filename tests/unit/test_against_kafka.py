"""The broker held against the archive: what differs is found at its offset, what has expired is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.auditing.against_kafka import compare
from ledger.auditing.sealed_archive import SealedArchive
from ledger.errors import OperatorError
from tests.sealing_world import World, records


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "archive")
    made.add("facts", 0, 700)
    made.add("facts", 1, 1)
    made.seal()
    return made


def found(world: World) -> list[tuple[str, int, int, str]]:
    return [each[:4] for each in compare(SealedArchive(world.archive), world).findings]


def test_a_broker_that_has_what_was_sealed(world: World) -> None:
    world.add("facts", 0, 5)  # not sealed yet

    assert compare(SealedArchive(world.archive), world) == (701, 0, [])


def test_a_record_that_was_changed_is_found_at_its_offset(world: World) -> None:
    for offset in (0, 254, 255, 256, 511, 699):
        there = world.broker["facts", 0]
        world.broker["facts", 0] = [each._replace(timestamp=1) if each.offset == offset else each for each in there]
        assert found(world) == [("facts", 0, offset, "record-changed")]
        world.broker["facts", 0] = there


@pytest.mark.parametrize("low", [1, 255, 256, 300, 700])
def test_what_has_expired_is_counted_and_the_rest_compared(world: World, low: int) -> None:
    there = world.broker["facts", 0]
    world.broker["facts", 0] = [*there[low:], *records(700, 1)]
    assert compare(SealedArchive(world.archive), world) == (701 - low, low, [])

    if low < 700:
        world.broker["facts", 0][-2] = there[-1]._replace(value=b"other")
        assert found(world) == [("facts", 0, 699, "record-changed")]


def test_a_broker_that_ends_too_early_is_found(world: World) -> None:
    del world.broker["facts", 0][650:]

    assert found(world) == [("facts", 0, 650, "record-missing")]


def test_two_records_that_changed_places(world: World) -> None:
    there = world.broker["facts", 0]
    there[10], there[11] = there[11]._replace(offset=10), there[10]._replace(offset=11)

    assert found(world) == [("facts", 0, 10, "record-changed"), ("facts", 0, 11, "record-changed")]


@pytest.mark.parametrize("is_lost", [True, False])
def test_an_archive_that_is_damaged_is_not_blamed_on_the_broker(world: World, is_lost: bool) -> None:
    path = world.archive.root / "logs/facts/0/tile/entries/001"
    data = path.read_bytes()
    path.unlink() if is_lost else path.write_bytes(data[:-3])

    with pytest.raises(OperatorError, match="logs/facts/0/tile/entries/001"):
        compare(SealedArchive(world.archive), world)
