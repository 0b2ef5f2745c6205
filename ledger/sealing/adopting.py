"""PostgreSQL was lost: the heads are taken from the archive again. Only when somebody says that it is the newest archive there is.

Opening each log afterwards holds the files against their root, and the last records against Kafka. Source: docs/evidence.md section 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ledger.errors import OperatorError, RefusedError
from ledger.evidence.merkle import Frontier, leaf_hash
from ledger.evidence.notes import Verifier, verifier_from
from ledger.evidence.tiles import Tile, bundles_of
from ledger.sealing.archive import Archive
from ledger.sealing.growing import entries_in
from ledger.sealing.heads import Head, Heads
from ledger.sealing.keys import SealingKey
from ledger.sealing.sealed_log import SEALS_FOLDER, checkpoint_of, published_sizes
from ledger.sealing.seals import state_after


def adopt(archive: Archive, heads: Heads, keys: Sequence[SealingKey]) -> int:
    """Write a head for each log of the archive; return how many. All that is adopted was signed by a key that the seals log knows.

    Raises:
        RefusedError: PostgreSQL knows heads of this ledger.
        OperatorError: the archive is damaged, or of another ledger.
    """
    ledger, known = keys[0].ledger, heads.heads()
    origin = f"{ledger}/{SEALS_FOLDER}"
    if origin in known:
        raise RefusedError("cannot adopt the archive: PostgreSQL knows how far the log is sealed", hint="ledger seal, without --adopt")
    seals = _newest(archive, SEALS_FOLDER)
    checkpoint = checkpoint_of(seals, origin, [key.signer(origin).verifier for key in keys])
    entries = list(_entries(archive, seals.size))
    tree = Frontier()
    for entry in entries:
        tree.append(leaf_hash(entry))
    if tree.root() != checkpoint.root:
        raise OperatorError("cannot adopt the archive: the entries of its seals log are not those that were signed", hint="restore the archive whole")
    state = state_after(entries)
    verifying = [verifier_from(vkey).key for vkey in state["all_keys"]]
    found = []
    for topic in archive.names("logs"):
        for partition in archive.names(f"logs/{topic}"):
            head = _newest(archive, f"logs/{topic}/{partition}")
            name = head.note.partition("\n")[0]
            if not name.startswith(f"{ledger}/{topic}/{partition}/"):
                raise OperatorError(f"cannot adopt logs/{topic}/{partition}: it is a log of another ledger", hint="an archive holds one ledger")
            checkpoint_of(head, name, [Verifier(name, key) for key in verifying])
            found.append((name, head))
    for name, head in [*found, (origin, seals._replace(state=state))]:  # the seals last: whoever dies before them adopts again
        if known.get(name) != head:
            heads.move_head(name, None, head)
    return len(found) + 1


def _newest(archive: Archive, folder: str) -> Head:
    sizes = published_sizes(archive, folder)
    data = archive.read(f"{folder}/checkpoints/{sizes[-1]}") if sizes else None
    if data is None:
        raise OperatorError(f"cannot adopt {folder}: no checkpoint of it is in the archive", hint="look at LEDGER__SEALING__ARCHIVE")
    return Head(sizes[-1], data.decode())


def _entries(archive: Archive, size: int) -> Iterator[bytes]:
    for each in bundles_of(0, size):
        data: Any = archive.read(f"{SEALS_FOLDER}/{Tile(None, each.number, each.width).path}")
        if data is None:
            raise OperatorError(f"cannot adopt the archive: {SEALS_FOLDER}/{each.path} is not there", hint="restore the archive whole")
        yield from entries_in(data)
