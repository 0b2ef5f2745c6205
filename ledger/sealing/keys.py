"""The private keys that sign for a ledger: one at a time, two while one takes the place of the other.

A key is one line, as Go's note package writes it: `PRIVATE+KEY+<ledger>+<id>+<base64 of 0x01 and 32 bytes>`. It stands in a file that its owner alone
reads, or comes from the environment's secret store. Must never show a private byte, nor make a key anew where one is damaged: a new key is a new
name for the whole history. Source: docs/evidence.md sections 4 and 8.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import Final, NamedTuple

from ledger.errors import OperatorError
from ledger.evidence.notes import ED25519, NoteError, Signer, Verifier
from ledger.key_files import read_key_file, write_key_file

PREFIX: Final = "PRIVATE+KEY+"
SEED_BYTES: Final = 32
KEYS_MAX: Final = 2


class NoKeyError(OperatorError):
    """This machine has no key that signs."""


class SealingKey(NamedTuple):
    """The ledger's name and the 32 private bytes."""

    ledger: str
    seed: bytes

    def __repr__(self) -> str:
        return f"SealingKey({self.ledger})"

    @property
    def verifier(self) -> Verifier:
        """The public key under the name of the ledger: what auditors get."""
        return self.signer(self.ledger).verifier

    def signer(self, origin: str) -> Signer:
        """The key under the name of one log."""
        return Signer(origin, self.seed)

    def line(self) -> str:
        """The key as a line of a key file. Secret."""
        return f"{PREFIX}{self.ledger}+{self.verifier.key_id.hex()}+{base64.b64encode(ED25519 + self.seed).decode()}\n"


def new_key(ledger: str) -> SealingKey:
    """A key of fresh random bytes. Raises: NoteError, for a name with spaces or plus signs."""
    key = SealingKey(ledger, os.urandom(SEED_BYTES))
    key.signer(ledger)
    return key


def keys_in(text: str) -> list[SealingKey]:
    """The keys of a file or secret: one, or two while one takes the other's place, the older first.

    Raises:
        OperatorError: it holds something else.
    """
    keys = [_key_in(line) for line in text.split()]
    if not 1 <= len(keys) <= KEYS_MAX or len({key.ledger for key in keys}) != 1 or len(set(keys)) != len(keys):
        raise OperatorError(
            f"cannot use the sealing key: expected one or two keys of one ledger, got {len(keys)}",
            hint="restore the key from its backup; never make a new one in its place",
        )
    return keys


def read_keys(path: Path) -> list[SealingKey]:
    """The keys of a file that nobody but its owner may read.

    Raises:
        NoKeyError: there is none.
        OperatorError: others may read it, or it is damaged.
    """
    missing = NoKeyError(f"cannot seal: there is no key at {path}", hint="ledger keys init --name NAME, or LEDGER__SEALING__KEY_FILE")
    return keys_in(read_key_file(path, "sealing key", missing=missing))


def keys_of(secret: str, path: Path) -> list[SealingKey]:
    """The keys that sign: from the secret store, where it gives a text, else from the file. Raises: OperatorError."""
    return keys_in(secret) if secret else read_keys(path)


def public_keys(keys: list[SealingKey]) -> list[str]:
    """What auditors get of them, the newest last."""
    return [key.verifier.text() for key in keys]


def write_keys(path: Path, keys: list[SealingKey], *, is_new: bool) -> None:
    """Write a key file of mode 0600, whole or not at all. is_new: there must be none yet.

    Raises:
        RefusedError: there is one already.
        OperatorError: it cannot be written.
    """
    write_key_file(path, "sealing key", "".join(key.line() for key in keys), is_new=is_new, hint="ledger keys show; ledger keys rotate")


def _key_in(line: str) -> SealingKey:
    name, _, rest = line.removeprefix(PREFIX).partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        body = base64.b64decode(encoded, validate=True)
        key = SealingKey(name, body[1:])
        is_whole = line.startswith(PREFIX) and body[:1] == ED25519 and key.verifier.key_id.hex() == key_id
    except (NoteError, binascii.Error, ValueError):
        is_whole = False
    if not is_whole:
        raise OperatorError("cannot use the sealing key: it is damaged", hint="restore it from its backup; never make a new one in its place")
    return key
