"""Where an outcome stands: found by halving, also where a relay sent some of them twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.auditing.outcomes import SealedOutcomes
from ledger.auditing.sealed_archive import SealedArchive
from ledger.errors import DataError
from ledger.evidence.entries import Record
from tests.sealing_world import World


def event_id(caused_at: int, subject: int) -> bytes:
    return caused_at.to_bytes(8, "big") + subject.to_bytes(8, "big")


def key_of(record: Record) -> tuple[int, bytes] | None:
    value = record.value or b""
    return (int.from_bytes(value[5:13], "big"), value[13:21]) if len(value) >= 21 else None


def outcomes(world: World, caused: list[tuple[int, int]]) -> SealedOutcomes:
    world.broker["facts", 0] = [
        Record(offset, 1_790_000_000_000, 1, None, b"" if caused_at < 0 else bytes(5) + event_id(caused_at, subject), ())
        for offset, (caused_at, subject) in enumerate(caused)
    ]
    world.seal()
    return SealedOutcomes(SealedArchive(world.archive), key_of)


@pytest.mark.parametrize("count", [1, 2, 255, 256, 511, 1200])
def test_every_one_is_found_where_it_stands(tmp_path: Path, count: int) -> None:
    caused = [(number // 3 * 7, number % 3) for number in range(count)]
    found = outcomes(World(tmp_path), caused)

    for offset in range(0, count, 1 if count < 300 else 37):
        at, subject = caused[offset]
        assert found.offset_of("facts", 0, at, subject.to_bytes(8, "big"), event_id(at, subject)) == offset


def test_many_of_one_record_and_some_sent_twice_are_found(tmp_path: Path) -> None:
    tick = [(5, subject) for subject in range(900)]
    caused = [(1, 0), (-1, 0), *tick[:700], *tick[400:], (9, 1), *tick[850:], (9, 1), (11, 3)]
    found = outcomes(World(tmp_path), caused)

    for at, subject in [(1, 0), *tick[::50], tick[-1], (9, 1), (11, 3)]:
        place = found.offset_of("facts", 0, at, subject.to_bytes(8, "big"), event_id(at, subject))
        assert caused[place] == (at, subject)


def test_one_that_is_not_sealed_is_an_error(tmp_path: Path) -> None:
    found = outcomes(World(tmp_path), [(1, 0), (2, 0)])

    with pytest.raises(DataError, match="facts-0 offset 3: it is not sealed yet"):
        found.offset_of("facts", 0, 3, bytes(8), event_id(3, 0))
