"""Whether one checkpoint goes on from another: a consistency proof made from the tiles of the archive, and checked. Right whatever the tiles say."""

from __future__ import annotations

from pathlib import Path

from ledger.verify.files import LogFiles, hashes_of
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.notes import Checkpoint
from ledger.verify.tree import WIDTH, consistency_proof, is_consistent, largest_power_below, node_hash


def folder_of(archive: Path, ledger: str, origin: str) -> Path:
    if origin == f"{ledger}/seals":
        return archive / "seals"
    parts = origin.removeprefix(f"{ledger}/").split("/")
    if not origin.startswith(f"{ledger}/") or len(parts) != 3 or any(part in ("", ".", "..") for part in parts):
        raise BrokenError(f"{origin} is no log of {ledger}")
    return archive / "logs" / parts[0] / parts[1]


def check_between(archive: Path, ledger: str, old: Checkpoint, new: Checkpoint) -> Findings:
    found = Findings(new.origin)
    try:
        ranges = Ranges(LogFiles(folder_of(archive, ledger, new.origin)), new.size)
        proof = consistency_proof(old.size, new.size, ranges.hash) if old.size < new.size else []
        made = ranges.hash(0, old.size) if proof else new.root
    except (MissingError, BrokenError) as error:
        found.of(error)
        return found
    if not is_consistent(old.size, made, new.size, new.root, proof):  # so the tiles are wrong, and accuse nobody
        found.add("root-changed", f"the tiles make another root than the newer checkpoint; nothing follows of the older one, of size {old.size}")
    elif made != old.root:
        found.add("checkpoint-conflict", f"both are signed, and size {new.size} does not go on from size {old.size}")
    return found


class Ranges:
    """MTH(D[low:high]) of the tree of `size`, from tiles."""

    def __init__(self, files: LogFiles, size: int) -> None:
        self.files, self.size = files, size
        self.read: dict[tuple[int, int], list[bytes]] = {}

    def hash(self, low: int, high: int) -> bytes:
        level = next((level for level in range(8) if high - low == WIDTH**level and low % WIDTH**level == 0), None)
        if level is not None:
            return self.stored(level, low // WIDTH**level)
        middle = low + largest_power_below(high - low)
        return node_hash(self.hash(low, middle), self.hash(middle, high))

    def stored(self, level: int, index: int) -> bytes:
        n, within = divmod(index, WIDTH)
        if (level, n) not in self.read:
            width = min(WIDTH, (self.size >> (8 * level)) - n * WIDTH)
            name, full, data = self.files.needed(f"tile/{level}", n, width)
            self.read[level, n] = hashes_of(name, data, full)
        return self.read[level, n][within]
