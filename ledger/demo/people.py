"""Who the customers of the demo are: when they come and go, what they order, which of them ask for erasure. No names: references only.

Pure. Customer number k is at hoster k modulo five and comes after all with a lower number, so lives can begin one after another and 100,000 of
them never stand in memory before their time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ledger.demo.dice import Dice
from ledger.demo.hosters import HOSTERS, Hoster

DAY = 86_400 * 1_000_000
"""Microseconds; all moments here are microseconds since 1970 UTC."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FLAWS: dict[str, tuple[str, ...]] = {
    "mijndomein": ("sold", "share_without_order", "mail_after_objection"),
    "hostinghuis": ("news_after_objection", "session_log_shared"),
    "webhoster": ("administration_shared",),
    "smallhold": ("payment_data_kept", "unwanted_mail"),
    "sohosted": ("newsletter_without_consent", "full_address_to_analytics"),
}
"""Promises that are broken on purpose, one customer each."""


def day(text: str) -> int:
    """The first moment (UTC) of a day given as YYYY-MM-DD."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


OPENING, LAST_OPENING, END = day("2018-06-11"), day("2024-09-01"), day("2026-02-01")


@dataclass(slots=True)
class Domain:
    """One domain with the service and the order it came with. ended_at: None while it runs at the end of the demo."""

    ref: str
    extension: str
    order: str
    service: str
    from_at: int
    ended_at: int | None


@dataclass(slots=True)
class Customer:
    """One life in outline. left_at: when all services end (None: still a customer); erasure_at: when erasure is asked for.

    flaw: the promise that is broken in this life, by its word in FLAWS, or empty.
    """

    hoster: Hoster
    number: int
    subject: str
    contract: str
    dice: Dice
    opened_at: int
    left_at: int | None
    erasure_at: int | None
    flaw: str = ""
    domains: list[Domain] = field(default_factory=list)

    @property
    def until(self) -> int:
        """The end of the life as a customer, or of the demo."""
        return END if self.left_at is None else self.left_at


def customers(size: int, seed: int) -> Iterator[Customer]:
    """Make the customers in the order in which they open their accounts. The same size and seed give the same customers."""
    root = Dice(seed)
    for number in range(size):
        yield customer(number, size, root.fork())


def customer(number: int, size: int, dice: Dice) -> Customer:
    """Make one customer. The first one of HostingHuis and of the webhoster are the people the story is about."""
    hoster, within = HOSTERS[number % len(HOSTERS)], number // len(HOSTERS)
    opened_at = working_hour(dice, OPENING + (LAST_OPENING - OPENING) * number // size)
    left_at = None if dice.chance(35) else opened_at + dice.between(200, 1600) * DAY
    if left_at is not None and left_at >= END - 30 * DAY:
        left_at = None
    flaws = FLAWS[hoster.name]
    flaw = flaws[within - 1] if 0 < within <= len(flaws) else (dice.pick(flaws) if within and dice.chance(1) else "")
    one = Customer(hoster, number, dice.ref("subj", 12), dice.ref("contract"), dice, opened_at, left_at, None, flaw)
    if within == 0 and hoster.name in ("hostinghuis", "webhoster"):
        one.left_at = day("2021-03-01") + 11 * 3600 * 1_000_000
    if one.left_at is not None and (within == 0 or dice.chance(25)):
        one.erasure_at = working_hour(dice, one.left_at + dice.between(20, 120) * DAY)
        if one.erasure_at >= END - 60 * DAY:
            one.erasure_at = None
    _order_domains(one, within)
    return one


def _order_domains(one: Customer, within: int) -> None:
    dice = one.dice
    count = 2 if within == 0 else dice.pick((1, 1, 1, 2, 2, 3))
    for number in range(count):
        from_at = working_hour(dice, one.opened_at + (number and dice.between(10, 500)) * DAY)
        from_at = max(from_at, one.opened_at + 600_000_000)
        if from_at >= one.until - 30 * DAY:
            break
        extension = ("com", "nl")[number] if within == 0 else dice.pick(("nl", "nl", "nl", "com", "com", "eu"))
        ended_at = one.left_at
        if within and dice.chance(20):
            early = from_at + dice.between(360, 800) * DAY
            ended_at = early if early < one.until else ended_at
        one.domains.append(Domain(dice.ref("dom"), extension, dice.ref("order"), dice.ref("service"), from_at, ended_at))


def working_hour(dice: Dice, at: int) -> int:
    """A moment of that day between 07:00 and 19:00 UTC."""
    return at // DAY * DAY + dice.between(7 * 3600, 19 * 3600) * 1_000_000
