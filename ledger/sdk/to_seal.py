"""A value that is to be sealed under the subject's key when the event is made: `sealed=ToSeal(domain="voorbeeld.nl")`.

Must never show the values. Source: docs/vault.md section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


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
