"""The words of an explanation in one language: sentences with places in braces, and how lists, terms, terms of time and moments are said.

The words themselves are data, `words_en.yaml` and `words_nl.yaml`, with the same keys and places. Reads those two files of the package and no other;
must never know what a policy means (that is the other modules of this package).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from importlib import resources
from typing import Any, Final

from ledger.contract.term_names import Language, term_name
from ledger.core.calendar import Duration
from ledger.marked_yaml import FindingsError, read_marked

LANGUAGES: Final[tuple[Language, ...]] = ("en", "nl")
_BYTES_MAX = 64 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHORT_NL: Final = {"GDPR": "AVG", "Algemene wet inzake rijksbelastingen": "AWR", "Burgerlijk Wetboek Book 2": "BW Boek 2"}
"""How Dutch texts cite a law; others by the name in the law library."""


class Words:
    """One language. `keys` are dotted: `term.starts`, `milestone.SERVICE_ENDED.ref`; the value of `weekdays` and `months` is a list."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        name = f"words_{language}.yaml"
        data, _, findings = read_marked((resources.files("ledger.explaining") / name).read_bytes(), name, bytes_max=_BYTES_MAX)
        if findings:
            raise FindingsError("words", findings, hint="install the package again")
        self.keys: dict[str, Any] = dict(_flat(data))

    def say(self, key: str, **places: object) -> str:
        """The sentence or part of one at a key, with its places filled."""
        sentence: str = self.keys[key]
        return sentence.format(**places)

    def code(self, group: str, value: str) -> str:
        """The words for a code, such as `necessity` REQUIRED; one that is not known is said as it stands."""
        return str(self.keys.get(f"{group}.{value}", value))

    def one_of(self, parts: Iterable[str]) -> str:
        """"a, b or c"."""
        return self._joined(list(parts), "joined.or")

    def all_of(self, parts: Iterable[str]) -> str:
        """"a, b and c"."""
        return self._joined(list(parts), "joined.and")

    def names(self, kind: str, values: Iterable[str]) -> list[str]:
        """The terms of a code list by name, sorted; purposes stand in quotes where the language needs that."""
        return sorted((self.name(kind, value) for value in values), key=str.casefold)

    def name(self, kind: str, value: str) -> str:
        """One term by name; the empty purpose is any other one."""
        if not value:
            return self.keys["joined.other_purpose"]  # type: ignore[no-any-return]
        found = term_name(kind, value, self.language)
        return self.say("joined.term", term=found) if kind == "purposes" else found

    def ground(self, value: str) -> str:
        """`eu-gdpr:A6-1-b` -> "contract (GDPR Art. 6(1)(b))"."""
        article, _, rest = value.rpartition(":")[2].removeprefix("A").partition("-")
        paragraph, _, letter = rest.partition("-")
        found = term_name("legal_bases", value, self.language)
        return self.say("joined.ground", ground=found, article=article, paragraph=paragraph, letter=letter) if letter else found

    def source(self, value: str) -> str:
        """A place in the law, as the language cites it: `GDPR Art. 46(2)(a)` -> "art. 46 lid 2 onder a AVG"."""
        return "; ".join(_dutch_source(each) for each in value.split("; ")) if self.language == "nl" else value

    def duration(self, value: Duration) -> str:
        """`P2Y` -> "2 years"; `P1Y6M` -> "1 year and 6 months"; nothing -> "0 days"."""
        years, months = divmod(value.months, 12)
        hours, rest = divmod(value.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        units = ((years, "year"), (months, "month"), (value.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
        counted = [(count, unit) for count, unit in units if count] or [(0, "day")]
        return self.all_of(f"{count} {self.keys[f'unit.{unit}.' + ('one' if count == 1 else 'many')]}" for count, unit in counted)

    def moment(self, micros: int, zone: tzinfo) -> str:
        """A moment to the second in legal time: "Thursday 30 June 2022 at 00:00:00 (UTC+02:00)"."""
        wall = (_EPOCH + timedelta(microseconds=micros)).astimezone(zone)
        weekday, month = self.keys["weekdays"][wall.weekday()], self.keys["months"][wall.month - 1]
        offset = f"UTC{wall:%z}"
        return self.say(
            "moment", weekday=weekday, day=wall.day, month=month, year=wall.year, time=f"{wall:%H:%M:%S}", offset=f"{offset[:-2]}:{offset[-2:]}"
        )

    def day(self, day: date) -> str:
        """"30 June 2022"."""
        return self.say("day", day=day.day, month=self.keys["months"][day.month - 1], year=day.year)

    def _joined(self, parts: list[str], conjunction: str) -> str:
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.keys[conjunction]} {parts[-1]}"


@cache
def words(language: Language) -> Words:
    """The words of a language; shared, do not change them."""
    return Words(language)


def _dutch_source(place: str) -> str:
    law, found, article = place.partition(" Art. ")
    if not found:
        return place
    article = re.sub(r"\(([a-z])\)", r" onder \1", re.sub(r"\((\d+)\)", r" lid \1", article))
    return f"art. {article} {_SHORT_NL.get(law, law)}"


def _flat(value: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value
