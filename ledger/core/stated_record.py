"""What a statement says for the record of processing and nothing is judged by: who answers, whose data it is, how it is secured.

Pure: frozen values. Offices and organisations alone; a person has no place here (ledger/policies/contact_checks.py). Source: docs/policies.md,
"Contacts, people and security"; GDPR Art. 30(1)(a), (c), (g), 30(2)(a), (d).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.core.conditions import NONE, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An organisation or an office of one, and how to reach it. Empty: not stated."""

    name: str
    address: str = ""
    email: str = ""
    phone: str = ""

    def lines(self) -> tuple[str, ...]:
        """What is stated of it, the name first."""
        return tuple(each for each in (self.name, self.address, self.email, self.phone) if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Who answers. officer: the data protection officer (functionaris gegevensbescherming). None or empty: not stated."""

    controller: Contact | None = None
    officer: Contact | None = None
    representative: Contact | None = None
    joint_controllers: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """The measures in terms of the code list `security_measures`, and what the terms do not say, in English and in Dutch."""

    measures: Terms = NONE
    note: str = ""
    note_nl: str = ""

    @property
    def is_stated(self) -> bool:
        """Whether it says anything at all."""
        return bool(self.measures or self.note or self.note_nl)


NO_CONTACTS: Final = Contacts()
NO_SECURITY: Final = Security()
