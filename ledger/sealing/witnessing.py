"""Witnesses: somebody outside keeps the newest checkpoint that he has seen, and signs only what goes on from it.

Asking: a request in a file; the answer comes back as a file (by mail, git, or HTTP of somebody's tool). Being one: cosigning is two steps, 1. what is
seen is on the disk  2. the signature is given. Dying between them: a request from that size on is cosigned again; never another history of that size.
Source: docs/evidence.md section 11; https://c2sp.org/tlog-witness.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import DataError, RefusedError
from ledger.evidence.checkpoints import Checkpoint, checkpoint_from
from ledger.evidence.cosignatures import Witness, add_checkpoint_request, cosignature, cosigned_by, request_from
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.notes import Note, NoteError, Verifier, note_from
from ledger.evidence.proofs import consistency_proof, is_consistent
from ledger.evidence.tiles import WIDTH, Tile, nodes_of
from ledger.sealing.archive import Archive
from ledger.sealing.keys import SealingKey
from ledger.sealing.sealed_log import SEALS_FOLDER, published_sizes

COSIGNED: Final = "cosigned"


def request(archive: Archive, old: int) -> str:
    """An add-checkpoint request for the newest checkpoint of the seals log. old: the size that the witness knows; 0: none.

    Raises:
        DataError: nothing is sealed, or the witness is ahead of this archive.
    """
    note = archive.read(f"{SEALS_FOLDER}/checkpoint")
    if note is None:
        raise DataError("cannot ask a witness: nothing is sealed yet", hint="ledger seal --once")
    size = checkpoint_from(note_from(note.decode()).text).size
    if old > size:
        raise DataError(f"cannot ask a witness: it knows size {old}, the archive has {size}", hint="is this the newest archive? do not seal on")
    return add_checkpoint_request(old, consistency_proof(old, size, nodes_of(size, lambda tile: _tile(archive, tile))), note.decode())


def keep(archive: Archive, answer: str, witnesses: Sequence[Witness], size: int | None = None) -> tuple[int, list[str]]:
    """Keep the cosignatures of an answer (lines, or the whole note with them) beside the checkpoint; return (its size, names of the witnesses).

    size: of which checkpoint it is; None: looked for, from the newest back, a tenth of a millisecond each.

    Raises:
        DataError: it has no good cosignature of these witnesses over a checkpoint of this archive.
    """
    lines = "".join(f"{line}\n" for line in answer.splitlines() if line.startswith("\u2014 "))
    sizes = published_sizes(archive, SEALS_FOLDER) if size is None else [size]
    for size in reversed(sizes):
        known = (archive.read(f"{SEALS_FOLDER}/{COSIGNED}/{size}") or archive.read(f"{SEALS_FOLDER}/checkpoints/{size}") or b"").decode()
        try:
            found = cosigned_by(note_from(note_from(known).text + "\n" + lines), witnesses)
        except NoteError:
            continue  # of another checkpoint, or forged: either way not of this one
        if found:
            new = [line for line in lines.splitlines() if line not in known.splitlines() and _is_of(line, found)]
            archive.write([(f"{SEALS_FOLDER}/{COSIGNED}/{size}", (known + "".join(f"{line}\n" for line in new)).encode())])
            return size, [witness.name for witness in found]
    raise DataError(
        "cannot keep the answer: it has no good cosignature of these witnesses over a checkpoint of this archive", hint="is it the right --witness?"
    )


def cosign(text: str, log: Verifier, key: SealingKey, state: Path, seconds: int) -> str:
    """As a witness: check a request and cosign its checkpoint. state: the file of what was seen last. seconds: the time now, since 1970.

    Raises:
        DataError: the request is none, not signed by the log, or does not prove that it goes on from what was seen.
        RefusedError: what was seen is of another size than `old`: the message names it (409 of tlog-witness).
    """
    try:
        asked = request_from(text)
        note: Note = note_from(asked.note)
        if not note.signed_by([log]):
            raise NoteError("cannot accept note: expected a signature of the log, got none")
        checkpoint = checkpoint_from(note.text)
    except NoteError as error:
        raise DataError(str(error), hint="nothing was cosigned") from error
    if checkpoint.origin != log.name:
        raise DataError("cannot cosign: the checkpoint is of another log", hint="nothing was cosigned")
    with _alone(state):
        return _cosign(asked.old, asked.proof, note, checkpoint, log, key, state, seconds)


def _cosign(
    old: int, proof: Sequence[bytes], note: Note, checkpoint: Checkpoint, log: Verifier, key: SealingKey, state: Path, seconds: int
) -> str:
    seen = _seen(state, log)
    if old != seen.size:
        raise RefusedError(f"cannot cosign: expected old {seen.size}, which was cosigned last, got {old}", hint=f"ask with --since {seen.size}")
    if not is_consistent(seen.size, checkpoint.size, proof, seen.root, checkpoint.root) or checkpoint.size < seen.size:
        raise DataError(
            f"the checkpoint of size {checkpoint.size} does not go on from that of size {seen.size}: two histories, or a broken request",
            hint="keep the request: it is evidence",
        )
    now_seen = {"origin": log.name, "size": checkpoint.size, "root": checkpoint.root.hex()}
    Archive(state.parent).write([(state.name, f"{json.dumps(now_seen)}\n".encode())])
    return cosignature(note.text, key.ledger, key.seed, seconds)


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One at a time: two that read the same state could cosign two histories."""
    with state.with_name(f".{state.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _seen(state: Path, log: Verifier) -> Checkpoint:
    known = Archive(state.parent).read(state.name)
    if known is None:
        return Checkpoint(log.name, 0, EMPTY_ROOT)
    said = json.loads(known)
    if said["origin"] != log.name:
        raise DataError("cannot cosign: what was seen last is of another log", hint="one state file for each log")
    return Checkpoint(log.name, said["size"], bytes.fromhex(said["root"]))


def _tile(archive: Archive, tile: Tile) -> bytes:
    data = archive.read(f"{SEALS_FOLDER}/{tile.path}") or archive.read(f"{SEALS_FOLDER}/{tile._replace(width=WIDTH).path}")
    if data is None:
        raise DataError(f"cannot read the archive: {SEALS_FOLDER}/{tile.path} is not there", hint="ledger-verify replay says what is missing")
    return data


def _is_of(line: str, found: dict[Witness, int]) -> bool:
    name = line.split(" ")[1]
    return any(witness.name == name for witness in found)
