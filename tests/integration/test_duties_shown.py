"""Duties other than erasing: each number by kind, on the first page and on that of deletion, leads to as many, each with its events."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.due import OTHER_KINDS
from ledger.answers.query import Query
from ledger.web.access import DISCLOSURES
from ledger.web.pages import listing
from ledger.web.pages.duties import by_kind
from ledger.web.roles import Role
from tests.integration.test_apart import A
from tests.lives_world import world_of_lives  # noqa: F401  a fixture
from tests.web_world import WebWorld

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


def page(world: WebWorld, address: str, role: Role = Role.DPO, **asked: str) -> str:
    answer = world.client().get(address, params=asked or None, headers=ENGLISH | world.key(role, "*"))
    assert answer.status_code == 200
    return str(answer.text)


def rows_of(text: str) -> list[str]:
    return re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", text.partition("<main")[2], re.DOTALL)


def counted(world: WebWorld, controller: str | None = None) -> Counter[tuple[str, str]]:
    """By kind and state, in any order of theirs, from the rows."""
    with closing(PostgresReader(world.dsn)) as reader:
        every = Query(reader).obligations(controller=controller, limit=100_000).obligations
    return Counter((each.kind, each.state) for each in every if each.kind != "ERASE")


@pytest.mark.parametrize("address", ["/", "/deletion"])
@pytest.mark.parametrize("controller", ["", A])
def test_each_number_by_kind_leads_to_as_many(world: WebWorld, monkeypatch: pytest.MonkeyPatch, address: str, controller: str) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    table = page(world, f"{address}?controller={controller}").partition('id="duties"')[2].partition("</section>")[0]
    found = {unescape(link): int(number) for link, number in re.findall(r'href="(/duties\?[^"]*)">(\d+)</a>', table)}
    asked = {(parse_qs(urlsplit(link).query)["kind"][0], parse_qs(urlsplit(link).query)["state"][0]): number for link, number in found.items()}

    assert asked == dict(counted(world, controller or None)) and {state for _, state in asked} == {"OPEN", "OVERDUE"}
    for link, number in found.items():
        rows, following = list[str](), [link]
        while following:
            text = page(world, following.pop())
            rows += rows_of(text)
            following = [unescape(each) for each in re.findall(r'href="(/duties\?[^"]*after=[^"]*)"', text)]
        assert len(rows) == number and all(re.search(r'href="/events/\d+/\d+"', row) for row in rows), link


def test_without_a_choice_all_that_is_not_done_is_listed_and_what_is_no_kind_or_state_chooses_nothing(world: WebWorld) -> None:
    every = page(world, "/duties")

    assert len(rows_of(every)) == counted(world).total() > 0
    assert rows_of(page(world, "/duties", kind="DANCE", state="SOON")) == rows_of(every)
    done = rows_of(page(world, "/duties", state="MET"))
    with closing(PostgresReader(world.dsn)) as reader:
        assert len(done) == len(Query(reader).obligations(("MET",), kinds=OTHER_KINDS, limit=100_000).obligations) > 0
        (who, *_) = {each.holder for each in Query(reader).obligations(kinds=OTHER_KINDS).obligations}
    assert len(rows_of(page(world, "/duties", holder=who))) == len([row for row in rows_of(every) if f"<td data-label=\"Who\">{who}" in row]) > 0


def test_a_manager_reads_no_person_and_no_single_line_on_a_disclosure(world: WebWorld) -> None:
    text = page(world, "/duties", Role.MANAGER)
    with closing(PostgresReader(world.dsn)) as reader:
        told = [each for each in Query(reader).obligations(kinds=OTHER_KINDS, limit=1_000).obligations if each.about not in DISCLOSURES]

    assert len(rows_of(text)) == len(told) > 0
    assert "subject_ref" not in text and "/events/" not in text and not {each.subject_ref for each in told} & set(re.findall(r"\w+", text))
    assert page(world, "/", Role.MANAGER).partition('id="duties"')[2].partition("</section>")[0].count("/duties?") == len(counted(world))


def test_the_same_over_http_and_a_kind_that_nobody_knows_is_refused(world: WebWorld) -> None:
    client, key = world.client(), world.key(Role.DPO, "*")
    for (kind, state), number in counted(world).items():
        answer = client.get("/v1/obligations", params={"kind": kind.lower(), "state": state}, headers=key).json()
        assert len(answer["obligations"]) == number and {each["kind"] for each in answer["obligations"]} == {kind}
    refused = client.get("/v1/obligations", params={"kind": ["ANSWER", "DANCE"]}, headers=key)
    assert (refused.status_code, refused.json()["field"]) == (422, "kind")


def test_a_line_for_each_kind_the_latest_first() -> None:
    def duties(kind: str, state: str, number: int, oldest: str) -> dict[str, Any]:
        return {"kind": kind, "state": state, "number": number, "oldest": oldest}

    told = [duties("ANSWER", "OPEN", 3, "2020-02-01"), duties("RECTIFY", "OVERDUE", 1, "2020-03-01"), duties("ANSWER", "OPEN", 2, "2020-01-01")]

    assert by_kind(told) == [
        {"kind": "RECTIFY", "late": 1, "open": 0, "oldest": "2020-03-01"}, {"kind": "ANSWER", "late": 0, "open": 5, "oldest": "2020-01-01"},
    ]  # fmt: skip
