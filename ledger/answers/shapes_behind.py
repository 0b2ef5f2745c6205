"""The single ones behind the numbers of the overviews: what is asked, and the answers. Data only. Source: docs/answers.md section 9."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_lists import HoldingLine
from ledger.answers.shapes_subject import ObligationAnswer

NONE = "-"
"""As a rule that is asked for: no rule covers it; as a country: the share names none; as a role: the controller itself; as an activity: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWanted:
    """Which holdings; None: any. giver: who gave it. category: held among others. role, country, rule, activity: NONE, or its name."""

    controller: str | None = None
    holder: str | None = None
    role: str | None = None
    giver: str | None = None
    country: str | None = None
    category: str | None = None
    purpose: str | None = None
    rule: str | None = None
    activity: str | None = None
    is_without_date: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedWanted:
    """Which holdings with a date; None: any. since, until: the date, in microseconds, that moment excluded. is_held_back: its date came, a hold or a
    duty keeps it; else it comes due."""

    controller: str | None = None
    holder: str | None = None
    rule: str | None = None
    is_held_back: bool = False
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasuresWanted:
    """Which obligations to erase; None: any. since, until: when they were settled (MET, CANCELLED), else when they were due; that moment excluded.

    Of what is settled: is_in_time, before it was overdue; days_least, days_most: so many days, in Dutch legal time, after it was due."""

    state: str
    controller: str | None = None
    holder: str | None = None
    rule: str | None = None
    reason: str | None = None
    since: int | None = None
    until: int | None = None
    is_in_time: bool | None = None
    days_least: int | None = None
    days_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingsAnswer:
    """Holdings one by one. more: whether others come after these; next: the cursor after them."""

    holdings: tuple[HoldingLine, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasuresAnswer:
    """Obligations to erase one by one, the earliest due first; the rest as HoldingsAnswer."""

    erasures: tuple[ObligationAnswer, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesWanted:
    """Which shares of a month; None: any. month: its first day, in Dutch legal time, from 1970 to 9998. country: NONE, or its name.
    is_onward: passed on by somebody else than the controller. others_than: recipients that are left out."""

    month: date
    controller: str | None = None
    recipient: str | None = None
    role: str | None = None
    giver: str | None = None
    country: str | None = None
    is_onward: bool = False
    others_than: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """One share, as it was told. at: when it was, whenever it was told. rests_on: its event."""

    at: int
    controller: str
    subject_ref: str
    giver: str
    recipient: str
    role: Term
    country: str | None
    purpose: Term
    categories: tuple[Term, ...]
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesAnswer:
    """Shares one by one, in the order in which they stand on the log. A page may have few or none and others come after it; the rest as
    HoldingsAnswer."""

    shares: tuple[ShareLine, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionListAnswer:
    """The single ones behind a number on deletion. holdings: of HELD_BACK and COMING; erasures: of any other state; the rest as HoldingsAnswer."""

    state: str
    holdings: tuple[HoldingLine, ...]
    erasures: tuple[ObligationAnswer, ...]
    more: bool
    next: str | None
    freshness: Freshness
