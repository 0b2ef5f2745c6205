"""Waits until all that is on the log at this moment is answered: copied, folded, and its outcomes sent.

Stages, each with targets taken when it begins: 1 every register event is copied into every partition  2 every record of `facts`, copies included,
is folded, a tick also into each of the many subjects it may concern  3 the outcomes of those records are acknowledged by Kafka. Reads only; must
never move anything itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

from ledger.errors import DependencyError
from ledger.topics import FACTS, REGISTER

POLL_SECONDS: Final = 0.02
_HINT: Final = "is `ledger work` running? See its lines on stderr"


class Ends(Protocol):
    """The end of the log."""

    def end_offsets(self, topic: str, partitions: int) -> list[int]: ...


class Positions(Protocol):
    """How far the workers are."""

    def next_offsets(self, topic: str) -> dict[int, int]: ...
    def pending(self, topic: str) -> dict[int, int]: ...
    def broadcast_next(self) -> int: ...
    def unsent_before(self, ends: dict[int, int]) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Up to where everything is answered. facts: next offset by partition."""

    register: int
    facts: Mapping[int, int]

    def as_json(self) -> dict[str, Any]:
        """As one JSON object; partitions become strings."""
        return asdict(self) | {"facts": {str(partition): offset for partition, offset in self.facts.items()}}


class NotAnsweredError(DependencyError):
    """The time is over. `missing` says where the workers stand, and where they should."""

    def __init__(self, waiting_for: str, seconds: float, missing: Mapping[str, Any]) -> None:
        where = ", ".join(f"{name} {value}" for name, value in missing.items())
        super().__init__(f"cannot wait longer for {waiting_for}: not done within {seconds:g} s ({where})", hint=_HINT)
        self.missing = missing


def wait_until_answered(
    ends: Ends,
    positions: Positions,
    *,
    partitions: int,
    seconds: float,
    tell: Callable[[str], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Answered:
    """Wait for these stages, with one deadline for all. tell: called with what is waited for, once per stage that is not done.

    Raises:
        NotAnsweredError: the time is over. DependencyError: Kafka or PostgreSQL does not answer.
    """
    deadline = clock() + seconds

    def wait(what: str, missing: Callable[[], dict[str, Any]]) -> None:
        told = False
        while found := missing():
            if not told:
                tell(what)
                told = True
            if clock() > deadline:
                raise NotAnsweredError(what, seconds, found)
            pause(POLL_SECONDS)

    register = ends.end_offsets(REGISTER, 1)[0]

    def not_copied() -> dict[str, Any]:
        copied = positions.broadcast_next()
        return {} if copied >= register else {"register": f"{copied} of {register}"}

    wait("the register to be copied into every partition", not_copied)
    facts = dict(enumerate(ends.end_offsets(FACTS, partitions)))

    def not_folded() -> dict[str, Any]:
        folded = positions.next_offsets(FACTS)
        return {f"facts-{p}": f"{folded.get(p, 0)} of {end}" for p, end in facts.items() if folded.get(p, 0) < end}

    wait("the facts to be folded", not_folded)

    def not_worked_off() -> dict[str, Any]:
        return {f"facts-{p}": f"at {offset}" for p, offset in positions.pending(FACTS).items() if offset < facts.get(p, 0)}

    wait("register events to be folded into all subjects they concern", not_worked_off)

    def not_sent() -> dict[str, Any]:
        unsent = positions.unsent_before(facts)
        return {"unsent outcomes": unsent} if unsent else {}

    wait("the outcomes to be sent", not_sent)
    return Answered(register=register, facts=facts)
