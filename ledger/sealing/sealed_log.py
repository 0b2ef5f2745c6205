"""One log and where it lies: opened at the size that its head says, and moved on in an order that no crash can turn into two histories.

The steps of moving on (Sunlight's): 1 payload  2 entries and tiles  3 the head, compare-and-swap  4 `checkpoints/<size>`  5 `checkpoint`. Dying
before 3: the files promise nothing, and are written again, with the same bytes. After 3: opening publishes what the head says. Must never sign
another tree for a size that was signed, so whatever does not fit together when it is opened is an error for a person. Source: docs/evidence.md
section 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from ledger.errors import OperatorError
from ledger.evidence.checkpoints import Checkpoint, checkpoint_from
from ledger.evidence.notes import NoteError, Signer, Verifier, note_from, signed
from ledger.evidence.tiles import HEIGHT, WIDTH, Tile, number_path, tiles_of
from ledger.failpoints import pass_by
from ledger.sealing.archive import Archive
from ledger.sealing.growing import GrowingLog, entries_in
from ledger.sealing.heads import Head, Heads
from ledger.sealing.keys import SealingKey
from ledger.sealing.payload import path_of

SEALS_FOLDER: Final = "seals"
_HINT: Final = "do not seal on; see the runbook, `sealing stopped`"


class Keys(NamedTuple):
    """Under the name of one log: who signs now, and all who ever did."""

    signers: Sequence[Signer]
    verifiers: Sequence[Verifier]


class SealedLog:
    """A log in a folder of the archive. log: as it grows; what is not published yet is in its memory alone."""

    def __init__(self, archive: Archive, heads: Heads, folder: str, log: GrowingLog, head: Head | None, signers: Sequence[Signer]) -> None:
        self.log, self.head = log, head
        self.genesis = b""  # of a new log: the text of genesis.json, written with its first files
        self._archive, self._heads, self._folder, self._signers = archive, heads, folder, signers

    @property
    def size(self) -> int:
        """Entries that are published."""
        return 0 if self.head is None else self.head.size

    def last_entries(self) -> tuple[int, list[bytes]]:
        """(index of the first of them, the entries) of the last bundle that is published."""
        number, width = (self.size - 1) // WIDTH, (self.size - 1) % WIDTH + 1
        data = self._archive.read(f"{self._folder}/{Tile(None, number, width).path}")
        if data is None:
            raise _broken(self.log.origin, "its last entries are not in the archive")
        return number * WIDTH, entries_in(data)

    def first_entry(self) -> bytes:
        """Entry 0, as it lies in the archive. Raises: OperatorError, when it is not there."""
        for path in (Tile(None, 0).path, Tile(None, 0, min(self.size, WIDTH)).path):
            data = self._archive.read(f"{self._folder}/{path}")
            if data is not None:
                return entries_in(data)[0]
        raise _broken(self.log.origin, "its first entries are not in the archive")

    def files(self, of: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        """The same files under their place in the archive."""
        return ((f"{self._folder}/{path}", data) for path, data in of)

    def move_head(self, state: dict[str, Any] | None) -> None:
        """Sign the log as it is, and let its head say so. Its files are on the disk."""
        checkpoint = self.log.checkpoint()
        head = Head(checkpoint.size, signed(checkpoint.text(), self._signers), state)
        self._heads.move_head(self.log.origin, None if self.head is None else self.head.note, head)
        self.head = head

    def settle(self, before: int) -> None:
        """All is published: let go of what is full, in memory and among the files. before: the size that was published last."""
        self.log.noted()
        self._drop_partials(before, self.size)

    def _drop_partials(self, old: int, new: int) -> None:
        """Take away what is part of a file that is whole now."""
        for number in range(old // WIDTH, new // WIDTH):
            whole = Tile(None, number)
            self._archive.remove_folder(f"{self._folder}/{whole.path}.p")
            self._archive.remove_folder(f"{self._folder}/{path_of(whole).removesuffix('.avro')}.p")
        for tile in tiles_of(old, new):
            if tile.width == WIDTH:
                self._archive.remove_folder(f"{self._folder}/{tile.path}.p")


def publish(archive: Archive, logs: Iterable[SealedLog], state: dict[str, Any] | None = None) -> None:
    """Make all that these logs have by now durable and signed, step by step for all of them; those that have not grown are left alone.

    Raises:
        FencedError: somebody else has sealed one of them.
        OperatorError, DependencyError: the disk or PostgreSQL. After any error: open the logs anew.
    """
    grown = [(each, each.size) for each in logs if each.log.size > each.size]
    if not grown:
        return
    archive.write(file for each, before in grown if not before and each.genesis for file in each.files(iter([("genesis.json", each.genesis)])))
    archive.write(file for each, _ in grown for file in each.files(each.log.payload_files()))
    pass_by("seal_after_payload")
    archive.write(file for each, _ in grown for file in each.files(each.log.tree_files()))
    for each, _ in grown:
        pass_by("seal_before_head")
        each.move_head(state)
        pass_by("seal_after_head")
    _publish_heads(archive, [each for each, _ in grown])
    for each, before in grown:
        each.settle(before)


def _publish_heads(archive: Archive, logs: Sequence[SealedLog]) -> None:
    """Write the checkpoints that the heads say: first under their sizes, then as the newest."""
    heads = [(each, each.head) for each in logs if each.head is not None]
    archive.write(file for each, head in heads for file in each.files(iter([(f"checkpoints/{head.size}", head.note.encode())])))
    pass_by("seal_between_checkpoints")
    archive.write(file for each, head in heads for file in each.files(iter([("checkpoint", head.note.encode())])))


def open_log(archive: Archive, heads: Heads, folder: str, origin: str, head: Head | None, keys: Keys, *, has_payload: bool) -> SealedLog:
    """A log as its head says, or a new one.

    Raises:
        OperatorError: head and archive do not belong together: one of them is older than the other, or of another log.
    """
    published = published_sizes(archive, folder)
    if head is None:
        if published:
            raise _broken(origin, f"the archive has it at size {published[-1]}, PostgreSQL knows nothing of it")
        _drop_beyond(archive, folder, 0)
        return SealedLog(archive, heads, folder, GrowingLog(origin, has_payload=has_payload), None, keys.signers)
    checkpoint = checkpoint_of(head, origin, keys.verifiers)
    if published and published[-1] > head.size:
        raise _broken(origin, f"the archive has it at size {published[-1]}, PostgreSQL at {head.size}: the database is older")
    if published and published[-1] == head.size and archive.read(f"{folder}/checkpoints/{head.size}") != head.note.encode():
        raise _broken(origin, f"archive and PostgreSQL have two checkpoints of size {head.size}")
    try:
        log = GrowingLog.from_files(origin, head.size, lambda path: _needed(archive, f"{folder}/{path}"), has_payload=has_payload)
    except ValueError as error:
        raise _broken(origin, str(error)) from error
    if log.checkpoint() != checkpoint:
        raise _broken(origin, f"the files of the archive make another root at size {head.size} than the one that was signed")
    _drop_beyond(archive, folder, head.size)
    found = SealedLog(archive, heads, folder, log, head, keys.signers)
    if archive.read(f"{folder}/checkpoint") != head.note.encode():
        _publish_heads(archive, [found])  # whoever moved the head died before
    return found


def checkpoint_of(head: Head, origin: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """What the note of a head says. Raises: OperatorError, when it is damaged, not signed by one of these keys, or of another log."""
    try:
        note = note_from(head.note)
        is_ours = bool(note.signed_by(verifiers))
        checkpoint = checkpoint_from(note.text)
    except NoteError as error:
        raise _broken(origin, "its checkpoint is damaged") from error
    if not is_ours:
        raise _broken(origin, "its checkpoint was signed by none of our keys")
    if checkpoint.origin != origin or checkpoint.size != head.size:
        raise _broken(origin, "its checkpoint is that of another log or size")
    return checkpoint


def have_all_signed(archive: Archive, keys: Sequence[SealingKey]) -> bool:
    """Whether the newest checkpoint of the seals log has a signature of each of these keys."""
    origin, data = f"{keys[0].ledger}/{SEALS_FOLDER}", archive.read(f"{SEALS_FOLDER}/checkpoint")
    if data is None:
        return False
    return len(note_from(data.decode()).signed_by([key.signer(origin).verifier for key in keys])) == len(keys)


def _drop_beyond(archive: Archive, folder: str, size: int) -> None:
    """Take away what was written ahead of the head by somebody who died: what comes now may have other widths, or, after a lost tail, other bytes."""
    level = 0
    while level == 0 or size >> (HEIGHT * level) or archive.names(f"{folder}/tile/{level}"):
        _drop_beyond_in(archive, f"{folder}/tile/{level}", "", size >> (HEIGHT * level))
        level += 1
    _drop_beyond_in(archive, f"{folder}/tile/entries", "", size)
    _drop_beyond_in(archive, f"{folder}/payload", ".avro", size)


def _drop_beyond_in(archive: Archive, folder: str, suffix: str, count: int) -> None:
    number, width = divmod(count, WIDTH)
    if number:
        archive.remove_folder(f"{folder}/{number_path(number - 1)}.p")  # of a whole one; who died before tidying up has left it
    while True:
        place = f"{folder}/{number_path(number)}"
        parts = archive.names(f"{place}.p")
        is_there = archive.has(f"{place}{suffix}")
        if not parts and not is_there and width == 0:
            return
        if is_there:
            archive.remove(f"{place}{suffix}")
        for name in parts:
            if not name.removesuffix(suffix).isdecimal() or int(name.removesuffix(suffix)) > width:
                archive.remove(f"{place}.p/{name}")
        number, width = number + 1, 0


def published_sizes(archive: Archive, folder: str) -> list[int]:
    """The sizes of which there is a checkpoint, in order."""
    return sorted(int(name) for name in archive.names(f"{folder}/checkpoints") if name.isdecimal())


def _needed(archive: Archive, path: str) -> bytes:
    data = archive.read(path)
    if data is None:
        raise ValueError(f"{path} is not in the archive")
    return data


def _broken(origin: str, what: str) -> OperatorError:
    return OperatorError(f"cannot seal {origin}: {what}", hint=_HINT)
