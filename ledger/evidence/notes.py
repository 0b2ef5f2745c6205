"""Signed notes after C2SP signed-note: a text, and below it a line for each who signed it, with Ed25519.

Pure but for the arithmetic of `cryptography`, whose one door this is. A key is named; its four-byte id is made of name and key, so that a signature
of one log is none of another. Source: https://c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = b"\x01"
KEY_BYTES: Final = 32
_ID_BYTES = 4
_DASH: Final = "\u2014 "


class NoteError(ValueError):
    """What is no signed note, or no key."""


class Verifier(NamedTuple):
    """A named public key. key: 32 bytes."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || new line || algorithm || key)."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:_ID_BYTES]

    def text(self) -> str:
        """As a vkey: name+id+base64(algorithm || key)."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether this key made the signature over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A named private key. Keep it out of logs: its text shows nothing."""

    def __init__(self, name: str, seed: bytes) -> None:
        """seed: the 32 private bytes. Raises: NoteError, for a name that is none, or other than 32 bytes."""
        if not is_name(name) or len(seed) != KEY_BYTES:
            raise NoteError("cannot use key: expected a name without spaces and plus signs and 32 bytes, got something else")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Signer({self.verifier.name})"

    def sign(self, text: str) -> bytes:
        """The signature of this text: 64 bytes."""
        return self._key.sign(text.encode())

    def line(self, text: str) -> str:
        """The signature line under this text, with its new line."""
        signed = base64.b64encode(self.verifier.key_id + self.sign(text)).decode()
        return f"{_DASH}{self.verifier.name} {signed}\n"


class Note(NamedTuple):
    """A text that ends with a new line, and its signatures: (name, key id, signature), in order; of whatever kind they are."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signed_by(self, verifiers: Iterable[Verifier]) -> list[Verifier]:
        """Those of the verifiers that have signed it, each once.

        Raises:
            NoteError: a signature of one of them is wrong: then the whole note is.
        """
        found = []
        for verifier in verifiers:
            for name, key_id, signature in self.signatures:
                if (name, key_id) == (verifier.name, verifier.key_id):
                    if not verifier.has_signed(self.text, signature):
                        raise NoteError("cannot accept note: expected a signature that fits the text, got another")
                    found.append(verifier)
                    break
        return found


def verifier_from(vkey: str) -> Verifier:
    """Read a vkey. Raises: NoteError."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    body = decoded(encoded)
    if not is_name(name) or body[:1] != ED25519 or len(body) != 1 + KEY_BYTES:
        raise NoteError("cannot read key: expected name+id+key of an Ed25519 key, got something else")
    verifier = Verifier(name, body[1:])
    if verifier.key_id.hex() != key_id:
        raise NoteError("cannot read key: expected the id that name and key make, got another")
    return verifier


def signed(text: str, signers: Iterable[Signer]) -> str:
    """A text with the signature lines of these. Raises: NoteError, when it does not end with a new line."""
    if not text.endswith("\n"):
        raise NoteError("cannot sign: expected a text that ends with a new line, got another")
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def note_from(data: str) -> Note:
    """Read a signed note. Raises: NoteError, for what is none; signatures of unknown keys and kinds are kept, unread."""
    text, separator, lines = data.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or any(ord(character) < 0x20 and character != "\n" for character in data):
        raise NoteError("cannot read note: expected a text, an empty line and signatures, got something else")
    return Note(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))


def is_name(name: str) -> bool:
    """Whether a key may be called that: not empty, no spaces, no plus signs."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    body = decoded(encoded)
    if not line.startswith(_DASH) or not is_name(name) or len(body) <= _ID_BYTES:
        raise NoteError("cannot read note: expected a signature line, got something else")
    return name, body[:_ID_BYTES], body[_ID_BYTES:]


def decoded(encoded: str) -> bytes:
    """The bytes of base64. Raises: NoteError."""
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("cannot read note: expected base64, got something else") from error
    if base64.b64encode(data).decode() != encoded:
        raise NoteError("cannot read note: expected base64 as it must be written, got loose bits")
    return data
