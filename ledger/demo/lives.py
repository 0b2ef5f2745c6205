"""The lives of the customers of five hosters, from June 2018 to February 2026: the whole demo as one stream of events in order of time.

Pure and seeded: the same size and seed give the same stream. Customers enter the stream when they open their account, and each strand of a life
is worked out as it goes, so a hundred thousand customers stream through without standing in memory as events. References only, no personal values.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import NamedTuple

from ledger.demo import hosters, rights, strands, turns
from ledger.demo.dice import Dice
from ledger.demo.flaws import FORGOTTEN, MAIL_FLAWS, flaw
from ledger.demo.incidents import announced_late, incidents
from ledger.demo.people import DAY, END, HOUR, OPENING, PARTS, Customer, customers, day
from ledger.demo.strands import Happening

__all__ = ["END", "START", "Cast", "Happening", "Star", "cast", "forgotten", "lives"]

START = day("2018-06-01")
LATE_PERCENT = 2
REPEATED_PERCENT = 1
LOG_DAYS_SMALL, ENQUIRY_DAYS = 7, 150
"""Below 1,000 customers only every seventh day's visitor log is played."""
_NEVER_LATE = "data_combination"
"""It is used an hour later; a use of what is not known to be held looks like a use for another purpose (MD-07)."""
_TOLD = frozenset({"export_first", "quits", "barred"})


class Star(NamedTuple):
    """A person the story comes back to."""

    controller: str
    subject: str


class Cast(NamedTuple):
    """The people of the story. asks: of HostingHuis, asks for erasure; waits: of the webhoster, whose registrar never answers; refused: of
    Mijndomein, whose orders are kept for the tax office until that ends; others: whose requests are told too."""

    asks: Star
    waits: Star
    refused: Star
    others: frozenset[Star]


def cast(size: int, seed: int) -> Cast:
    """Who they are. size: at least 5; the same size and seed as for `lives`."""
    refused, asks, waits, *more = _first_customers(size, seed)
    others = frozenset(_star(one) for one in more if one.part in _TOLD)
    return Cast(_star(asks), _star(waits), _star(refused), others)


def forgotten(size: int, seed: int) -> frozenset[str]:
    """Those whom their hoster forgets to tell what it must (HH-13, SH-07)."""
    return frozenset(one.subject for one in _first_customers(size, seed) if one.part in FORGOTTEN)


def _first_customers(size: int, seed: int) -> Iterator[Customer]:
    """Those among whom each part has its one customer."""
    return islice(customers(size, seed), len(hosters.HOSTERS) * (1 + max(map(len, PARTS.values()))))


def _star(one: Customer) -> Star:
    return Star(one.hoster.name, one.subject)


def lives(size: int, seed: int) -> Iterator[Happening]:
    """All happenings of so many customers, by the time at which they reach the ledger.

    Two in a hundred collections come late, up to two months after they happened; one in a hundred events comes twice, with the same event id.
    """
    number, tricks = count(), Dice(seed ^ 0x5EED)
    heap: list[tuple[int, int, Happening, Iterator[Happening]]] = []

    def start(strand: Iterator[Happening]) -> None:
        first = next(strand, None)
        if first is not None:
            heapq.heappush(heap, (first.at, next(number), first, strand))

    for each in (visitor_logs(size, seed), enquirers(seed), incidents(), iter((announced_late(),))):
        start(each)
    coming = customers(size, seed)
    newcomer = next(coming, None)
    while heap or newcomer is not None:
        while newcomer is not None and (not heap or newcomer.opened_at <= heap[0][0]):
            for strand in _strands(newcomer):
                start(strand)
            newcomer = next(coming, None)
        at, _, event, strand = heap[0]
        if at >= END:
            break
        following = next(strand, None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (following.at, next(number), following, strand))
        may_be_late = event.type == "DataCollected" and event.at == event.occurred_at and event.fields["activity"] != _NEVER_LATE
        if may_be_late and tricks.chance(LATE_PERCENT):
            start(iter((event._replace(at=at + tricks.between(2, 60) * DAY),)))
            continue
        if event.event_id is None and event.subject is not None and tricks.chance(REPEATED_PERCENT):
            event = event._replace(event_id=_event_id(at, tricks))
            start(iter((event._replace(at=at + tricks.between(0, 3) * DAY, is_prompt=False),)))
        yield event


def _strands(one: Customer) -> list[Iterator[Happening]]:
    """All strands of one life, each with its own chance."""
    dice = one.dice.fork
    found = [strands.account(one), strands.leaving(one), strands.support(one, dice()), strands.sessions(one, dice())]
    for it in one.domains:
        found += [strands.domain(one, it, dice()), strands.billing(one, it, dice())]
        if "certificate" in one.hoster.collections and one.dice.chance(60):
            found.append(strands.certificate(one, it, dice()))
    if one.part not in MAIL_FLAWS:
        found.append(strands.mailings(one, dice()))
    found += [make(one, dice()) for make in (rights.erasure, rights.questions, rights.disclosure, rights.hold, rights.combination, turns.turn, flaw)]
    return found


def visitor_logs(size: int, seed: int) -> Iterator[Happening]:
    """A day of visits to the customers' sites is one dataset of unknown people; the webhoster keeps it two years (WH-07)."""
    every = 1 if size >= 1000 else LOG_DAYS_SMALL
    dice = Dice(seed ^ 0x1065)
    for at in range(OPENING + 23 * HOUR, END, every * DAY):
        name = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).strftime("%Y-%m-%d")
        for hoster in (hosters.WEBHOSTER, hosters.SMALLHOLD):
            one = Customer(hoster, 0, f"visitors-{name}", "", dice, at, None, None)
            yield from strands.collected(one, at, "visitors", f"log-{name}")


def enquirers(seed: int) -> Iterator[Happening]:
    """People who ask Sohosted something and never become customers: their question goes six months after it is resolved (SO-04)."""
    dice = Dice(seed ^ 0xA5C)
    for at in range(OPENING + 10 * HOUR, END, ENQUIRY_DAYS * DAY):
        one, ticket = Customer(hosters.SOHOSTED, 0, dice.ref("subj", 12), "", dice, at, None, None), dice.ref("ticket")
        yield from strands.asked(one, at, ticket)
        yield strands.milestone(one, at + 3 * DAY, "ENQUIRY_RESOLVED", ticket, "helpdesk")


def _event_id(at: int, dice: Dice) -> str:
    """A UUIDv7 of that moment."""
    number = (at // 1000 & (1 << 48) - 1) << 80 | 0x7 << 76 | (dice.number() & 0xFFF) << 64 | 0b10 << 62 | dice.number() >> 2
    return str(uuid.UUID(int=number))
