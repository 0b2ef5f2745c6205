"""What stands before a fact: in the log, and in time. Never looks at what is recorded later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Fields = dict[str, Any]
Event = tuple[str, Fields]


def when(fields: Fields) -> tuple[int, bytes]:
    """Order in time; at the same instant the smaller event id counts as earlier."""
    return fields["occurred_at"], fields["event_id"]


@dataclass(frozen=True)
class Prefix:
    """The events that stand before a fact in the log of its partition, each once."""

    fact: Fields
    events: list[Event]

    @classmethod
    def before(cls, log: Sequence[Event], fact: Fields) -> Prefix:
        events: list[Event] = []
        for name, f in log:
            if all(f["event_id"] != other["event_id"] for _, other in events):
                events.append((name, f))
        return cls(fact, events)

    def has_seen(self, event_id: bytes) -> bool:
        return any(f["event_id"] == event_id for _, f in self.events)

    def has_policy(self) -> bool:
        """Whether a policy of the fact's controller stands before it; one not yet in force counts, as the first one."""
        return any(name == "PolicyPublished" and f["controller"] == self.fact["controller"] for name, f in self.events)

    def known(self, type_name: str) -> Iterator[Fields]:
        """Events of one type that concern the fact: of its subject, or of the register of its controller."""
        for name, f in self.events:
            if name == type_name and f["controller"] == self.fact["controller"] and f.get("subject_ref", self.fact["subject_ref"]) == self.subject:
                yield f

    @property
    def subject(self) -> str:
        return str(self.fact["subject_ref"])

    def happened(self, type_name: str, **like: Any) -> list[Fields]:
        """Those of `known` that happened before the fact and have these fields, earliest first."""
        return sorted(
            (f for f in self.known(type_name) if when(f) < when(self.fact) and all(f[key] == value for key, value in like.items())), key=when
        )

    def latest(self, type_name: str, **like: Any) -> Fields | None:
        """The last of `happened`."""
        return ([None, *self.happened(type_name, **like)])[-1]
