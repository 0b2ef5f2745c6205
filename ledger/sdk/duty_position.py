"""Where a consumer group stands in one partition of `obligations`: what Kafka keeps beside the committed offset.

Offset and text are stored by the broker in one step, for the whole group, so what is put aside survives the machine, and no crash
can come between putting aside and going on. Holds offsets, counts and names of exception types, nothing else. Source: docs/acting.md;
docs/decisions/0016; OffsetCommit of Kafka's protocol (committed metadata, at most 4096 bytes by default).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

#: Some 900 parked obligations of a partition. Below the broker's `offset.metadata.max.bytes`, 4096 by default.
METADATA_BYTES_MAX: Final = 4000
_VERSION: Final = 1
_NAME_LENGTH_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Position:
    """offset: the first record that may hold something to do. floor: a record whose `log_offset` is not above it was seen before.

    parked: offset of each obligation that is put aside -> name of the exception's type. wanted: fingerprint of what this group acts on.
    """

    offset: int = 0
    floor: int = -1
    parked: Mapping[int, str] = field(default_factory=dict)
    wanted: str = ""

    def metadata(self) -> str:
        """Everything but the offset, as text."""
        by_name: dict[str, list[int]] = {}
        for offset, name in sorted(self.parked.items()):
            by_name.setdefault(name, []).append(offset)
        parked = {name: _steps(offsets) for name, offsets in by_name.items()}
        return json.dumps({"v": _VERSION, "for": self.wanted, "floor": self.floor, "parked": parked}, separators=(",", ":"))

    @property
    def fits(self) -> bool:
        """Whether the broker takes it."""
        return len(self.metadata().encode()) <= METADATA_BYTES_MAX


def read_position(offset: int, metadata: str) -> Position:
    """The reverse of `metadata()`. Raises: ValueError when somebody else has written it."""
    try:
        found = json.loads(metadata)
        if found["v"] != _VERSION:
            raise ValueError("another version")
        parked = {at: str(name) for name, steps in found["parked"].items() for at in _sums(steps)}
        return Position(offset, int(found["floor"]), parked, str(found["for"]))
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError):
        raise ValueError("expected the position of a group that acts on obligations") from None


def fingerprint(controller: str | None, holder: str, stores: Iterable[str] | None, kinds: Iterable[str] | None) -> str:
    """What tells two selections of obligations apart, in 16 hexadecimal digits."""
    chosen = [controller, holder, None if stores is None else sorted(set(stores)), None if kinds is None else sorted(set(kinds))]
    return hashlib.sha256(json.dumps(chosen).encode()).hexdigest()[:16]


def short_name(error: BaseException) -> str:
    """The name of an exception's type, all that is kept of it: its message may quote the data."""
    return type(error).__name__[:_NAME_LENGTH_MAX]


def _steps(offsets: list[int]) -> list[int]:
    return [offset - before for before, offset in zip([0, *offsets], offsets, strict=False)]


def _sums(steps: list[int]) -> list[int]:
    found, at = [], 0
    for step in steps:
        at += step
        found.append(at)
    return found
