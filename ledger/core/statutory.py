"""How long a term is that a statute sets: by the version of the statute that was in force when the term started.

Pure. Read from the law that the policy carries (law.py); a rule says `statute` instead of a length. Source: docs/policies.md section 2,
docs/law.md section 1; promise X-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Final, NamedTuple

from ledger.core.calendar import Duration, Rounding, start_of_day
from ledger.core.law import Statute, versions_of

BY_STATUTE: Final = "statute"


class Length(NamedTuple):
    """How long a term is: a first part, a second one that starts where it ends, and how the whole is rounded."""

    after: Duration
    then: Duration | None = None
    rounding: Rounding = "none"


class LengthInLaw(NamedTuple):
    """The length that one version of the law gives. first: its first day; until: the first day it no longer holds; None is open."""

    first: date | None
    until: date | None
    length: Length

    def holds_at(self, moment: int, zone: tzinfo) -> bool:
        """Say whether that version was in force at a moment (microseconds)."""
        return (self.first is None or start_of_day(self.first, zone) <= moment) and (self.until is None or moment < start_of_day(self.until, zone))


def lengths_in_law(statutes: Mapping[str, Statute], statute: str, before: Duration | None, rounding: Rounding | None) -> tuple[LengthInLaw, ...]:
    """What each version of a statute that sets a term makes of a rule, oldest first.

    before: the rule's own first part, after which the statutory term comes; None when there is none. rounding: the rule's own, None for the law's.

    Raises:
        ValueError: the law does not know the statute, or it sets no term.
    """
    found = [
        LengthInLaw(each.from_day, each.until, _length(before, each.term, rounding or each.rounding))
        for each in versions_of(statutes, statute)
        if each.term is not None
    ]
    if not found:
        raise ValueError("expected a statute of the law that sets a term, got another")
    return tuple(sorted(found, key=lambda each: each.first or date.min))


def without_law(before: Duration | None) -> Length:
    """What is left of a rule when no version was in force: the law adds nothing."""
    return Length(before or Duration())


def _length(before: Duration | None, term: Duration, rounding: Rounding) -> Length:
    return Length(term, None, rounding) if before is None else Length(before, term, rounding)
