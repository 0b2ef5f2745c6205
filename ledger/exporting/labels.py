"""Registers with the names of codes beside the codes, for who opens a CSV in a spreadsheet. Pure: rows in, wider rows out, one at a time.

A column `role` gets `role_label` behind it, in one language. Only where it is asked for: what programs read by place, and files that are held against
a hash, stay as they were. A code that nobody has a name for is spelt out, nothing stays nothing. Source: docs/exports.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from ledger.contract import vocabulary
from ledger.contract.term_names import spelt, term_name
from ledger.exporting.asked import Language
from ledger.exporting.columns import Column, Row
from ledger.exporting.words import Saying

ENDING: Final = "_label"
_WHOM_AND_WHAT: Final = {"role": "recipient_roles", "purpose": "purposes", "categories": "categories"}
NAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "recipients": {
        **_WHOM_AND_WHAT, "erased": "categories", "agreement_state": "agreement", "safeguard": "safeguards", "safeguard_state": "transfer",
        "stated_recipient": "stated", "stated_outside": "stated", "stated_safeguard": "stated",
    },
    "agreements": {
        "role": "recipient_roles", "state": "agreement", "purposes": "purposes", "categories": "categories", "recipient_state": "agreement",
        "lacks": "purposes: categories",
    },
    "transfers": {
        "role": "recipient_roles", "categories": "categories", "purposes": "purposes", "safeguard": "safeguards", "safeguard_state": "transfer",
    },
    "breaches": {
        "categories": "categories", "risk": "risk", "consequences": "breach_consequences", "measures": "breach_measures", "notice": "asked",
    },
    "breach-people": {"categories": "categories", "notice": "asked"},
    "disclosures": {
        "requester": "requester_kinds recipient_roles", "ground": "disclosure_grounds", "asked": "categories", "decision": "decision",
        "decided": "categories", "beyond": "categories", "notice": "told",
    },
    "requests": {
        "right": "right", "state": "request", "categories": "categories", "identity": "identity", "outcome": "outcome",
        "refused": "-: refusal_reasons",
    },
    "retention": {
        "roles": "recipient_roles", "purposes": "purposes", "categories": "categories", "anchors": "milestone", "mode": "mode", "per": "per",
        "term": "length",
    },
    "retention-gaps": {**_WHOM_AND_WHAT, "reason": "gap", "waits_for": "milestone"},
    "retention-overruns": {"state": "duty_state"},
    "due": {"state": "duty_state", "kind": "duty", "purpose": "purposes", "categories": "categories"},
    "violations": {"rule": "broken", "severity": "severity", "purpose": "purposes", "categories": "categories"},
    "obligations": {"kind": "duty", "purpose": "purposes", "categories": "categories", "state": "duty_state", "reason": "called_off"},
    "holdings": {**_WHOM_AND_WHAT, "legal_basis": "legal_bases", "safeguard": "safeguards", "erased": "categories"},
    "look-ups": {"purpose": "purposes", "categories": "categories", "who": "who"},
}  # fmt: skip
"""Register -> column -> what names its codes: code lists in the order in which they are tried, a group of code_names.json, `length` (a term
in English words), `broken` (a rule of rule_names.json); `a: b`: two codes with a colon between them, `-`: the first is a name."""


def labelled_columns(register: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns, each that has codes followed by one with their names."""
    named = NAMED[register]
    return tuple(each for column in columns for each in ((column, _label_of(column)) if column.name in named else (column,)))


def _label_of(column: Column) -> Column:
    return Column(column.name + ENDING, column.kind, f"the name of {column.name}")


def labelled_rows(register: str, columns: Sequence[Column], rows: Iterable[Row], language: Language) -> Iterator[Row]:
    """The rows, as wide as those columns."""
    ways = [NAMED[register].get(column.name) for column in columns]
    names = {way: _naming(way, language) for way in ways if way is not None}
    for row in rows:
        wide: list[Any] = []
        for way, value in zip(ways, row, strict=True):
            wide.append(value)
            if way is not None:
                wide.append(tuple(map(names[way], value)) if isinstance(value, tuple) else None if value is None else names[way](value))
        yield tuple(wide)


def _naming(way: str, language: Language) -> Callable[[str], str]:
    first, colon, second = way.partition(": ")
    if colon:
        before, after = _naming(first, language), _naming(second, language)

        def both(value: str) -> str:
            left, _, right = value.rpartition(": ")
            return f"{before(left)}: {after(right)}"

        return both
    return lru_cache(maxsize=1024)(lambda value: label(way, value, language))


@cache
def code_names() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """What the codes of our own are called, in files for people and on pages: group -> code -> language -> text. Sources: docs/answers.md; the fixed
    lists of `schemas/`."""
    found: Mapping[str, Mapping[str, Mapping[str, str]]] = json.loads(files("ledger.exporting").joinpath("code_names.json").read_text("utf-8"))
    return found


@cache
def rule_names() -> Mapping[str, Mapping[str, str]]:
    """What each rule that an act can break says: rule -> language -> text. A test holds it to the core and to docs/judging.md, docs/duties.md."""
    found: Mapping[str, Mapping[str, str]] = json.loads(files("ledger.exporting").joinpath("rule_names.json").read_text("utf-8"))
    return found


def label(way: str, value: str, language: Language) -> str:
    """What a code is called. way: as in NAMED, of one code."""
    if way == "-":
        return value
    if way == "length":
        return Saying(language).length(value)
    if way == "broken":
        return rule_names()[value][language] if value in rule_names() else spelt(value)
    if way in code_names():
        names = code_names()[way].get(value)
        return spelt(value) if names is None else names[language]
    kinds = way.split(" ")
    return term_name(next((kind for kind in kinds if vocabulary.is_term(kind, value)), kinds[0]), value, language)
