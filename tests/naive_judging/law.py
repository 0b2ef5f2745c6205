"""A small table of the law as the second judge knows it: countries, safeguards and statutes, with the days on which they held.

Must never read the ledger's own library of law. Days begin at midnight in Amsterdam; a last day is written as the first day on which it is over.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALWAYS = "0001-01-01"
NEVER = "9999-12-31"

EEA = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL",
    "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
# Decisions on whole countries (GDPR Art. 45, before it Directive 95/46 Art. 25), by the day of the decision.
ADEQUATE = {
    "CH": "2000-07-26", "CA": "2001-12-20", "AR": "2003-06-30", "GG": "2003-11-21", "IM": "2004-04-28", "JE": "2008-05-08", "FO": "2010-03-05",
    "AD": "2010-10-19", "IL": "2011-01-31", "UY": "2012-08-21", "NZ": "2012-12-19", "JP": "2019-01-23", "KR": "2021-12-17",
    # A member until 2020, then as if one (Withdrawal Agreement Art. 127, TCA Art. FINPROV.10A), then by decision.
    "GB": ALWAYS,
}  # fmt: skip
SAFEGUARDS = {
    "ledger:SafeHarbour": ("2000-07-26", "2015-10-06"),
    "ledger:PrivacyShield": ("2016-07-12", "2020-07-16"),
    "ledger:DataPrivacyFramework": ("2023-07-10", NEVER),
    **{f"eu-gdpr:A46-{part}": (ALWAYS, NEVER) for part in ("2-a", "2-b", "2-c", "2-d", "2-e", "2-f", "3-a")},
    **{f"eu-gdpr:A49-1-{letter}": (ALWAYS, NEVER) for letter in "abcdefg"},
}
OF_THE_US = ("ledger:SafeHarbour", "ledger:PrivacyShield", "ledger:DataPrivacyFramework")
NO_SAFEGUARDS = ("ledger:ProcessingAgreement",)
TELECOM_RETENTION = "nl-tw-13-2a"
STATUTES = {"nl-awr-52": (ALWAYS, NEVER), TELECOM_RETENTION: ("2009-09-01", "2015-03-11")}


def wall_clock(moment: int) -> datetime:
    """Microseconds since 1970 as a clock in Amsterdam shows them."""
    return (EPOCH + timedelta(microseconds=moment)).astimezone(AMSTERDAM)


def in_force(window: tuple[str, str], moment: int) -> bool:
    """From the first day on, until the day it is over."""
    return window[0] <= wall_clock(moment).date().isoformat() < window[1]


def is_inside(country: str, moment: int) -> bool:
    """A member of the EEA; the United Kingdom until the decision on it, by the agreements on its leaving."""
    return country in EEA or (country == "GB" and in_force((ALWAYS, "2021-06-28"), moment))


def country_is_safe(country: str | None, moment: int) -> bool:
    """No country said, inside the EEA, or one with a decision that day."""
    return country is None or country in EEA or (country in ADEQUATE and in_force((ADEQUATE[country], NEVER), moment))


def safeguard_problem(country: str | None, safeguard: str | None, moment: int, ended_by_register: bool) -> str | None:
    """The rule that a transfer with this safeguard breaks, or None. ended_by_register: its validity there is over."""
    if safeguard in NO_SAFEGUARDS or (safeguard in OF_THE_US and country != "US"):
        return "transfer-not-a-safeguard"
    if safeguard == "eu-gdpr:A45-3":  # no decision covers it that day: else the country were safe
        return "transfer-lapsed" if country in ADEQUATE else "transfer-not-a-safeguard"
    if safeguard is None or safeguard not in SAFEGUARDS:
        return "transfer-without-safeguard"
    if ended_by_register or not in_force(SAFEGUARDS[safeguard], moment):
        return "transfer-lapsed"
    return None


def statute_in_force(statute: str | None, moment: int) -> bool:
    """No statute named, or a known one that was in force."""
    return statute is None or (statute in STATUTES and in_force(STATUTES[statute], moment))


def a_year_before(moment: int) -> int:
    """The same wall-clock time a year earlier: 28 February for the 29th, the first moment after a gap, the second of two."""
    wall = wall_clock(moment).replace(tzinfo=None)
    try:
        earlier = wall.replace(year=wall.year - 1)
    except ValueError:
        earlier = wall.replace(year=wall.year - 1, day=28)
    second = earlier.replace(tzinfo=AMSTERDAM, fold=1)
    # In a gap, fold=1 is read with the offset of summer and lands before the gap: go on to where the clock goes on.
    if second.astimezone(UTC).astimezone(AMSTERDAM).replace(tzinfo=None) != earlier:
        second = earlier.replace(hour=3, minute=0, second=0, microsecond=0, tzinfo=AMSTERDAM)
    return (second.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
