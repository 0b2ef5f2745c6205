"""The overviews of sharing, deletion and broken promises: the answers. Data only. Source: docs/answers.md section 9.

Every line says with which question the events behind its number are listed (`listed_by`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_sharing import AgreementAnswer, PromiseNote, SafeguardAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBy:
    """The question that lists the single ones behind a number, and what of its answer they are. None: any."""

    question: str
    controller: str
    holder: str | None = None
    role: str | None = None
    country: str | None = None
    state: str | None = None
    kind: str | None = None
    rule: str | None = None
    promise: str | None = None
    day: date | None = None
    month: date | None = None


# -- sharing


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBy:
    """What one holder has of one controller in one role, the controller itself included (role None). is_shared: whether somebody gave it."""

    controller: str
    holder: str
    role: Term | None
    is_shared: bool
    subjects: int
    holdings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedWith:
    """One recipient of one controller in one role that has something now. agreement, safeguard: the state of each, as in the report on recipients.

    entry: where the register tells of it, which `safeguard` rests on; None: it does not.
    """

    controller: str
    recipient: str
    role: Term
    registered: bool
    subjects: int
    holdings: int
    categories: tuple[Term, ...]
    purposes: tuple[Term, ...]
    countries: tuple[str, ...]
    agreement: str
    safeguard: SafeguardAnswer | None
    entry: Event | None
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One category at one recipient: how many holdings have it."""

    controller: str
    category: Term
    recipient: str
    role: Term
    holdings: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Who gave to whom what that one has now: a link of a chain."""

    controller: str
    giver: str
    recipient: str
    role: Term
    holdings: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesOfMonth:
    """How often something was shared with a recipient in a month: events, not what is held of them now. Nothing shared: no line.

    country: that the shares name; None: they name none, whatever the register says. month: its first day, Dutch legal time of the moment of the
    share, however late it was told. onward: how many of `shares` somebody else than the
    controller gave. listed_by: what that recipient has now; what is gone since is in the number alone.
    """

    controller: str
    recipient: str
    role: Term
    country: str | None
    month: date
    shares: int
    onward: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A way by which data went on: each link's recipient is the giver of the next, and one link at least is given by another than the controller.

    links: 1 to 8. Holdings are counted at each link alone: the same person need not be behind all of them. It begins at the controller, or at a giver
    to whom nobody gave what he has now; failing both, in a circle or behind a cut. end: LAST, nobody has anything from the last one; CIRCLE, the last
    one is in the chain before; CUT, it goes on after 8 links.
    """

    controller: str
    links: tuple[Flow, ...]
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InCountry:
    """What a holder has in one country. by_register: the shares name no country, the register does. role None: the controller itself."""

    controller: str
    country: str | None
    by_register: bool
    holder: str
    role: Term | None
    subjects: int
    holdings: int
    safeguard: SafeguardAnswer
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementLine:
    """One agreement with a recipient, whether it has something or not."""

    controller: str
    recipient: str
    agreement: AgreementAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingOverview:
    """Who gets what. subjects: people of whom somebody holds something, the controller included.

    holders: everybody who has something, most people first; recipients: those it was shared with, the same. matrix: by category and recipient.
    places: what is not lawful first. agreements: ended ones first, then by their end.
    chains: by controller; from each giver the link with most holdings first. At most 200 of one controller; more_chains: somebody has more.
    by_month: the 24 months up to last_month (the ledger's own, unless an earlier one was asked for; None before the first tick), by month,
    controller, recipient, role and country. first_month: the first of all in which something was shared.
    """

    controller: str | None
    subjects: int
    holders: tuple[HeldBy, ...]
    recipients: tuple[SharedWith, ...]
    matrix: tuple[Cell, ...]
    flows: tuple[Flow, ...]
    chains: tuple[Chain, ...]
    more_chains: bool
    by_month: tuple[SharesOfMonth, ...]
    first_month: date | None
    last_month: date | None
    places: tuple[InCountry, ...]
    agreements: tuple[AgreementLine, ...]
    freshness: Freshness


# -- deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """Erasures called for and not done. age: days since they were due, `0-6`, `7-29`, `30-89` or `90+`. oldest: the first of their days."""

    controller: str
    holder: str
    rule: str
    state: str
    age: str
    number: int
    oldest: date
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDuties:
    """What a holder must do beside erasing (kind: of due.OTHER_KINDS) and has not done. oldest: the first of the days on which they were due."""

    controller: str
    kind: str
    holder: str
    state: str
    number: int
    oldest: date
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Erasures of a month. state: MET, done; CANCELLED, called for no more, with the reason."""

    controller: str
    holder: str
    state: str
    reason: str | None
    month: date
    number: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledByRule:
    """The same erasures, of all months. lateness: of what was done, `in-time` (before it was overdue), else the days since it was due, as the age of
    Unsettled."""

    controller: str
    holder: str
    rule: str
    state: str
    reason: str | None
    lateness: str | None
    number: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Holdings whose date has come and of which not everything is called for: a legal hold or a duty stands. oldest: the first of their days."""

    controller: str
    holder: str
    rule: str | None
    number: int
    oldest: date
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingDue:
    """Holdings with a date on a day. A few may be called for by then already: at a request, or by an earlier text."""

    controller: str
    day: date
    number: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingByRule:
    """The same holdings, by who has them and the rule by which they go. first: the first of their days."""

    controller: str
    holder: str
    rule: str | None
    first: date
    number: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Holdings without a date. rule None: no rule covers them; else its term has not started. role None: the controller itself."""

    controller: str
    holder: str
    role: Term | None
    purpose: Term
    rule: str | None
    number: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionOverview:
    """What must go, goes and went. today: the ledger's day in Dutch legal time, None before the first tick; until: the last day of the calendar.

    unsettled: overdue ones first, the most first. other_duties: the same, of what is no erasure; in no other number here. settled: the latest
    month first; settled_by_rule: the same, by rule and not by month, the most first. coming: by day; coming_by_rule: the same, what goes first
    first. without_date: those without a rule first. silent: what the statements in force say nothing of.
    """

    controller: str | None
    today: date | None
    until: date | None
    overdue: int
    open: int
    done: int
    refused: int
    held_back: int
    unsettled: tuple[Unsettled, ...]
    other_duties: tuple[OtherDuties, ...]
    settled: tuple[Settled, ...]
    settled_by_rule: tuple[SettledByRule, ...]
    waiting: tuple[HeldBack, ...]
    coming: tuple[ComingDue, ...]
    coming_by_rule: tuple[ComingByRule, ...]
    without_date: tuple[Gap, ...]
    silent: tuple[PromiseNote, ...]
    freshness: Freshness


# -- promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Violations of one promise found in a month of the ledger's time."""

    controller: str
    promise: str
    rule: str
    severity: str
    month: date
    number: int
    listed_by: ListedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesOverview:
    """Broken promises, the latest month first, then the most."""

    controller: str | None
    broken: tuple[Broken, ...]
    freshness: Freshness


