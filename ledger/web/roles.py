"""Who asks: six roles, and what one of them is bound to. Data only. Source: docs/access.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is to the ledger."""

    EMITTER = "emitter"
    """A service: its own events in, nothing out."""
    AUDITOR = "auditor"
    """Reads everything and changes nothing; who looked at a person's data is not said."""
    DPO = "dpo"
    """Reads everything and acts for the controller (functionaris gegevensbescherming)."""
    MANAGER = "manager"
    """Numbers, no persons."""
    OPERATOR = "operator"
    """Whether it runs; no persons and no policy."""
    SUBJECT = "subject"
    """The person: what is about that person alone."""


EVERY_CONTROLLER: Final = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, once that is proven.

    actor: a role or a pseudonym, as it stands in events. controllers: whose data it may see, EVERY_CONTROLLER for all. subject_ref: of SUBJECT, the
    person. source: of EMITTER, the service. credential: what it was proven by, for logs and for limits; never the secret.
    """

    role: Role
    actor: str
    controllers: tuple[str, ...]
    credential: str
    subject_ref: str | None = None
    source: str | None = None

    def may_see(self, controller: str) -> bool:
        """Whether this controller's data is in reach."""
        return EVERY_CONTROLLER in self.controllers or controller in self.controllers

    @property
    def only_controller(self) -> str | None:
        """The controller that is meant where none is named; None when it could be several."""
        return self.controllers[0] if len(self.controllers) == 1 and self.controllers[0] != EVERY_CONTROLLER else None
