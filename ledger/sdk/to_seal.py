"""A value that is to be sealed when the event is made: `sealed=ToSeal(domain="voorbeeld.nl")`. Under the subject's key; a look-up's, under its day's.

Must never show the values. Source: docs/vault.md sections 7 and 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

OF_LOOK_UPS: Final = frozenset({"actor", "ticket", "incident", "permission"})
"""What can be sealed in a look-up: who looked and why. Nothing of the person: forgetting the person does not reach the key of a day."""
ROLE: Final = "role:"
"""How an actor begins that is nobody in particular."""


class ToSeal:
    """Texts by name, for one event. Its own text shows nothing."""

    __slots__ = ("values",)

    def __init__(self, **values: str) -> None:
        self.values: Mapping[str, str] = values

    def __repr__(self) -> str:
        return "ToSeal(...)"


class Sealing(Protocol):
    """What seals: a vault."""

    def seal(self, controller: str, subject_ref: str, event: str, event_id: bytes, values: Mapping[str, str]) -> dict[str, Any]:
        """The field `sealed` of one event."""

    def seal_look_up(self, controller: str, subject_ref: str, event_id: bytes, at: int, values: Mapping[str, str]) -> dict[str, Any]:
        """The field `sealed` of one DataConsulted that happened at that moment (microseconds since 1970)."""
