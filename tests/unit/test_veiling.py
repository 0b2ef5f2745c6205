"""Who sees no persons reads a placeholder where a name looks like one; addresses with either are taken from links."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.answers.shapes import Freshness, Term
from ledger.web.pages.addresses import without_personal
from ledger.web.veiling import Veil, is_veiled, veiled
from tests.past_the_sdk import CANARIES

CARE = Term("dpv:CustomerCare", "customer care")
FRESH = Freshness(simulated=True, time_reached=0, lag=0, partitions=(), known_at="0:123456782")


@dataclass(frozen=True)
class Line:
    activity: str
    stores: tuple[str, ...] = ("crm",)
    note: str = "call 0201234567, or Jan de Vries"
    email: str | None = "privacy@voorbeeld.nl"
    by_store: Any = None
    purpose: Term = CARE
    freshness: Freshness = FRESH
    next: str | None = "NL91ABNA0417164300"


@dataclass(frozen=True)
class Named:
    term: str
    label: str


class Asked:
    """In place of a query."""

    size = 3

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def register(self, controller: str) -> Any:
        return self.answer

    @contextmanager
    def every(self) -> Any:
        yield iter([self.answer])


@pytest.mark.parametrize("canary", CANARIES)
def test_a_name_that_looks_like_a_person_is_the_same_placeholder_wherever_it_stands(canary: str) -> None:
    found = Veil().over(Line(canary, (canary, "crm"), by_store={"store": canary}, purpose=Term(canary, canary)))

    assert found == Line("withheld-1", ("withheld-1", "crm"), by_store={"store": "withheld-1"}, purpose=Term("withheld-1", "withheld-1"))
    assert Veil().over(Named(canary, canary)) == Named("withheld-1", "withheld-1")


def test_two_values_have_two_placeholders() -> None:
    assert Veil().over((Line(CANARIES[0]), Line(CANARIES[1]), Line(CANARIES[0])))[1:] == (Line("withheld-2"), Line("withheld-1"))


def test_prose_offices_places_and_good_names_stay_and_are_not_copied() -> None:
    line = Line("order", by_store=Counter({("crm", "SIDN"): 2}))

    assert Veil().over(line) is line


def test_no_answer_of_an_ordinary_ledger_is_touched() -> None:
    """Every example of every question, those of officers too: terms of time, laws and their sources, prose."""
    examples = json.loads((Path(__file__).parents[2] / "ledger/web/examples.json").read_text(encoding="utf-8"))

    assert len(examples["operations"]) > 50
    assert Veil().over(examples, "answer") is examples


def test_it_passes_questions_on_and_looks_through_what_comes_back() -> None:
    query: Any = veiled(Asked(Line(CANARIES[0])))  # type: ignore[arg-type]

    assert query.register("hoster").activity == "withheld-1" and query.size == 3
    with query.every() as lines:
        assert [each.activity for each in lines] == ["withheld-1"]


@pytest.mark.parametrize("value", ["canary.bird%40voorbeeld.nl", "Jan+de+Vries", "withheld-12", "NL91ABNA0417164300"])
def test_a_link_that_would_carry_it_is_none(value: str) -> None:
    page = f'<p><a class="x" href="/sharing/list?controller=hoster&amp;store={value}&amp;on=">3</a></p>'

    assert without_personal(page) == '<p><a class="x">3</a></p>'


def test_other_links_stay() -> None:
    page = '<a href="/sharing/list?store=crm&amp;on=2018-06-01">3</a><a href="/events/0/123456782">x</a><a href="?after=NL91ABNA0417164300">next</a>'

    assert without_personal(page) == page
    assert not is_veiled("withheld") and not is_veiled("withheld-by-law")
