"""A log that grows in steps has the files and the checkpoint of one that was made at once, however it was cut and taken up again."""

from __future__ import annotations

import random

import pytest

from ledger.evidence.entries import Genesis, Record, genesis_entry, record_entry
from ledger.evidence.merkle import leaf_hash, root_of
from ledger.evidence.tiles import Tile
from ledger.sealing.growing import GrowingLog
from ledger.sealing.payload import path_of, records_in

ORIGIN = "ledger.example/facts/0/abcdefgh"
GENESIS = genesis_entry(Genesis("ledger.example", "cluster", "facts", "abcdefgh-id", 0, 0))


def record(offset: int) -> Record:
    return Record(offset, 1_527_228_000_000 + offset, 1, b"key", b"value %d" % offset, (("ce_type", b"x"), ("empty", None)))


RECORDS = [record(offset) for offset in range(70_000)]
ENTRIES = [GENESIS, *(record_entry(0, each) for each in RECORDS)]


def grown(size: int, steps: list[int], *, is_taken_up: bool = False) -> tuple[GrowingLog, dict[str, bytes]]:
    """A log of this size, written out after each step; is_taken_up: made anew from its files each time."""
    log, files = GrowingLog(ORIGIN, has_payload=True), dict[str, bytes]()
    for end in sorted({*(step for step in steps if step < size), size}):
        for number in range(log.size, end):
            log.append(ENTRIES[number], RECORDS[number - 1] if number else None)
        files.update(log.payload_files())
        files.update(log.tree_files())
        log.noted()
        if is_taken_up:
            log = GrowingLog.from_files(ORIGIN, end, files.__getitem__, has_payload=True)
    return log, files


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 513, 3000])
@pytest.mark.parametrize("is_taken_up", [False, True])
def test_steps_do_not_matter(size: int, is_taken_up: bool) -> None:
    whole, at_once = grown(size, [])
    steps = random.Random(size).sample(range(1, 3001), 7)  # noqa: S311
    log, files = grown(size, steps, is_taken_up=is_taken_up)

    assert log.checkpoint() == whole.checkpoint()
    assert log.checkpoint().root == root_of(map(leaf_hash, ENTRIES[:size]))
    assert {path: files[path] for path in at_once} == at_once
    assert {path for path in files if ".p/" not in path} == {path for path in at_once if ".p/" not in path}


def test_what_is_full_is_forgotten() -> None:
    log, files = grown(70_000, list(range(0, 70_000, 999)))

    assert (len(log._entries), len(log._records)) == (70_000 % 256,) * 2
    assert {level: len(hashes) for level, hashes in log._levels.items()} == {0: 70_000 % 256, 1: 273 % 256, 2: 1}
    assert log.checkpoint().root == root_of(map(leaf_hash, ENTRIES[:70_000]))
    assert Tile(0, 272).path in files and len(files[Tile(0, 272).path]) == 256 * 32


def test_payload_holds_the_records_as_they_are() -> None:
    _, files = grown(300, [])

    assert records_in(files[path_of(Tile(None, 0))]) == RECORDS[:255]
    assert records_in(files[path_of(Tile(None, 1, 44))]) == RECORDS[255:299]


def test_the_same_records_give_the_same_bytes() -> None:
    assert grown(300, [])[1] == grown(300, [])[1]


@pytest.mark.parametrize("path", [Tile(0, 1, 44).path, Tile(None, 1, 44).path])
def test_a_file_that_is_cut_is_not_gone_on_from(path: str) -> None:
    _, files = grown(300, [])
    files[path] = files[path][:-1]

    with pytest.raises(ValueError, match="cannot continue log"):
        GrowingLog.from_files(ORIGIN, 300, files.__getitem__, has_payload=True)
