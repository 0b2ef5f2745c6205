"""A sealed archive as a reader: entries, records, proofs, and what the newest round says of a log.

Trusts the files: an auditor checks what comes out with `ledger-verify`. Source: docs/evidence.md sections 3, 5 and 9.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from ledger.errors import OperatorError
from ledger.evidence.checkpoints import Checkpoint, checkpoint_from
from ledger.evidence.entries import Genesis, Record
from ledger.evidence.notes import NoteError, note_from
from ledger.evidence.proofs import inclusion_proof
from ledger.evidence.tiles import WIDTH, Tile, nodes_of
from ledger.sealing.archive import Archive
from ledger.sealing.growing import entries_in
from ledger.sealing.payload import path_of, records_in
from ledger.sealing.sealed_log import SEALS_FOLDER

TILES_KEPT: Final = 256
NEAR_BUNDLES: Final = 16
"""Of the seals log: so many are read before an idle log is looked for by time, and as many behind the place that the time gives."""
SKEW_MILLIS: Final = 60 * 60 * 1000
"""Between the clocks of broker and sealer."""
_HINT: Final = "look at LEDGER__SEALING__ARCHIVE; ledger-verify replay says what is missing"


class Sealed(NamedTuple):
    """What the seals log says of one log: the checkpoint, the place of that entry, and the round that makes it whole (index, text)."""

    checkpoint: Checkpoint
    place: int
    round: tuple[int, bytes]


class SealedArchive:
    """The files of one archive. Not for two threads at once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._tiles: dict[str, bytes] = {}
        self.seals_note = self._needed(f"{SEALS_FOLDER}/checkpoint").decode()
        self.seals = self._checkpoint(self.seals_note)
        self.ledger = self.seals.origin.removesuffix(f"/{SEALS_FOLDER}")

    def genesis(self, topic: str, partition: int) -> Genesis:
        """Of which partition a log is. Raises: OperatorError, when there is no such log."""
        return Genesis.from_text(self._needed(f"{folder_of(topic, partition)}/genesis.json"))

    def newest(self, topic: str, partition: int) -> Checkpoint:
        """The newest checkpoint of a log."""
        return self._checkpoint(self._needed(f"{folder_of(topic, partition)}/checkpoint").decode())

    def logs(self) -> list[tuple[str, int]]:
        """(topic, partition) of each log that is there, in order."""
        return [(topic, int(name)) for topic in self._archive.names("logs") for name in self._archive.names(f"logs/{topic}") if name.isdecimal()]

    def sealed(self, origins: Collection[str]) -> dict[str, Sealed]:
        """What the newest round says of these logs; one that no round knows is absent.

        A log that does not grow is in no later round (docs/evidence.md section 5): one that the last bundles of the seals log do not name is looked
        for where its last record was sealed, by the time of the rounds. Only what is not there either is looked for in the whole seals log.
        """
        last = (self.seals.size - 1) // WIDTH
        found = self._seals_of(set(origins), range(last, max(last - NEAR_BUNDLES, -1), -1))
        for topic, partition in self.logs() if len(found) < len(origins) else ():
            origin = self.genesis(topic, partition).origin
            if origin in origins and origin not in found:
                first = self._bundle_at(self._last_millis(topic, partition) - SKEW_MILLIS)
                near = self._seals_of({origin}, range(min(first + NEAR_BUNDLES, last), first - 1, -1))
                if near and near[origin].checkpoint.size == self.newest(topic, partition).size:
                    found |= near
        missing = {origin for origin in origins if origin not in found}
        return found | self._seals_of(missing, range(last, -1, -1)) if missing else found

    def _seals_of(self, origins: set[str], bundles: Iterable[int]) -> dict[str, Sealed]:
        """What the latest whole round in these bundles of the seals log, from the last to the first, says of each of these logs."""
        found: dict[str, Sealed] = {}
        following: tuple[int, bytes] | None = None
        for index, entry in self._seals_backwards(bundles):
            kind, *said = entry.decode().splitlines()
            if kind == "round":
                following = (index, entry)
            elif kind == "checkpoint" and said[0] in origins and said[0] not in found and following is not None:
                found[said[0]] = Sealed(Checkpoint(said[0], int(said[1]), base64.b64decode(said[2])), index, following)
                if len(found) == len(origins):
                    break
        return found

    def _last_millis(self, topic: str, partition: int) -> int:
        """When the last record of a log was written, by the broker; 0 of one that has none: the first round names it."""
        size = self.newest(topic, partition).size
        return self.record(topic, partition, size - 1, size).timestamp if size > 1 else 0

    def _bundle_at(self, millis: int) -> int:
        """The first bundle of the seals log with a round of that time or later; rounds are in order of time, unless a clock was set back."""
        low, high = 0, (self.seals.size - 1) // WIDTH
        while low < high:
            middle = (low + high) // 2
            times = [int(entry.decode().splitlines()[2]) for _, entry in self._seals_backwards((middle,)) if entry.startswith(b"round\n")]
            if times and times[0] < millis:
                low = middle + 1
            else:
                high = middle
        return low

    def sealed_at(self) -> int:
        """When the newest round was made, in milliseconds since 1970; 0 before the first."""
        backwards = self._seals_backwards(range((self.seals.size - 1) // WIDTH, -1, -1))
        return next((int(entry.decode().splitlines()[2]) for _, entry in backwards if entry.startswith(b"round\n")), 0)

    def entries(self, folder: str, size: int, first: int = 0) -> Iterator[list[bytes]]:
        """The entries of a log of that size, bundle by bundle, from the bundle that holds entry `first` on."""
        for number in range(first // WIDTH, (size + WIDTH - 1) // WIDTH):
            width = min(WIDTH, size - number * WIDTH)
            yield self._bundle(folder, number, width)

    def records(self, topic: str, partition: int, first: int, end: int) -> Iterator[Record]:
        """The records of entries first <= index < end, in order. Raises: OperatorError, as `record`."""
        size = self.newest(topic, partition).size
        for number in range(first // WIDTH, (end + WIDTH - 1) // WIDTH):
            begin = number * WIDTH + (number == 0)
            found = self._payload(topic, partition, number, size)
            yield from found[max(first - begin, 0) : end - begin]

    def record(self, topic: str, partition: int, index: int, size: int) -> Record:
        """The record of an entry of a log of that size. Raises: OperatorError, when its file is not there or holds something else."""
        number = index // WIDTH
        return self._payload(topic, partition, number, size)[index % WIDTH - (number == 0)]

    def proof(self, folder: str, index: int, size: int) -> list[bytes]:
        """The hashes that lead from an entry to the root of a log of that size."""
        return inclusion_proof(index, size, nodes_of(size, lambda tile: self._tile(folder, tile)))

    def _payload(self, topic: str, partition: int, number: int, size: int) -> list[Record]:
        bundle = Tile(None, number, min(WIDTH, size - number * WIDTH))
        folder = folder_of(topic, partition)
        data = self._archive.read(f"{folder}/{path_of(bundle)}") or self._needed(f"{folder}/{path_of(Tile(None, number))}")
        try:
            found = records_in(data)
        except ValueError as error:
            raise OperatorError(f"cannot read {folder}/{path_of(bundle)}: it is damaged", hint=_HINT) from error
        if len(found) < bundle.width - (number == 0):
            raise OperatorError(f"cannot read {folder}/{path_of(bundle)}: it lacks records", hint=_HINT)
        return found

    def _seals_backwards(self, bundles: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        for number in bundles:
            width = min(WIDTH, self.seals.size - number * WIDTH)
            entries = self._bundle(SEALS_FOLDER, number, width)
            yield from ((number * WIDTH + place, entries[place]) for place in range(width - 1, -1, -1))

    def _bundle(self, folder: str, number: int, width: int) -> list[bytes]:
        try:
            entries = entries_in(self._tile(folder, Tile(None, number, width)))[:width]
        except ValueError:
            entries = []
        if len(entries) != width:
            raise OperatorError(f"cannot read {folder}/{Tile(None, number, width).path}: it is damaged", hint=_HINT)
        return entries

    def _tile(self, folder: str, tile: Tile) -> bytes:
        """A tile or bundle; what is not there in its width is the beginning of the whole one."""
        path = f"{folder}/{tile.path}"
        found = self._tiles.get(path)
        if found is None:
            found = self._archive.read(path)
            found = self._needed(f"{folder}/{tile._replace(width=WIDTH).path}") if found is None else found
            if len(self._tiles) == TILES_KEPT:
                self._tiles.pop(next(iter(self._tiles)))
            self._tiles[path] = found
        return found

    def _needed(self, path: str) -> bytes:
        data = self._archive.read(path)
        if data is None:
            raise OperatorError(f"cannot read the archive {self._archive.root}: {path} is not there", hint=_HINT)
        return data

    def _checkpoint(self, note: str) -> Checkpoint:
        try:
            return checkpoint_from(note_from(note).text)
        except NoteError as error:
            raise OperatorError("cannot read the archive: a checkpoint is damaged", hint=_HINT) from error


def folder_of(topic: str, partition: int) -> str:
    """Where a log lies."""
    return f"logs/{topic}/{partition}"
