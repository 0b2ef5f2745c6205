"""What a sealer asks of the world around it: the log to read, and one place that remembers how far each log is sealed.

Shapes and promises only. Source: docs/evidence.md section 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from ledger.evidence.entries import Record


class Head(NamedTuple):
    """The newest checkpoint of a log. note: signed. state: of the seals log, what its entries say up to here; of others None."""

    size: int
    note: str
    state: dict[str, Any] | None = None


class Heads(Protocol):
    """A durable memory with compare-and-swap: it decides which of two sealers goes on."""

    def heads(self) -> dict[str, Head]:
        """All heads, by origin."""

    def move_head(self, origin: str, old: str | None, new: Head) -> None:
        """Move one head from the note `old` (None: none yet), durably. Raises: FencedError, when it is another by now."""


class Source(Protocol):
    """The partitions of the log, read by position."""

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(first offset that is still there, offset of the next record to come)."""

    def read_whole(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Record]]:
        """The records first <= offset < end with every byte of them, in order. Raises: OperatorError, when one is not there."""
