"""The tree of one log, from its files: all checkpoints, every bundle against the tiles, every tile against those below it, and the roots at
each size that somebody signed or said. One pass, bundle by bundle; what is held is one tile for each level and the left edge of the tree.

Roots are made from the entries (from the tile where a bundle is missing), never read: a tile serves to say where a difference lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.verify.files import LogFiles, entries_of, hashes_of
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.notes import NUMBER, Checkpoint, Key, SignatureError, checkpoint_of
from ledger.verify.tree import WIDTH, Growing, leaf_hash, root

MOST_ABSENT = 1000


@dataclass(frozen=True)
class Said:
    """A root that somebody gave for a size. `reason`: what to find when it is another; None for a checkpoint of the log itself."""

    size: int
    root: bytes
    text: str
    reason: str | None = None


def read_checkpoints(files: LogFiles, origin: str | None, keys: Sequence[Key], found: Findings) -> tuple[list[Said], bytes]:
    """The checkpoints with a good signature, `checkpoint` and those in `checkpoints/`, by size; and the note of the newest, as it was read here."""
    said: dict[int, Said] = {}
    newest, newest_note = 0, b""
    head: Checkpoint | None = None
    try:
        early: bytes | None = files.read("checkpoint")  # before the folder is listed: a sealer at work writes there first
    except (MissingError, BrokenError):
        early = None  # said below
    try:
        names = files.listed("checkpoints")
    except BrokenError as error:
        found.of(error)
        names = []
    for name in ("checkpoint", *(f"checkpoints/{each}" for each in names)):
        size = name.removeprefix("checkpoints/")
        try:
            if name != "checkpoint" and not NUMBER.fullmatch(size):
                raise BrokenError(f"{name} is not the name of a size")
            note = early if name == "checkpoint" and early is not None else files.read(name)
            checkpoint = checkpoint_of(note, origin, keys)
            if name == "checkpoint":
                head = checkpoint
            elif checkpoint.size != int(size):
                raise BrokenError(f"{name} holds a checkpoint of size {checkpoint.size}")
        except MissingError as error:
            found.of(error)
        except BrokenError as error:
            text = str(error)
            found.add("file-broken", text if text.startswith(f"{name} ") else f"{name}: {text}")
        except SignatureError as error:
            found.add("signature-wrong", f"{name}: {error}")
        else:
            if checkpoint.size > newest:
                newest, newest_note = checkpoint.size, note
            other = said.setdefault(checkpoint.size, Said(checkpoint.size, checkpoint.root, name))
            if other.root != checkpoint.root:
                found.add("checkpoint-conflict", f"{other.text} and {name} are both signed, of size {checkpoint.size}, and have two roots")
    if head and str(head.size) not in names:
        found.add("file-missing", f"checkpoints/{head.size} is not there")
    return [said[size] for size in sorted(said)], newest_note


class Walk:
    def __init__(
        self, files: LogFiles, size: int, said: Sequence[Said], found: Findings, largest_bundle: int, progress: Callable[[int], None]
    ) -> None:
        self.files, self.size, self.found, self.largest_bundle, self.progress = files, size, found, largest_bundle, progress
        self.said = sorted((each for each in said if each.size <= size), key=lambda each: (-each.size, each.reason is None))  # taken from the end
        self.first_offset: int | None = None
        self.good: list[int] = []
        self.wrong: list[Said] = []
        self.growing: Growing | None = Growing()
        self.rows: dict[int, list[bytes | None]] = {}  # for each level from 1, the hashes of its next tile
        self.tiles: dict[int, int] = {}  # and which tile that is

    def bundles(self) -> Iterator[tuple[int, int, list[bytes] | None]]:
        """Number, width and entries of each bundle (None where it cannot be read). What is wrong with the tree is found on the way."""
        absent = 0
        for n in range((self.size + WIDTH - 1) // WIDTH):
            width = min(WIDTH, self.size - n * WIDTH)
            entries = self.read_bundle(n, width)
            leaves = self.check_leaves(n, width, entries)
            self.check_roots(n, width, leaves)
            if leaves is None:
                self.growing = None
            elif self.growing and width == WIDTH:
                self.growing.append_bundle(root(leaves))
            yield n, width, entries
            self.progress(width)
            absent = absent + 1 if leaves is None else 0
            if absent == MOST_ABSENT:  # a size that the files do not nearly bear out must not keep us for ever
                self.found.add("file-missing", f"{MOST_ABSENT} bundles in a row are not there; given up behind them", (n + 1) * WIDTH)
                break
        for level in list(self.rows):
            if self.rows[level]:
                self.close_tile(level)
        self.judge_roots()

    def offset_of(self, index: int) -> int | None:
        return None if self.first_offset is None or index == 0 else self.first_offset + index - 1

    def read_bundle(self, n: int, width: int) -> list[bytes] | None:
        try:
            name, full, data = self.files.needed("tile/entries", n, width, limit=self.largest_bundle)
            entries = entries_of(name, data)
            if len(entries) != full:
                raise BrokenError(f"{name} has {len(entries)} entries, not {full}")
            for older, narrow, other in self.files.older_partials("tile/entries", n, width, limit=self.largest_bundle):
                same = entries_of(older, other)
                if len(same) != narrow:
                    raise BrokenError(f"{older} has {len(same)} entries, not {narrow}")
                for index in (i for i in range(narrow) if same[i] != entries[i]):
                    self.found.add("entry-changed", f"{older} has another entry than {name}", n * WIDTH + index, self.offset_of(n * WIDTH + index))
        except (MissingError, BrokenError) as error:
            self.found.of(error, n * WIDTH)
            return None
        return entries[:width]

    def check_leaves(self, n: int, width: int, entries: list[bytes] | None) -> list[bytes] | None:
        leaves = [leaf_hash(entry) for entry in entries] if entries is not None else None
        stored = self.read_tile(0, n, width, leaves)
        if leaves and stored and leaves != stored:
            for index in (n * WIDTH + i for i in range(width) if leaves[i] != stored[i]):
                self.found.add("entry-changed", f"entry {index} does not hash to its leaf in tile 0", index, self.offset_of(index))
        if width == WIDTH:
            known = stored or leaves
            self.add_to_row(1, root(known) if known else None)
        return leaves or stored

    def read_tile(self, level: int, n: int, width: int, below: Sequence[bytes | None] | None) -> list[bytes] | None:
        """Its hashes, None when it cannot be read. Narrower files of the same tile must say the same."""
        try:
            name, full, data = self.files.needed(f"tile/{level}", n, width)
            hashes = hashes_of(name, data, full)[:width]
            for older, narrow, other in self.files.older_partials(f"tile/{level}", n, width):
                same = hashes_of(older, other, narrow)
                for i in (i for i in range(narrow) if same[i] != hashes[i] and not (below and same[i] == below[i])):
                    index = (n * WIDTH + i) << (8 * level)
                    self.found.add("tile-changed", f"{older} has another hash than {name}", index, self.offset_of(index) if level == 0 else None)
        except (MissingError, BrokenError) as error:
            self.found.of(error, (n * WIDTH) << (8 * level))
            return None
        return hashes

    def add_to_row(self, level: int, subtree: bytes | None) -> None:
        row = self.rows.setdefault(level, [])
        row.append(subtree)
        if len(row) == WIDTH:
            self.close_tile(level)

    def close_tile(self, level: int) -> None:
        row, n = self.rows[level], self.tiles.get(level, 0)
        self.rows[level], self.tiles[level] = [], n + 1
        stored = self.read_tile(level, n, len(row), row)
        for i in (i for i in range(len(row)) if stored and row[i] and stored[i] != row[i]):
            self.found.add("tile-changed", f"hash {i} of tile {level}/{n} is not that of the hashes below it", (n * WIDTH + i) << (8 * level))
        if len(row) == WIDTH:
            known = stored or [each for each in row if each]
            self.add_to_row(level + 1, root(known) if len(known) == WIDTH else None)

    def check_roots(self, n: int, width: int, leaves: list[bytes] | None) -> None:
        end, size, made = n * WIDTH + width, 0, b""
        while self.said and self.said[-1].size <= end:
            each = self.said.pop()
            if self.growing is None or leaves is None:
                continue  # what is missing has been said
            if each.size != size:
                size, made = each.size, self.growing.root_with(leaves[: each.size - n * WIDTH])
            if each.root != made:
                self.wrong.append(each)
            elif each.reason is None:
                self.good.append(each.size)

    def judge_roots(self) -> None:
        """A checkpoint that the tree does not fit, while a later one fits: then the two, both signed, cannot both be of one log."""
        for each in self.wrong:
            later = next((size for size in self.good if size > each.size), None)
            earlier = max((size for size in self.good if size < each.size), default=0)
            if each.reason:
                self.found.add(each.reason, f"{each.text} has another root for size {each.size} than the log", earlier)
            elif later:
                self.found.add("checkpoint-conflict", f"{each.text} is not consistent with the checkpoint of size {later}", earlier)
            else:
                self.found.add("root-changed", f"the tree of size {each.size} has another root than {each.text}", earlier)
