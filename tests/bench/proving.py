"""A proof of one event out of ten million: made from tiles on the disk, and checked.

The tree has 10,000,000 equal leaves, so each whole tile of a level is one file with many names (hard links), made in seconds; how many tiles a
proof reads, and what is hashed on the way, is as in a log of ten million different records. What is not so: the tiles are warm in memory.
"""

from __future__ import annotations

import os
import random
import time
from functools import cache
from pathlib import Path

from ledger.auditing.sealed_archive import SealedArchive
from ledger.evidence.merkle import leaf_hash, node_hash
from ledger.evidence.proofs import is_included
from ledger.evidence.tiles import WIDTH, Tile, tiles_of
from ledger.sealing.archive import Archive

SIZE = 10_000_000
FOLDER = "alike"
ENTRY = b"alike"


def milliseconds(root: Path, proofs: int) -> tuple[float, float]:
    """Of one proof of inclusion out of SIZE entries, made and checked, by the clock, beside the archive of real logs at `root`."""
    _write(root / FOLDER)
    archive, draw = SealedArchive(Archive(root)), random.Random(SIZE)  # noqa: S311
    indexes = [draw.randrange(SIZE) for _ in range(proofs)]
    begun = time.perf_counter()
    made = [archive.proof(FOLDER, index, SIZE) for index in indexes]
    between = time.perf_counter()
    good = [is_included(_alike(1), index, SIZE, proof, _alike(SIZE)) for index, proof in zip(indexes, made, strict=True)]
    ended = time.perf_counter()
    if not all(good):
        raise RuntimeError("a proof of the benchmark does not hold")
    return 1000 * (between - begun) / proofs, 1000 * (ended - between) / proofs


def _write(folder: Path) -> None:
    whole: dict[int, Path] = {}
    for tile in tiles_of(0, SIZE):
        path = folder / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if tile.width == WIDTH and tile.level in whole:
            os.link(whole[tile.level], path)
            continue
        path.write_bytes(_bytes_of(tile))
        if tile.width == WIDTH and tile.level is not None:
            whole[tile.level] = path


def _bytes_of(tile: Tile) -> bytes:
    return _alike(WIDTH ** (tile.level or 0)) * tile.width


@cache
def _alike(size: int) -> bytes:
    """The root of that many equal leaves."""
    if size == 1:
        return leaf_hash(ENTRY)
    left = 1 << ((size - 1).bit_length() - 1)
    return node_hash(_alike(left), _alike(size - left))
