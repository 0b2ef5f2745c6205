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
HOUR = 3600 * 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PARTS: dict[str, tuple[str, ...]] = {
    "mijndomein": ("sold", "share_without_order", "mail_after_objection", "not_corrected", "transfer_after_shield", "answered_late"),
    "hostinghuis": ("export_first", "news_after_objection", "session_log_shared", "not_told_of_breach", "site_looked_at", "quits"),
    "webhoster": ("quits", "administration_shared", "content_consulted"),
    "smallhold": ("barred", "payment_data_kept", "unwanted_mail", "stored_abroad", "not_told_of_claim", "unknown_at_first"),
    "sohosted": ("newsletter_without_consent", "full_address_to_analytics", "seventh_mailing", "share_after_agreement", "extended"),
}
"""What sets a life apart, one customer each, in this order: a promise that is broken on purpose (`flaws`) or kept when it counts (`turns`)."""
MANY_BREAK = frozenset(
    {
        "sold", "share_without_order", "mail_after_objection", "news_after_objection", "session_log_shared", "administration_shared",
        "payment_data_kept", "unwanted_mail", "newsletter_without_consent", "full_address_to_analytics",
    }
)  # fmt: skip
"""What one in a hundred of the others does too."""
STAY = frozenset({"not_told_of_breach", "transfer_after_shield", "seventh_mailing", "share_after_agreement"})
"""Lives in which the customer stays to the end."""
EARLY_LEAVER = 0
"""The number of the customer of Mijndomein who left in the first year: the fiscal seven years are over within the demo."""


def day(text: str) -> int:
    """The first moment (UTC) of a day given as YYYY-MM-DD."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def month_of(at: int) -> tuple[int, int]:
    """Year and month (UTC) of a moment."""
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.year, moment.month


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

    part: what sets this life apart, by its word in PARTS, or empty.
    """

    hoster: Hoster
    number: int
    subject: str
    contract: str
    dice: Dice
    opened_at: int
    left_at: int | None
    erasure_at: int | None
    part: str = ""
    domains: list[Domain] = field(default_factory=list)

    @property
    def until(self) -> int:
        """The end of the life as a customer, or of the demo."""
        return END if self.left_at is None else self.left_at

    @property
    def quits(self) -> bool:
        """Whether this customer leaves by asking for erasure: the hoster then has to end the services (WH-12, HH-02)."""
        return self.part == "quits"


def customers(size: int, seed: int) -> Iterator[Customer]:
    """Make the customers in the order in which they open their accounts. The same size and seed give the same customers."""
    root = Dice(seed)
    for number in range(size):
        yield customer(number, size, root.fork())


def customer(number: int, size: int, dice: Dice) -> Customer:
    """Make one customer. The first ones of Mijndomein, HostingHuis and the webhoster are the people the story is about."""
    hoster, within = HOSTERS[number % len(HOSTERS)], number // len(HOSTERS)
    opened_at = working_hour(dice, OPENING + (LAST_OPENING - OPENING) * number // size)
    left_at = None if dice.chance(35) else opened_at + dice.between(200, 1600) * DAY
    if left_at is not None and left_at >= END - 30 * DAY:
        left_at = None
    parts = PARTS[hoster.name]
    many = [part for part in parts if part in MANY_BREAK]
    part = parts[within - 1] if 0 < within <= len(parts) else (dice.pick(many) if within and dice.chance(1) else "")
    one = Customer(hoster, number, dice.ref("subj", 12), dice.ref("contract"), dice, opened_at, left_at, None, part)
    if within == 0 and hoster.name in ("hostinghuis", "webhoster"):
        one.left_at = day("2021-03-01") + 11 * HOUR
    if number == EARLY_LEAVER:
        one.left_at = day("2018-11-15") + 11 * HOUR
    if one.left_at is not None and (within == 0 or dice.chance(25)):
        one.erasure_at = working_hour(dice, one.left_at + dice.between(20, 40 if number == EARLY_LEAVER else 120) * DAY)
        if one.erasure_at >= END - 60 * DAY:
            one.erasure_at = None
    _take_part(one)
    _order_domains(one, within)
    return one


def _take_part(one: Customer) -> None:
    """When this customer leaves and asks for erasure, where what sets the life apart depends on it."""
    if one.part in STAY:
        one.left_at = one.erasure_at = None
    elif one.part == "export_first":
        one.left_at, one.erasure_at = one.opened_at // DAY * DAY + 250 * DAY + 11 * HOUR, None
    elif one.quits:
        one.left_at = one.opened_at // DAY * DAY + 420 * DAY + 11 * HOUR
        one.erasure_at = one.left_at - 2 * DAY


def _order_domains(one: Customer, within: int) -> None:
    dice = one.dice
    count = 2 if within == 0 else 1 if one.part == "not_corrected" else dice.pick((1, 1, 1, 2, 2, 3))
    for number in range(count):
        from_at = working_hour(dice, one.opened_at + (number and dice.between(10, 500)) * DAY)
        from_at = max(from_at, one.opened_at + 600_000_000)
        if from_at >= one.until - 30 * DAY:
            break
        extension = ("com", "nl")[number] if within == 0 else dice.pick(("nl", "nl", "nl", "com", "com", "eu"))
        ended_at = one.left_at
        if within and dice.chance(20) and not (one.quits or one.part in STAY):
            early = from_at + dice.between(360, 800) * DAY
            ended_at = early if early < one.until else ended_at
        one.domains.append(Domain(dice.ref("dom"), extension, dice.ref("order"), dice.ref("service"), from_at, ended_at))


def working_hour(dice: Dice, at: int) -> int:
    """A moment of that day between 07:00 and 19:00 UTC."""
    return at // DAY * DAY + dice.between(7 * 3600, 19 * 3600) * 1_000_000
