"""Keys, signed notes and checkpoints: docs/evidence.md section 4, C2SP signed-note and tlog-checkpoint, read strictly.

A text that could be written in two ways (base64 with loose bits, numbers with zeros before them) is refused: one thing, one text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.verify.findings import BrokenError

ED25519 = b"\x01"
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
NAME = re.compile(r"[^\s+]+")


class SignatureError(Exception):
    """No good signature of the keys that were given."""


def from_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BrokenError("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise BrokenError("base64 with loose bits")
    return data


def from_decimal(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise BrokenError("not a number as it must be written")
    return int(text)


@dataclass(frozen=True)
class Key:
    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def under(self, origin: str) -> Key:
        """The same 32 bytes under the name of a log."""
        return Key(origin, self.public)

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def key_of(vkey: str) -> Key:
    name, _, rest = vkey.partition("+")
    _, _, data = rest.partition("+")
    raw = from_base64(data)
    if not NAME.fullmatch(name) or len(raw) != 33 or raw[:1] != ED25519:
        raise BrokenError("not the vkey of an Ed25519 key")
    key = Key(name, raw[1:])
    if key.vkey != vkey:
        raise BrokenError("the id in the vkey is not that of its name and key")
    return key


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def opened(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note, and its signatures: (name, key id and signature)."""
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise BrokenError("a note that is not UTF-8") from error
    if any(ord(character) < 32 and character != "\n" for character in whole):
        raise BrokenError("a note with control characters")
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise BrokenError("not a signed note")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, data = rest.partition(" ")
        if dash != "\u2014" or not NAME.fullmatch(name):
            raise BrokenError("a line that is no signature")
        signed = from_base64(data)
        if len(signed) < 5:
            raise BrokenError("a signature that is too short")
        signatures.append((name, signed))
    return text + "\n", signatures


def checkpoint_of(note: bytes, origin: str | None, keys: Sequence[Key]) -> Checkpoint:
    """The checkpoint in a note. BrokenError when it is none; SignatureError when no key signed it, or a known key's signature is wrong."""
    text, signatures = opened(note)
    lines = text.split("\n")
    if len(lines) != 4 or not NAME.fullmatch(lines[0]):
        raise BrokenError("not a checkpoint: it must have three lines")
    checkpoint = Checkpoint(lines[0], from_decimal(lines[1]), from_base64(lines[2]))
    if checkpoint.size == 0 or len(checkpoint.root) != 32:
        raise BrokenError("a checkpoint of size 0, or with a root that has not 32 bytes")
    if origin is not None and checkpoint.origin != origin:
        raise BrokenError(f"a checkpoint of another log: {checkpoint.origin}")
    good = 0
    for key in (key.under(checkpoint.origin) for key in keys):
        mine = [signed[4:] for name, signed in signatures if name == key.name and signed[:4] == key.id]
        if any(not key.has_signed(text.encode(), signature) for signature in mine):
            raise SignatureError(f"the signature of key {key.id.hex()} is wrong")
        good += len(mine)
    if not good:
        raise SignatureError("no signature of a key that was given")
    return checkpoint
