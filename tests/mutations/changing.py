"""Changes of one file at a time, in processes of their own, each held against where it must be found. What comes back is what was missed."""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.verify.verdict import FOUND, UNDECIDED, VERIFIED
from tests.mutations.places import BLOCK, Place, Places, judged, parts_of, rows_of
from tests.naive_archive import Archive, Event, container

Change = tuple[str, int, bytes, Place | None]
"""What was done, at which byte or record, the file then, and where it must be found; None where nobody could read anything else."""


@dataclass(frozen=True)
class Job:
    """Of one file of the archive that `made` makes, the changes that `changes` draws for it."""

    made: Callable[[], Archive]
    name: str
    changes: Callable[[Places, str, bytes], Iterator[Change]]


@dataclass(frozen=True)
class Outcome:
    tried: int
    missed: list[str]


def files_of(archive: Path) -> list[str]:
    return sorted(path.relative_to(archive).as_posix() for path in archive.rglob("*") if path.is_file())


def outcome_of(made: Callable[[], Archive], changes: Callable[[Places, str, bytes], Iterator[Change]], folder: Path) -> Outcome:
    """Every file of the archive, on all cores."""
    archive = made().write(folder)
    jobs = sorted((Job(made, name, changes) for name in files_of(archive)), key=lambda job: -(archive / job.name).stat().st_size)
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        outcomes = pool.map(missed_by, jobs, chunksize=1)
    return Outcome(sum(each.tried for each in outcomes), [text for each in outcomes for text in each.missed])


def missed_by(job: Job) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ledger-mutations-") as folder:
        whole = job.made()
        archive, places, tried, missed = whole.write(Path(folder)), Places(whole), 0, []
        file = archive / job.name
        good = file.read_bytes()
        for what, at, bad, place in job.changes(places, job.name, good):
            file.write_bytes(bad)
            code, found = judged(archive)
            tried += 1
            right = (code, found) == (VERIFIED, []) if place is None else code in (FOUND, UNDECIDED) and bool(found) and place.is_named_by(found[0])
            if not right:
                missed.append(f"{what} of {job.name} at {at}: {code}, {found[:1]}, not {place}")
        return Outcome(tried, missed)


def flipped(good: bytes, at: int, mask: int) -> bytes:
    return good[:at] + bytes([good[at] ^ mask]) + good[at + 1 :]


def every_flip(places: Places, name: str, good: bytes) -> Iterator[Change]:
    for at in range(len(good)):
        bad = flipped(good, at, (1, 0x80, 0x20, 0xFF)[at % 4])
        yield "flip", at, bad, places.of_flip(name, good, bad)


def every_cut(places: Places, name: str, good: bytes) -> Iterator[Change]:
    for length in range(len(good)):
        yield "cut", length, good[:length], places.of_cut(name, good, length)


def every_bit(places: Places, name: str, good: bytes) -> Iterator[Change]:
    """Of what is signed, and of the smallest payload."""
    if name in ("logs/facts/0/checkpoint", "logs/facts/0/payload/000.p/3.avro", "logs/facts/0/genesis.json", "ledger.json"):
        for at in range(8 * len(good)):
            bad = flipped(good, at // 8, 1 << at % 8)
            yield "bit", at, bad, places.of_flip(name, good, bad)


def at_random(places: Places, name: str, good: bytes) -> Iterator[Change]:
    """Bits, and bytes that are dropped, doubled, slipped in or cut off; most in files that hold most."""
    draw = random.Random(name)  # noqa: S311
    for _ in range(30 + min(60, len(good) // 100)):
        at = draw.randrange(len(good))
        bad = flipped(good, at, 1 << draw.randrange(8))
        yield "flip", at, bad, places.of_flip(name, good, bad)
        yield "drop", at, good[:at] + good[at + 1 :], places.at_file(name)
        at = draw.randrange(len(good) + 1)
        yield "insert", at, good[:at] + draw.randbytes(1) + good[at:], places.at_file(name)
        at = draw.randrange(len(good))
        yield "cut", at, good[:at], places.of_cut(name, good, at)


def whole_records(places: Places, name: str, good: bytes) -> Iterator[Change]:
    """Records of a payload dropped, doubled, slipped in and swapped, the file as well made as before; entries and leaf hashes swapped."""
    log, origin, file = places.log_of(name)
    if log is None or not file.startswith(("payload/", "tile/entries/", "tile/0/")):
        return
    kind, n, width = parts_of(file)
    draw, rows = random.Random(name), rows_of(log, n, width)  # noqa: S311
    begin = n * 256 + (n == 0)
    for _ in range(40 if len(rows) > 1 else 0):
        first, second = sorted(draw.sample(range(len(rows)), 2))
        if kind != "payload":
            bad = exchanged(good, first + (n == 0), second + (n == 0), 57 if kind == "entries" else 32)
            yield "swap", first, bad, places.at_entry(name, begin + first)
            continue
        for what, changed, at in (
            ("drop", rows[:first] + rows[first + 1 :], first),
            ("double", rows[: first + 1] + rows[first:], first + 1),
            ("insert", [*rows[:first], replace(rows[first], value=b"new"), *rows[first:]], first),
            ("swap", [*rows[:first], rows[second], *rows[first + 1 : second], rows[first], *rows[second + 1 :]], first),
        ):
            yield what, first, written(good, changed), replace(places.at_entry(name, begin + at), file=file)
        yield "append", len(rows), written(good, [*rows, rows[first]]), Place(origin, log.topic, log.partition, begin + len(rows), None, file)


def exchanged(good: bytes, first: int, second: int, length: int) -> bytes:
    parts = [good[at : at + length] for at in range(0, len(good), length)]
    parts[first], parts[second] = parts[second], parts[first]
    return b"".join(parts)


def written(good: bytes, rows: list[Event]) -> bytes:
    """With the marker of the file, which stands at its end."""
    return container(good[-16:], [rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)])
