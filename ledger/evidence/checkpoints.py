"""Checkpoints after C2SP tlog-checkpoint: which log, how many leaves, which root. Signed as a note (notes.py).

Pure. No extension lines: what more is to be said is an entry of a log. Source: https://c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from ledger.evidence.merkle import HASH_BYTES
from ledger.evidence.notes import NoteError


class Checkpoint(NamedTuple):
    """The state of one log."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The body that is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def checkpoint_from(text: str) -> Checkpoint:
    """Read the body of a checkpoint; further lines are let be.

    Raises:
        NoteError: it is none.
    """
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], lines[1], base64.b64decode(lines[2], validate=True)
    except (IndexError, binascii.Error, ValueError) as error:
        raise NoteError("cannot read checkpoint: expected origin, size and root, got something else") from error
    if not origin or not (size.isascii() and size.isdigit()) or (size != "0" and size.startswith("0")) or len(root) != HASH_BYTES:
        raise NoteError("cannot read checkpoint: expected origin, size and root, got something else")
    return Checkpoint(origin, int(size), root)
