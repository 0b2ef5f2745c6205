"""Who answers, whose data it is and how it is secured, as a policy says it: parts of the registers of Art. 30. Data only.

Source: docs/answers.md, "Register of processing"; GDPR Art. 30(1)(a), (c), (g), 30(2)(a), (d).
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswer:
    """An organisation or an office of one. None: not stated."""

    name: str
    address: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsAnswer:
    """Who answers. officer: the data protection officer. None or empty: not stated."""

    controller: ContactAnswer | None
    officer: ContactAnswer | None
    representative: ContactAnswer | None
    joint_controllers: tuple[ContactAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityAnswer:
    """Measures, and what their names do not say, in English and in Dutch. All empty: not stated."""

    measures: tuple[Term, ...]
    note: str | None
    note_nl: str | None
