"""The secrets that the vault rests on: one for each epoch, and one for the suppression list. They live outside the database.

A key is one line, `SECRET+KEY+<name>+<id>+<base64 of 32 bytes>`; the name is `epoch-<number>` or `suppression`. Of an epoch's secret two keys are
made: one wraps data keys, one looks up identities. So an old backup of the database says nothing without a secret that is gone. Must never show a
secret, nor make one anew where one is damaged. Source: docs/vault.md section 4.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple

from ledger.errors import OperatorError
from ledger.vault import sealing

PREFIX: Final = "SECRET+KEY+"
SUPPRESSION: Final = "suppression"
EPOCHS_MAX: Final = 2
_EPOCH: Final = re.compile(r"epoch-(0|[1-9][0-9]{0,8})")


class Secret(NamedTuple):
    """A named secret of 32 bytes. Its text shows nothing."""

    name: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Secret({self.name})"

    @property
    def key_id(self) -> str:
        """Eight hexadecimal digits by which a damaged or strange secret is known."""
        return sha256(b"ledger-vault-key\n" + self.name.encode() + b"\n" + self.secret).hexdigest()[:8]

    def line(self) -> str:
        """As a line of a key file. Secret."""
        return f"{PREFIX}{self.name}+{self.key_id}+{base64.b64encode(self.secret).decode()}\n"


class Epoch(NamedTuple):
    """One epoch's number and secret."""

    number: int
    secret: Secret

    def __repr__(self) -> str:
        return f"Epoch({self.number})"

    @property
    def wrapping(self) -> bytes:
        """The key that data keys are wrapped under."""
        return hmac.digest(self.secret.secret, b"ledger-vault/v1 wrap", "sha256")

    @property
    def looking_up(self) -> bytes:
        """The key under which identities are looked up."""
        return hmac.digest(self.secret.secret, b"ledger-vault/v1 index", "sha256")


def new_epoch(number: int) -> Epoch:
    """An epoch with a fresh secret."""
    return Epoch(number, Secret(f"epoch-{number}", sealing.new_key()))


def new_suppression() -> Secret:
    """A fresh secret for the suppression list."""
    return Secret(SUPPRESSION, sealing.new_key())


def epochs_in(text: str) -> list[Epoch]:
    """The epochs of a key file: one, or two while one takes the other's place, the older first.

    Raises:
        OperatorError: it holds something else.
    """
    found = []
    for secret in map(_secret_in, text.split()):
        match = _EPOCH.fullmatch(secret.name)
        if match is None:
            raise _damaged()
        found.append(Epoch(int(match[1]), secret))
    follow = all(later.number == earlier.number + 1 for earlier, later in pairwise(found))
    if not 1 <= len(found) <= EPOCHS_MAX or not follow:
        raise OperatorError(f"cannot use the vault's keys: expected those of one epoch, or of two that follow each other, got {len(found)}")
    return found


def suppression_in(text: str) -> Secret:
    """The secret of the suppression list. Raises: OperatorError, it holds something else."""
    found = [_secret_in(line) for line in text.split()]
    if len(found) != 1 or found[0].name != SUPPRESSION:
        raise OperatorError("cannot use the key of the suppression list: expected one, got something else")
    return found[0]


def _secret_in(line: str) -> Secret:
    name, _, rest = line.removeprefix(PREFIX).partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        secret = Secret(name, base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        raise _damaged() from None
    if not line.startswith(PREFIX) or len(secret.secret) != sealing.KEY_BYTES or secret.key_id != key_id:
        raise _damaged()
    return secret


def _damaged() -> OperatorError:
    return OperatorError("cannot use a key of the vault: it is damaged", hint="restore it from its own backup; a new one opens nothing")
