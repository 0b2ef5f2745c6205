"""Holds on the pages and over HTTP: the number on the page of deletion leads to as many, for auditor and officer alone."""

from __future__ import annotations

import re
from contextlib import closing
from html import unescape

import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from ledger.web.pages import listing
from ledger.web.roles import Role
from tests.integration.test_apart import A, B
from tests.lives_world import world_of_lives  # noqa: F401  a fixture
from tests.web_world import WebWorld

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


def page(world: WebWorld, address: str, role: Role = Role.DPO, *controllers: str) -> str:
    answer = world.client().get(address, headers=ENGLISH | world.key(role, *(controllers or ("*",))))
    assert answer.status_code == 200
    return str(answer.text)


def rows_of(text: str) -> list[str]:
    return re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", text.partition("<main")[2], re.DOTALL)


def section(text: str) -> str:
    return text.partition('id="holds"')[2].partition("</section>")[0]


def all_of(world: WebWorld, address: str) -> list[str]:
    """The rows of a list to its end."""
    rows, following = list[str](), [address]
    while following:
        text = page(world, following.pop())
        rows += rows_of(text)
        following = [unescape(each) for each in re.findall(r'href="(/deletion/holds\?[^"]*after=[^"]*)"', text)]
    return rows


@pytest.mark.parametrize("controller", ["", A])
def test_the_number_of_those_that_stand_leads_to_as_many_each_with_its_events(
    world: WebWorld, monkeypatch: pytest.MonkeyPatch, controller: str
) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    with closing(PostgresReader(world.dsn)) as reader:
        stand = Query(reader).holds(controller or None).holds
        every = Query(reader).holds(controller or None, is_standing=False).holds

    links = re.findall(r'href="(/deletion/holds[^"]*)">(\d+)?', section(page(world, f"/deletion?controller={controller}")))
    (first, number), (others, _) = [(unescape(link), number) for link, number in links]

    rows = all_of(world, first)
    assert len(rows) == int(number) == len(stand) > 1 and len(all_of(world, others)) == len(every) > len(stand)
    assert all(re.search(r'href="/events/\d+/\d+"', row) for row in rows)
    assert [each.hold_ref in row for each, row in zip(stand, rows, strict=True)] == [True] * len(rows)


def test_a_line_leads_to_the_person_and_for_the_officer_to_the_form_that_releases_it_without_a_reference_in_an_address(world: WebWorld) -> None:
    officer, auditor, ended = page(world, "/deletion/holds"), page(world, "/deletion/holds", Role.AUDITOR), page(world, "/deletion/holds?only=all")
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', officer.partition('action="/acts/release"')[2].partition("</form>")[0]))

    assert {"controller", "subject_ref", "hold_ref", "kind"} < set(hidden) and hidden["kind"] == "LEGAL_HOLD"
    assert officer.count('action="/acts/release"') == len(rows_of(officer)) == ended.count('action="/acts/release"') < len(rows_of(ended))
    assert 'action="/acts/release"' not in auditor and auditor.count('action="/subject"') == len(rows_of(auditor)) == len(rows_of(officer))
    assert not re.search(r'(?:href|action)="[^"]*case-', officer)


def test_the_form_that_releases_comes_filled_in(world: WebWorld) -> None:
    given = {"controller": A, "subject_ref": "s3", "hold_ref": "case-1", "kind": "LEGAL_HOLD"}
    with closing(world.client()) as client:
        shown = client.post("/acts/release", data=given, headers=ENGLISH | world.key(Role.DPO, "*")).text

    assert 'value="case-1"' in shown and 'value="s3"' in shown and re.search(r'value="LEGAL_HOLD"[^>]*(selected|checked)', shown)


def test_a_manager_reads_no_hold_and_a_person_neither(world: WebWorld) -> None:
    client = world.client()
    assert section(page(world, "/deletion")) and not section(page(world, "/deletion", Role.MANAGER))
    assert "case-" not in page(world, "/deletion", Role.MANAGER)
    for role, status in {Role.MANAGER: 403, Role.OPERATOR: 403, Role.AUDITOR: 200, Role.DPO: 200}.items():
        for address in ("/deletion/holds", "/v1/holds"):
            assert client.get(address, headers=world.key(role, A)).status_code == status, (role, address)


def test_of_another_controller_there_is_nothing(world: WebWorld) -> None:
    mine = page(world, "/deletion/holds?only=all", Role.DPO, B)

    assert len(rows_of(mine)) == 1 and "case-b" in mine and "case-1" not in mine
    told = world.client().get("/v1/holds", params={"all": "true"}, headers=world.key(Role.DPO, B)).json()
    assert [each["hold_ref"] for each in told["holds"]] == ["case-b"]
    assert "1</a>" not in section(page(world, "/deletion", Role.DPO, A)) and "stands now" in section(page(world, "/deletion", Role.DPO, B))
