"""Tiles far to the right, whose numbers take two and three parts of a path (x001/234, x070/001): a log of 17.9 million entries that are all alike.

Of such a log every whole tile of a level is the same, so the few files that a proof needs are quickly made. The hashes come from the recursion
of RFC 6962 over sizes alone, and share nothing with the verifier.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ledger.verify.between import check_between
from ledger.verify.files import LogFiles, numbered
from ledger.verify.findings import Findings
from ledger.verify.notes import Checkpoint
from ledger.verify.walking import Said, Walk
from tests.naive_archive import LEDGER, path_of, put, sha

ORIGIN = f"{LEDGER}/facts/0/AbC-_123"
ENTRY = b"alike"


@cache
def alike(size: int) -> bytes:
    """MTH of that many equal entries."""
    if size == 1:
        return sha(b"\0" + ENTRY)
    k = 1 << ((size - 1).bit_length() - 1)
    return sha(b"\1" + alike(k) + alike(size - k))


def put_tile(folder: Path, level: int, n: int, size: int) -> str:
    width = min(256, (size >> (8 * level)) - n * 256)
    name = f"tile/{level}/{path_of(n)}" + ("" if width == 256 else f".p/{width}")
    put(folder, name, alike(256**level) * width)
    return name


@pytest.mark.parametrize(
    ("n", "path"),
    [
        (0, "000"), (999, "999"), (1000, "x001/000"), (1234, "x001/234"), (65_535, "x065/535"), (65_536, "x065/536"), (70_001, "x070/001"),
        (1_234_067, "x001/x234/067"),
    ],
)
def test_the_path_of_a_tile(n: int, path: str) -> None:
    """The last is the example of C2SP tlog-tiles."""
    assert numbered(n) == path == path_of(n)


def far(archive: Path, old: int, new: int) -> tuple[Path, list[str]]:
    """The tiles of every level around both sizes."""
    folder = archive / "logs/facts/0"
    names = {
        put_tile(folder, level, n, new)
        for level in range(4)
        for size in (old, new)
        for n in {max(0, (size >> (8 * level + 8)) - 1), size >> (8 * level + 8)}
        if n * 256 < new >> (8 * level)
    }
    return folder, sorted(names)


@pytest.mark.parametrize(
    ("old", "new", "last"),
    [
        (1234 * 256 + 100, 1235 * 256 + 5, "tile/0/x001/234"),
        (65_535 * 256 + 255, 65_536 * 256 + 1, "tile/0/x065/535"),
        (70_000 * 256 + 100, 70_001 * 256 + 5, "tile/0/x070/000"),
    ],
)
def test_a_proof_from_tiles_far_to_the_right(tmp_path: Path, old: int, new: int, last: str) -> None:
    folder, names = far(tmp_path, old, new)
    assert last in names
    ends = Checkpoint(ORIGIN, old, alike(old)), Checkpoint(ORIGIN, new, alike(new))
    assert list(check_between(tmp_path, LEDGER, *ends)) == []

    other = Checkpoint(ORIGIN, old, sha(b"another history"))
    assert [each.reason for each in check_between(tmp_path, LEDGER, other, ends[1])] == ["checkpoint-conflict"]
    good = (folder / last).read_bytes()
    (folder / last).write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert [each.reason for each in check_between(tmp_path, LEDGER, *ends)] == ["root-changed"]
    (folder / last).write_bytes(good[:-1])
    assert [(each.reason, last in each.text) for each in check_between(tmp_path, LEDGER, *ends)] == [("file-broken", True)]
    (folder / last).unlink()
    assert [(each.reason, last in each.text) for each in check_between(tmp_path, LEDGER, *ends)] == [("file-missing", True)]


def test_a_walk_over_more_than_a_thousand_bundles(tmp_path: Path) -> None:
    """All 1,235 bundles and their tiles; one entry of x001/234 changed is named, and one of 003 is not mistaken for one of x001/003."""
    size = 1234 * 256 + 90
    for n in range(1235):
        width = min(256, size - n * 256)
        put(tmp_path, f"tile/entries/{path_of(n)}" + ("" if width == 256 else f".p/{width}"), (len(ENTRY).to_bytes(2, "big") + ENTRY) * width)
    for level in range(3):
        for n in range(((size >> (8 * level)) + 255) // 256):
            put_tile(tmp_path, level, n, size)

    def walked() -> Findings:
        found = Findings("log")
        assert len(list(Walk(LogFiles(tmp_path), size, [Said(size, alike(size), "said")], found, 1 << 16, lambda _: None).bundles())) == 1235
        return found

    assert list(walked()) == []
    for name, within, index in (("x001/234.p/90", 3, 1234 * 256 + 3), ("x001/003", 255, 1003 * 256 + 255), ("003", 7, 3 * 256 + 7)):
        file = tmp_path / "tile/entries" / name
        good = file.read_bytes()
        at = within * 7 + 2
        file.write_bytes(good[:at] + b"A" + good[at + 1 :])
        found = list(walked())
        file.write_bytes(good)
        assert [(each.reason, each.index) for each in found] == [("entry-changed", index), ("root-changed", 0)]
