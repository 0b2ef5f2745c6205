"""Changes, each with its first bad position: any two records swapped, doubled, files cut at every byte, random flips in a larger log."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from ledger.verify.notes import key_of
from ledger.verify.replay import check_archive
from ledger.verify.verdict import FOUND, UNDECIDED, verdict_of
from tests.naive_archive import KEY, Archive, Log, events, small
from tests.unit.test_verify_attacks import rewritten

Place = tuple[str, int | None, int | None]


def judged(archive: Path) -> tuple[int, list[Place]]:
    """Exit code, and (reason, index, offset) of each finding, in order."""
    checked = check_archive(archive, [key_of(KEY.vkey())], None, 1, lambda _: None)
    found = [(each.reason, each.index, each.offset) for findings in checked.findings() for each in findings]
    return verdict_of(checked, None, None, None, 0, None).code, found


@pytest.mark.parametrize(("first", "second"), list(combinations(range(1, 6), 2)))
def test_any_two_records_that_change_places(tmp_path: Path, first: int, second: int) -> None:
    log = Log("facts", 0, events(5))
    archive = Archive([log]).write(tmp_path)
    entries, records = log.entries(), list(log.records)
    entries[first], entries[second] = entries[second], entries[first]
    records[first - 1], records[second - 1] = records[second - 1], records[first - 1]
    rewritten(archive, log, entries, records)

    code, found = judged(archive)
    assert (code, found[0]) == (FOUND, ("offset-hole", first, 7 + second - 1))
    assert ("root-changed", 0, None) in found


@pytest.mark.parametrize("index", range(1, 5))
def test_a_record_that_stands_there_twice(tmp_path: Path, index: int) -> None:
    """All others move by one, and the last falls out of the size that was signed."""
    log = Log("facts", 0, events(5))
    archive = Archive([log]).write(tmp_path)
    entries, records = log.entries(), list(log.records)
    rewritten(archive, log, [*entries[: index + 1], *entries[index:5]], [*records[:index], *records[index - 1 : 4]])

    code, found = judged(archive)
    assert (code, found[0]) == (FOUND, ("offset-hole", index + 1, 7 + index - 1))
    assert ("root-changed", 0, None) in found


def test_every_file_cut_at_every_byte(tmp_path: Path) -> None:
    whole = small((3, 0, 2))
    whole.logs[1].sizes = whole.logs[2].sizes = []
    archive = whole.write(tmp_path)

    missed: list[tuple[str, int]] = []
    for file in sorted(path for path in archive.rglob("*") if path.is_file()):
        good = file.read_bytes()
        for length in range(len(good)):
            file.write_bytes(good[:length])
            if judged(archive)[0] not in (FOUND, UNDECIDED):
                missed.append((str(file.relative_to(archive)), length))
        file.write_bytes(good)
    assert missed == []


def in_bundle(n: int, at: int) -> Place:
    index, within = n * 256 + at // 57, at % 57
    return ("file-broken", n * 256, None) if within < 2 else ("entry-changed", index, 7 + index - 1 if index else None)


def in_tile(n: int, at: int) -> Place:
    index = n * 256 + at // 32
    return ("entry-changed", index, 7 + index - 1 if index else None)


@pytest.mark.parametrize(("kind", "expected"), [("entries", in_bundle), ("0", in_tile)])
def test_random_flips_in_a_larger_log_are_named_where_they_are(tmp_path: Path, kind: str, expected: Callable[[int, int], Place]) -> None:
    archive = Archive([Log("facts", 0, events(600))]).write(tmp_path)
    seed = 600
    draw = random.Random(seed)  # noqa: S311
    for _ in range(300):
        n = draw.randrange(3)
        file = archive / f"logs/facts/0/tile/{kind}" / ("002.p/89" if n == 2 else f"{n:03d}")
        good = file.read_bytes()
        at, mask = draw.randrange(len(good)), 1 << draw.randrange(8)
        file.write_bytes(good[:at] + bytes([good[at] ^ mask]) + good[at + 1 :])
        code, found = judged(archive)
        file.write_bytes(good)
        assert code == FOUND, (seed, n, at, mask)
        assert found[0] == expected(n, at), (seed, n, at, mask)
