"""Countries on pages: each that a field may name has a name in both languages, with its code; what is not known is said in words."""

from __future__ import annotations

import pytest

from ledger.sdk.countries import COUNTRIES
from ledger.web.pages.countries import countries_offered, country_name, names


def test_every_country_that_a_field_may_name_has_a_name_in_both_languages() -> None:
    assert set(names()) == COUNTRIES
    assert {code for code, name in names().items() if set(name) != {"nl", "en"} or not all(name.values())} == set()


@pytest.mark.parametrize(("code", "dutch", "english"), [
    ("NL", "Nederland (NL)", "Netherlands (NL)"), ("US", "Verenigde Staten (US)", "United States (US)"), ("DE", "Duitsland (DE)", "Germany (DE)"),
    ("XX", "XX", "XX"), (None, "onbekend", "unknown"), ("-", "onbekend", "unknown"),
])  # fmt: skip
def test_a_country_is_called_by_its_name(code: str | None, dutch: str, english: str) -> None:
    assert (country_name(code, "nl"), country_name(code, "en")) == (dutch, english)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_all_are_offered_by_name_and_the_unknown_one_last(language: str) -> None:
    offered = countries_offered(language)

    assert {code for code, _ in offered} == COUNTRIES | {"-"} and offered[-1][0] == "-"
    said = [name.partition(" (")[0] for _, name in offered]
    assert said.index("Åland" if language == "nl" else "Åland Islands") < said.index("Albanië" if language == "nl" else "Albania")
    assert said.index("België" if language == "nl" else "Belgium") < said.index("Nederland" if language == "nl" else "Netherlands")
