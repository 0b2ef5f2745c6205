"""Every byte of every file of a small archive, changed: nothing is left that could change unseen. And every file, taken away or cut short.

The one thing that may change: how a block of a payload file is deflated, when it inflates to the very same bytes (the bits that pad its end,
or another distance to an equal text). Records, digests and signatures are over what it inflates to, so nobody could read anything else there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.verify.container import Reading, inflated
from ledger.verify.findings import BrokenError
from ledger.verify.notes import key_of
from ledger.verify.replay import check_archive
from ledger.verify.verdict import FOUND, UNDECIDED, VERIFIED, verdict_of
from tests.naive_archive import KEY, Archive, Log, events, small


def code(archive: Path) -> int:
    return verdict_of(check_archive(archive, [key_of(KEY.vkey())], None, 1, lambda _: None), None, None, None, 0, None).code


def files_of(archive: Path) -> list[Path]:
    return sorted(path for path in archive.rglob("*") if path.is_file())


def blocks(data: bytes) -> list[bytes] | None:
    """What the blocks of a payload file inflate to, beside all that is not deflated; None when it cannot be read."""
    reading, parts = Reading(data), []
    try:
        reading.take(4)
        for _ in range(reading.count()):
            parts += [reading.sized(), reading.sized()]
        parts += [reading.take(1), reading.take(16)]
        while reading.at < reading.end:
            parts += [reading.take(1), inflated(reading.sized()), reading.take(16)]
    except BrokenError:
        return None
    return parts


def unseen(archive: Path, file: Path, flips: Iterator[tuple[int, int]]) -> list[tuple[str, int, int]]:
    """Flips that are verified, and are not the harmless one."""
    good, left = file.read_bytes(), []
    for at, mask in flips:
        bad = good[:at] + bytes([good[at] ^ mask]) + good[at + 1 :]
        file.write_bytes(bad)
        if code(archive) not in (FOUND, UNDECIDED) and not (file.suffix == ".avro" and blocks(good) is not None and blocks(good) == blocks(bad)):
            left.append((str(file.relative_to(archive)), at, mask))
    file.write_bytes(good)
    return left


@pytest.mark.parametrize("part", range(4))
def test_every_byte_of_every_file_counts(tmp_path: Path, part: int) -> None:
    whole = small((3, 0, 2))
    whole.logs[1].sizes = whole.logs[2].sizes = []
    archive = whole.write(tmp_path)
    assert code(archive) == VERIFIED

    left: list[tuple[str, int, int]] = []
    for file in files_of(archive)[part::4]:
        left += unseen(archive, file, ((at, (1, 0x80, 0x20, 0xFF)[at % 4]) for at in range(file.stat().st_size)))
    assert left == []


def test_every_bit_of_what_is_signed_and_of_the_smallest_payload(tmp_path: Path) -> None:
    archive = Archive([Log("facts", 0, events(2))]).write(tmp_path)

    left: list[tuple[str, int, int]] = []
    for name in ("logs/facts/0/checkpoint", "logs/facts/0/payload/000.p/3.avro", "logs/facts/0/genesis.json", "ledger.json"):
        file = archive / name
        left += unseen(archive, file, ((at, 1 << bit) for at in range(file.stat().st_size) for bit in range(8)))
    assert left == []


def test_random_flips_in_a_log_of_two_bundles(tmp_path: Path) -> None:
    archive = Archive([Log("facts", 0, events(257), sizes=[200]), Log("register", 0, events(3))]).write(tmp_path)
    assert code(archive) == VERIFIED
    draw = random.Random(6962)  # noqa: S311

    left: list[tuple[str, int, int]] = []
    for file in files_of(archive):
        left += unseen(archive, file, iter([(draw.randrange(file.stat().st_size), 1 << draw.randrange(8)) for _ in range(6)]))
    assert left == []


# What may go: `ledger.json` is for convenience; an older partial file, once a wider one is there; an older checkpoint of the seals log, as it is
# written nowhere which sizes of it were published (those of the other logs stand in the rounds).
MAY_GO = ("ledger.json", "/000.p/2", "/000.p/2.avro", "/000.p/7", "seals/checkpoints/7")


def test_every_file_counts(tmp_path: Path) -> None:
    archive = small().write(tmp_path)
    verified = set()
    for file in files_of(archive):
        good = file.read_bytes()
        file.unlink()
        if code(archive) == VERIFIED:
            verified.add(str(file.relative_to(archive)))
        for cut in (good[:-1], good[: len(good) // 2], b"", good + b"\0", good + good[-32:], good + b"\n"):
            file.write_bytes(cut)
            assert code(archive) in (FOUND, UNDECIDED), (file, cut)
        file.write_bytes(good)

    assert {name for name in verified if not name.endswith(MAY_GO)} == set()
    assert code(archive) == VERIFIED


def test_a_file_in_place_of_a_folder_and_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    for number, name in enumerate(
        ("seals/checkpoint", "seals/checkpoints", "logs/facts/0/tile", "logs/facts/0/genesis.json", "logs/facts/1", "logs")
    ):
        archive = small().write(tmp_path / str(number))
        path = archive / name
        path.rename(archive / "elsewhere")
        if (archive / "elsewhere").is_file():
            path.mkdir()
        else:
            path.write_bytes(b"a file")
        assert code(archive) in (FOUND, UNDECIDED), name
