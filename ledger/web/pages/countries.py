"""What a country is called on a page: its name in the language of the page with its code behind it, `Nederland (NL)`.

Must never hide a code that has no name: old events and other people's policies stay readable. Source of the names: Unicode CLDR; countries.json says
which version, and under which licence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final
from unicodedata import combining, normalize

from ledger.answers.shapes_behind import NONE
from ledger.web.pages.labels import words

UNKNOWN: Final = (None, "", NONE)
"""How answers and addresses say that no country is known."""


def country_name(code: str | None, language: str) -> str:
    """`NL` -> `Nederland (NL)`; one that nobody knows, in words."""
    if code in UNKNOWN:
        return words()["unknown"][language]
    name = names().get(code or "")
    return code or "" if name is None else f"{name[language]} ({code})"


@cache
def countries_offered(language: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country in the order of its name, with what is not known behind them."""
    every = [(code, country_name(code, language)) for code in names()]
    return (*sorted(every, key=lambda each: _plain(each[1])), (NONE, country_name(None, language)))


def _plain(name: str) -> str:
    """Without accents: `Åland` stands before `Albanië`."""
    return "".join(each for each in normalize("NFKD", name) if not combining(each)).casefold()


@cache
def names() -> Mapping[str, Mapping[str, str]]:
    """code -> language -> name."""
    found: Mapping[str, Mapping[str, str]] = json.loads(files(__name__.rpartition(".")[0]).joinpath("countries.json").read_text("utf-8"))["names"]
    return found
