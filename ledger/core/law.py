"""What the law said on a day: statutes, transfers out of the EU, clocks. The law travels inside the compiled policy.

Pure: the plain data of a law library in (ledger/law/library.py makes it), frozen values out; the zone is handed in. Must
never read a file or fall back on a law that the data does not hold: a replay judges by the law that was published.
Source: docs/law.md, docs/judging.md section 4, decision 12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Any, Literal, NamedTuple, TypeVar

from ledger.core.calendar import Duration, Rounding, TermError, parse_duration, start_of_day
from ledger.core.compiled_values import entries_of_map, one_of, short_text, text
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.errors import DataError

# The version of the compiled form. A reader refuses another one.
LAW_FORMAT = 1
# Zones whose windows are kept; a ledger has one, Europe/Amsterdam.
ZONES_MEMO_MAX = 16

SafeguardKind = Literal["adequacy", "framework", "instrument", "derogation", "not_a_safeguard"]
Counted = Literal["regulation_1182_71", "real_time", "without_undue_delay"]
# inside: no transfer, as within the EU; adequate: a decision covers the country; safeguarded: the named safeguard holds;
# lapsed: it is known, but not in force then; not_a_safeguard: it carries no transfer, or not to that country; unknown: the
# library does not know it; none: nothing was named.
TransferState = Literal["inside", "adequate", "safeguarded", "lapsed", "not_a_safeguard", "unknown", "none"]
LAWFUL: frozenset[TransferState] = frozenset({"inside", "adequate", "safeguarded"})

_ALWAYS_FROM, _ALWAYS_UNTIL = -(2**63), 2**63


class LawError(DataError):
    """The law in a compiled policy cannot be read. It was not made by `ledger policy publish`, or by a newer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What all entries have. from_day: the first day it holds; until: the first day it no longer does; None is open."""

    id: str
    title: str
    source: str
    name_nl: str = ""
    note: str = ""
    from_day: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute(Entry):
    """A law that demands data. term: how long it is kept, None when the law sets no term of its own.

    follows: the entry whose place it took; a term that cites that one is, from this one's first day on, counted by this one.
    """

    term: Duration | None = None
    rounding: Rounding = "none"
    follows: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory(Entry):
    """Countries (ISO 3166-1 alpha-2) that are inside, or that a decision found adequate."""

    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Safeguard(Entry):
    """What a transfer rests on, by its term of the code list. countries: the only ones it covers; empty is all."""

    kind: SafeguardKind
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Entry):
    """A period for an answer or a notice. within: None without a number; regulation_1182_71: as core/working_days.py counts.

    follows: the entry whose place it took, as for statutes: who asks for that one is answered by this one from its first day on.
    """

    counted: Counted
    within: Duration | None = None
    extendable_by: Duration | None = None
    follows: str | None = None


Followed = TypeVar("Followed", Statute, Clock)


class Window(NamedTuple):
    """From when until when, in microseconds since 1970 UTC; until excluded. id: of the entry."""

    start: int
    end: int
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LawInZone:
    """A law with its days turned into instants of one zone: each question is a look-up and a comparison or two.

    first: statute -> the one that it goes back to. A law that comes with a policy may go round in circles: those go back to none.
    """

    statutes: dict[str, Window]
    inside: dict[str, tuple[Window, ...]]
    adequate: dict[str, tuple[Window, ...]]
    safeguards: dict[str, tuple[Window, SafeguardKind, frozenset[str]]]
    clocks: dict[str, tuple[tuple[Window, Clock], ...]]
    terms: dict[str, tuple[Duration, Rounding]] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def is_same_statute(self, one: str | None, other: str) -> bool:
        """Say whether two names are of one statute: the same name, or each followed another until both come from one."""
        return one is not None and self.first.get(one, one) == self.first.get(other, other)

    def statute_in_force(self, statute: str, at: int) -> bool | None:
        """Say whether a statute was in force at an instant; None when the library does not know it."""
        window = self.statutes.get(statute)
        return None if window is None else window.start <= at < window.end

    def clock_in_force(self, clock: str, at: int) -> bool | None:
        """Say whether a clock's law applied at an instant, in any of its versions; None when the library does not know it."""
        return self.clock_at(clock, at) is not None if clock in self.clocks else None

    def clock_at(self, clock: str, at: int) -> Clock | None:
        """Answer the version of a clock that applied at an instant; None when none did, or the library does not know it."""
        return next((version for window, version in self.clocks.get(clock, ()) if window.start <= at < window.end), None)

    def transfer(self, country: str, safeguard: str | None, at: int) -> TransferState:
        """Say what data going to a country (ISO 3166-1 alpha-2) at an instant rested on; those of LAWFUL are allowed."""
        if _window_at(self.inside.get(country, ()), at) is not None:
            return "inside"
        if _window_at(self.adequate.get(country, ()), at) is not None:
            return "adequate"
        if safeguard is None:
            return "none"
        known = self.safeguards.get(safeguard)
        if known is None:
            return "unknown"
        window, kind, countries = known
        if kind == "not_a_safeguard" or (countries and country not in countries):
            return "not_a_safeguard"
        if kind == "adequacy":  # a decision was named, and none covers that country then
            return "lapsed" if country in self.adequate else "not_a_safeguard"
        return "safeguarded" if window.start <= at < window.end else "lapsed"

    def covered_by(self, country: str, at: int) -> str | None:
        """Answer the id of the membership or adequacy decision that covers a country at an instant, if any."""
        window = _window_at(self.inside.get(country, ()), at) or _window_at(self.adequate.get(country, ()), at)
        return None if window is None else window.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One version of the law library. version: its date, YYYY-MM-DD. Immutable; shared by all that judge by it."""

    name: str
    version: str
    statutes: dict[str, Statute]
    inside: dict[str, Territory]
    adequacy: dict[str, Territory]
    safeguards: dict[str, Safeguard]
    clocks: dict[str, Clock]
    _zones: dict[tzinfo, LawInZone] = field(default_factory=dict, init=False, repr=False, compare=False)

    def statute(self, statute: str) -> Statute | None:
        """Answer a statute, or None when it is unknown."""
        return self.statutes.get(statute)

    def term_of(self, statute: str) -> tuple[Duration, Rounding] | None:
        """Answer how long a statute demands that data is kept; None when it is unknown or sets no term."""
        found = self.statutes.get(statute)
        return None if found is None or found.term is None else (found.term, found.rounding)

    def clock(self, clock: str) -> Clock | None:
        """Answer a clock, or None when it is unknown."""
        return self.clocks.get(clock)

    def in_zone(self, zone: tzinfo) -> LawInZone:
        """Answer this law with its days beginning at midnight in zone; worked out once per zone."""
        found = self._zones.get(zone)
        if found is None:
            if len(self._zones) >= ZONES_MEMO_MAX:
                self._zones.clear()
            found = self._zones[zone] = LawInZone(
                statutes={each.id: _window(each, zone) for each in self.statutes.values()},
                inside=_by_country(self.inside, zone),
                adequate=_by_country(self.adequacy, zone),
                safeguards={each.id: (_window(each, zone), each.kind, each.countries) for each in self.safeguards.values()},
                clocks={name: tuple((_window(each, zone), each) for each in versions_of(self.clocks, name)) for name in self.clocks},
                terms={each.id: (each.term, each.rounding) for each in self.statutes.values() if each.term is not None},
                first={
                    each.id: oldest.follows or oldest.id
                    for oldest in self.statutes.values() if oldest.follows not in self.statutes
                    for each in versions_of(self.statutes, oldest.id)
                },
            )
        return found


def versions_of(entries: Mapping[str, Followed], name: str) -> list[Followed]:
    """An entry and those that followed it, directly or in turn; empty when the law does not know it."""
    found = [entries[name]] if name in entries else []
    for known in found:  # grows while it is read
        found += [each for each in entries.values() if each.follows == known.id and each not in found]
    return found


def law_from(data: Mapping[str, Any]) -> Law:
    """Read the plain data of a law library.

    Raises:
        LawError: not a compiled law library, or of another format version.
    """
    try:
        if data["format"] != LAW_FORMAT:
            raise LawError(f"cannot read law: expected format {LAW_FORMAT}, got another", hint="install the release that wrote it")
        return Law(
            name=short_text(data["law"]),
            version=date.fromisoformat(data["version"]).isoformat(),
            statutes=statutes_from(data),
            inside={id_: _territory(id_, body) for id_, body in entries_of_map(data["inside"])},
            adequacy={id_: _territory(id_, body) for id_, body in entries_of_map(data["adequacy"])},
            safeguards={id_: _safeguard(id_, body) for id_, body in entries_of_map(data["safeguards"])},
            clocks={id_: _clock(id_, body) for id_, body in entries_of_map(data["clocks"])},
        )
    except (KeyError, TypeError, ValueError, AttributeError, TermError) as error:
        raise LawError(
            "cannot read law: expected the compiled form, got something else",
            hint="publish policies with `ledger policy publish`",
        ) from error


def statutes_from(data: Mapping[str, Any]) -> dict[str, Statute]:
    """Read the statutes alone.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, TermError: not those of a law library.
    """
    return {id_: _statute(id_, body) for id_, body in entries_of_map(data["statutes"])}


def _statute(id_: str, body: Mapping[str, Any]) -> Statute:
    return Statute(
        **_entry(id_, body),
        term=_duration(body, "term"),
        rounding=one_of(body.get("rounding", "none"), "none", "calendar_year_end"),
        follows=short_text(body["follows"]) if "follows" in body else None,
    )


def _territory(id_: str, body: Mapping[str, Any]) -> Territory:
    return Territory(**_entry(id_, body), countries=_countries(body["countries"]))


def _safeguard(id_: str, body: Mapping[str, Any]) -> Safeguard:
    return Safeguard(
        **_entry(id_, body),
        kind=one_of(body["kind"], "adequacy", "framework", "instrument", "derogation", "not_a_safeguard"),
        countries=frozenset(_countries(body.get("countries", ()))),
    )


def _clock(id_: str, body: Mapping[str, Any]) -> Clock:
    return Clock(
        **_entry(id_, body),
        counted=one_of(body["counted"], "regulation_1182_71", "real_time", "without_undue_delay"),
        within=_duration(body, "within"),
        extendable_by=_duration(body, "extendable_by"),
        follows=short_text(body["follows"]) if "follows" in body else None,
    )


def _entry(id_: str, body: Mapping[str, Any]) -> dict[str, Any]:
    first, until = _day(body, "from"), _day(body, "until")
    if first is not None and until is not None and first >= until:
        raise ValueError("expected from before until")
    return {
        "id": short_text(id_),
        "title": text(body["title"]),
        "source": text(body["source"]),
        "name_nl": text(body.get("name_nl", "")),
        "note": text(body.get("note", "")),
        "from_day": first,
        "until": until,
    }


def _day(body: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(body[name]) if name in body else None


def _duration(body: Mapping[str, Any], name: str) -> Duration | None:
    return parse_duration(body[name]) if name in body else None


def _countries(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or len(values) > LIST_ENTRIES_MAX:
        raise ValueError(f"expected a list of at most {LIST_ENTRIES_MAX} countries, got something else")
    return tuple(short_text(value) for value in values)


def _window(entry: Entry, zone: tzinfo) -> Window:
    return Window(
        _ALWAYS_FROM if entry.from_day is None else start_of_day(entry.from_day, zone),
        _ALWAYS_UNTIL if entry.until is None else start_of_day(entry.until, zone),
        entry.id,
    )


def _by_country(territories: Mapping[str, Territory], zone: tzinfo) -> dict[str, tuple[Window, ...]]:
    found: dict[str, tuple[Window, ...]] = {}
    for territory in territories.values():
        window = _window(territory, zone)
        for country in territory.countries:
            found[country] = (*found.get(country, ()), window)
    return found


def _window_at(windows: tuple[Window, ...], at: int) -> Window | None:
    for window in windows:
        if window.start <= at < window.end:
            return window
    return None
