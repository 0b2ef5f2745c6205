"""Cosignatures after C2SP tlog-cosignature (cosignature/v1): a witness says that at a time it saw this checkpoint go on from all it saw before.

Pure but for the arithmetic of notes.py. In a note a cosignature is a line as any other; its bytes are key id, time in seconds (eight bytes) and the
Ed25519 signature over `cosignature/v1`, the time and the text of the note. Source: https://c2sp.org/tlog-cosignature.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from ledger.evidence.merkle import HASH_BYTES
from ledger.evidence.notes import KEY_BYTES, Note, NoteError, Signer, Verifier, decoded, is_name

COSIGNER: Final = b"\x04"
_TIME_BYTES, _SIGNATURE_BYTES = 8, 64


class Witness(NamedTuple):
    """The named public key of a witness. key: 32 bytes."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || new line || 0x04 || key)."""
        return sha256(self.name.encode() + b"\n" + COSIGNER + self.key).digest()[:4]

    def text(self) -> str:
        """As a vkey."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(COSIGNER + self.key).decode()}"


def witness_from(vkey: str) -> Witness:
    """Read the vkey of a witness. Raises: NoteError."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    body = decoded(encoded)
    witness = Witness(name, body[1:])
    if not is_name(name) or body[:1] != COSIGNER or len(body) != 1 + KEY_BYTES or witness.key_id.hex() != key_id:
        raise NoteError("cannot read key: expected name+id+key of a witness (Ed25519 cosignature), got something else")
    return witness


def cosignature(text: str, name: str, seed: bytes, seconds: int) -> str:
    """The line of a witness under the text of a note, with its new line. seconds: since 1970, by the witness's clock."""
    signer = Signer(name, seed)
    key_id = Witness(name, signer.verifier.key).key_id
    signature = signer.sign(_signed(text, seconds))
    return f"\u2014 {name} {base64.b64encode(key_id + seconds.to_bytes(_TIME_BYTES, 'big') + signature).decode()}\n"


def cosigned_by(note: Note, witnesses: Iterable[Witness]) -> dict[Witness, int]:
    """Those of the witnesses that have cosigned the note, with their times in seconds.

    Raises:
        NoteError: a cosignature of one of them is wrong: then the whole note is.
    """
    found = {}
    for witness in witnesses:
        for name, key_id, data in note.signatures:
            if (name, key_id) != (witness.name, witness.key_id):
                continue
            seconds, signature = int.from_bytes(data[:_TIME_BYTES], "big"), data[_TIME_BYTES:]
            is_right = len(signature) == _SIGNATURE_BYTES and Verifier(name, witness.key).has_signed(_signed(note.text, seconds), signature)
            if not is_right:
                raise NoteError("cannot accept note: expected a cosignature that fits the text, got another")
            found[witness] = seconds
    return found


def add_checkpoint_request(old: int, proof: Sequence[bytes], note: str) -> str:
    """What is sent to a witness (C2SP tlog-witness, add-checkpoint): the size it knows, the proof from there, the signed checkpoint."""
    lines = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
    return f"old {old}\n{lines}\n{note}"


class Request(NamedTuple):
    """An add-checkpoint request. old: the size that the witness is said to know."""

    old: int
    proof: tuple[bytes, ...]
    note: str


def request_from(text: str) -> Request:
    """Read an add-checkpoint request. Raises: NoteError."""
    head, separator, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    size = first.removeprefix("old ")
    proof = tuple(decoded(line) for line in lines)
    if not separator or not first.startswith("old ") or not (size.isascii() and size.isdigit()) or any(len(each) != HASH_BYTES for each in proof):
        raise NoteError("cannot read request: expected old, a proof, an empty line and a checkpoint, got something else")
    return Request(int(size), proof, note)


def _signed(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"

