"""Histories written anew, each with its first bad position: any two records swapped, any one doubled. Changes of single files: tests/mutations."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from ledger.verify.notes import key_of
from ledger.verify.replay import check_archive
from ledger.verify.verdict import FOUND, verdict_of
from tests.attacked_archives import rewritten
from tests.naive_archive import KEY, Archive, Log, events

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
