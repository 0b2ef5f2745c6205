"""Two answers about one subject, line by line: what is other, what only the second has, what only the first has. Pure.

A line is a holding, an obligation, a consent, ... as `ledger subject show --json` tells it, known by what names it, not by its place in a list. How
old something is says nothing about what is known, so ages are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from ledger.answers.differences import Cause
from ledger.answers.shapes import as_json
from ledger.answers.shapes_subject import SubjectAnswer

Change = Literal["OTHER", "NEW", "GONE"]
Line = dict[str, Any]
Name = tuple[str, str]
"""(kind, what names it within its kind)."""

PASSED_OVER: Final = frozenset({"age_seconds", "late_by_seconds", "escalation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDifference:
    """One line. OTHER: then and now hold the fields that differ. NEW: there is none then; GONE: none now, or nothing is held any more."""

    change: Change
    kind: str
    name: str
    then: Line | None
    now: Line | None
    because_of: tuple[Cause, ...] = ()


def lines_of(answer: SubjectAnswer) -> dict[Name, Line]:
    """Every line of an answer, by its name."""
    said, found = as_json(answer), dict[Name, Line]()
    for field, (kind, name_of) in _LINES.items():
        for each in _each(said[field]):
            line = {key: value for key, value in each.items() if key not in PASSED_OVER}
            name, number = (kind, name_of(line)), 1
            while name in found:  # two of one name: in the order in which the answer has them
                number += 1
                name = (kind, f"{name_of(line)} ({number})")
            found[name] = line
    return found


def differing(then: dict[Name, Line], now: dict[Name, Line]) -> Iterator[LineDifference]:
    """The lines that are not the same, those of one kind together."""
    for kind, name in sorted({**then, **now}, key=lambda each: (_ORDER[each[0]], each[1])):
        before, after = then.get((kind, name)), now.get((kind, name))
        if before == after:
            continue
        if before is None or after is None:
            yield LineDifference(change="NEW" if before is None else "GONE", kind=kind, name=name, then=before, now=after)
            continue
        fields = [field for field in before if before[field] != after[field]]
        is_gone = kind == "holding" and bool(before["categories"]) and not after["categories"]
        yield LineDifference(
            change="GONE" if is_gone else "OTHER", kind=kind, name=name, then={each: before[each] for each in fields},
            now={each: after[each] for each in fields},
        )  # fmt: skip


def events_in(line: Any) -> list[tuple[str, int | None]]:
    """(event id, offset) of each event that a line names."""
    if isinstance(line, dict):
        own = [(line["event_id"], line.get("offset"))] if "event_id" in line else []
        return [*own, *(found for each in line.values() for found in events_in(each))]
    return [found for each in line for found in events_in(each)] if isinstance(line, list) else []


def _each(field: Any) -> list[Line]:
    return field if isinstance(field, list) else [] if field is None else [field]


def _term(of: dict[str, str] | None) -> str | None:
    return None if of is None else of["term"]


def _named(*parts: str | None) -> str:
    return " / ".join("-" if part is None else part for part in parts)


def _terms(of: list[dict[str, str]]) -> str:
    return " ".join(each["term"] for each in of) or "all"


_LINES: Final[dict[str, tuple[str, Callable[[Line], str]]]] = {
    "holdings": ("holding", lambda of: _named(of["holder"], of["store"], _term(of["purpose"]), of["ref"], *of["chain"][-2:-1])),
    "obligations": ("obligation", lambda of: of["obligation_id"]),
    "consents": ("consent", lambda of: _named(_term(of["purpose"]), of["channel"], of["recipient"])),
    "objections": ("objection", lambda of: _named(_term(of["purpose"]), of["channel"])),
    "requests": ("request", lambda of: of["request_ref"]),
    "holds": ("hold", lambda of: of["hold_ref"]),
    "erasures": ("erasure", lambda of: _named(of["by"], of["store"], _terms(of["categories"]), _terms(of["purposes"]), of["ref"])),
    "violations": ("violation", lambda of: _named(of["promise"], of["rule"], of["event"]["event_id"])),
    "key_destroyed": ("key", lambda _: "destroyed"),
}
_ORDER: Final = {kind: place for place, kind in enumerate([*(kind for kind, _ in _LINES.values()), "verdict"])}
