"""The archive in a pack: as one round of the seals says it, so that it fits together whatever a sealer does meanwhile.

Tiles, entries, checkpoints and the seals are whole, always; the records are those of a range of rounds. Source: docs/evidence.md section 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ledger.auditing.sealed_archive import SealedArchive, folder_of
from ledger.errors import DataError, OperatorError
from ledger.evidence.tiles import WIDTH, Tile, bundles_of, tiles_of
from ledger.sealing.archive import Archive
from ledger.sealing.payload import path_of
from ledger.sealing.sealed_log import SEALS_FOLDER, published_sizes

FOLDER: Final = "archive"


class Bound(NamedTuple):
    """One end of a range: the number of a round, or a moment in milliseconds."""

    number: int | None = None
    millis: int | None = None

    def is_after(self, number: int, millis: int) -> bool:
        """Whether it is behind a round."""
        return self.number > number if self.number is not None else (self.millis or 0) > millis

    def is_before(self, number: int, millis: int) -> bool:
        """Whether it is ahead of a round."""
        return self.number < number if self.number is not None else (self.millis or 0) < millis


class LogPart(NamedTuple):
    """One log in a pack. first_offset: of the log. first, end: entries whose records are there; payload: the bundles that hold them."""

    origin: str
    topic: str
    partition: int
    first_offset: int
    size: int
    first: int
    end: int

    @property
    def offsets(self) -> tuple[int, int]:
        """(first, behind the last) offset of the records that are there; entry 0 is no record (docs/evidence.md section 2)."""
        return self.first_offset + max(self.first, 1) - 1, self.first_offset + max(self.end, 1) - 1

    @property
    def payload(self) -> tuple[int, int]:
        """(first, behind the last) bundle."""
        return (self.first // WIDTH, (self.end + WIDTH - 1) // WIDTH) if self.end > self.first else (0, 0)


class Part(NamedTuple):
    """What of an archive goes into a pack. rounds: the first and the last of the range."""

    logs: list[LogPart]
    rounds: tuple[int, int]
    sealed_millis: int


def part_of(sealed: SealedArchive, begin: Bound | None, end: Bound | None) -> Part:
    """The part between two rounds, both included.

    Raises:
        DataError: no round lies between them.
    """
    now: dict[str, int] = {}
    before: dict[str, int] = {}
    upto: dict[str, int] = {}
    whole: dict[str, int] = {}
    numbers: list[int] = []
    sealed_millis = 0
    for entries in sealed.entries(SEALS_FOLDER, sealed.seals.size):
        for entry in entries:
            kind, *said = entry.decode().splitlines()
            if kind == "checkpoint":
                now[said[0]] = int(said[1])
            elif kind == "round":
                number, sealed_millis = int(said[0]), int(said[1])
                whole = dict(now)
                if begin is not None and begin.is_after(number, sealed_millis):
                    before = whole
                elif end is None or not end.is_before(number, sealed_millis):
                    upto = whole
                    numbers = [numbers[0] if numbers else number, number]
    if not numbers:
        raise DataError("cannot pack: no round of sealing lies in that range", hint="ledger seal --once; leave out --from and --to for all")
    logs = []
    for topic, partition in sealed.logs():
        genesis = sealed.genesis(topic, partition)
        origin = genesis.origin
        if origin in whole:
            logs.append(LogPart(origin, topic, partition, genesis.first_offset, whole[origin], before.get(origin, 0), upto.get(origin, 0)))
    return Part(sorted(logs), (numbers[0], numbers[1]), sealed_millis)


def files_of(archive: Archive, sealed: SealedArchive, part: Part) -> Iterator[tuple[str, Path | bytes]]:
    """Each file: its path in the pack, and where it lies, or what it says."""
    if archive.has("ledger.json"):
        yield f"{FOLDER}/ledger.json", archive.root / "ledger.json"
    for log in part.logs:
        folder = folder_of(log.topic, log.partition)
        yield f"{FOLDER}/{folder}/genesis.json", archive.root / folder / "genesis.json"
        note = archive.read(f"{folder}/checkpoints/{log.size}")
        if note is None:
            raise OperatorError(f"cannot pack {log.origin}: checkpoints/{log.size} is not in the archive", hint="ledger-verify replay says what else")
        yield f"{FOLDER}/{folder}/checkpoint", note
        yield from _tree(archive, folder, log.size)
        first, end = log.payload
        for bundle in bundles_of(0, log.size):
            if first <= bundle.number < end:
                yield _either(archive, folder, path_of(bundle), path_of(bundle._replace(width=WIDTH)))
    yield f"{FOLDER}/{SEALS_FOLDER}/checkpoint", sealed.seals_note.encode()
    yield from _tree(archive, SEALS_FOLDER, sealed.seals.size)
    for name in archive.names(f"{SEALS_FOLDER}/cosigned"):
        if name.isdecimal() and int(name) <= sealed.seals.size:
            yield f"{FOLDER}/{SEALS_FOLDER}/cosigned/{name}", archive.root / SEALS_FOLDER / "cosigned" / name


def _tree(archive: Archive, folder: str, size: int) -> Iterator[tuple[str, Path | bytes]]:
    for each in published_sizes(archive, folder):
        if each <= size:
            yield f"{FOLDER}/{folder}/checkpoints/{each}", archive.root / folder / "checkpoints" / str(each)
    for tile in (*tiles_of(0, size), *bundles_of(0, size)):
        yield _either(archive, folder, tile.path, Tile(tile.level, tile.number).path)


def _either(archive: Archive, folder: str, partial: str, full: str) -> tuple[str, Path | bytes]:
    """The file of the width that the size asks for, read at once, since a sealer takes such files away; or the full one that took its place."""
    data = None if partial == full else archive.read(f"{folder}/{partial}")
    if data is not None:
        return f"{FOLDER}/{folder}/{partial}", data
    if not archive.has(f"{folder}/{full}"):
        raise OperatorError(f"cannot pack: {folder}/{partial} is not in the archive", hint="ledger-verify replay says what else is missing")
    return f"{FOLDER}/{folder}/{full}", archive.root / folder / full
