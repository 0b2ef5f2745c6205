"""What a person gets of themselves: a page without the log's own marks, and all of Art. 15 as a file to read or for programs."""

from __future__ import annotations

import re

import pytest

from ledger.web.gate import COOKIE
from ledger.web.roles import Role
from tests.everything import world_of_everything  # noqa: F401  a fixture
from tests.web_world import TestClient, WebWorld

HOSTER = "mijndomein"
PLACE = re.compile(r"\b\d+@\d+\b")


def signed_in(world: WebWorld, role: Role, **about: str) -> TestClient:
    client = world.client(headers={"Accept": "text/html", "Accept-Language": "nl"})
    client.cookies.set(COOKIE, world.make("SESSION", role, (HOSTER,), **about).text, domain="ledger.test", path="/")
    return client


@pytest.fixture
def own(world: WebWorld) -> TestClient:
    return signed_in(world, Role.SUBJECT, subject_ref="s1")


def test_the_own_page_shows_no_place_on_the_log_and_the_file_for_programs_has_them(own: TestClient) -> None:
    page = own.get("/my-data")
    report = own.get("/my-data/report", params={"format": "json"}).json()

    assert page.status_code == 200 and "Wat er gebeurde" in page.text
    assert PLACE.findall(re.sub("<[^>]*>", " ", page.text)) == []
    assert '"offset"' in f"{report}".replace("'", '"')


def test_the_own_page_says_whose_name_is_meant_of_those_who_looked(own: TestClient) -> None:
    page = own.get("/my-data").text
    looks = page[page.index('id="looks"') :]

    assert "Naam van wie keek" in looks and ">Wie<" not in looks
    assert "Namen van medewerkers staan hier niet" in looks


@pytest.mark.parametrize(("language", "said"), [("nl", "verwerkingsverantwoordelijke"), ("en", "controller")])
def test_the_report_is_there_to_read_in_the_language_of_the_page(own: TestClient, language: str, said: str) -> None:
    answer = own.get("/my-data/report", params={"format": "html", "lang": language})

    assert answer.headers["content-type"].startswith("text/html") and answer.headers["content-disposition"] == 'attachment; filename="my-data.html"'
    assert f'<html lang="{language}"' in answer.text and said in answer.text.lower() and "s1" in answer.text


def test_the_report_is_there_on_paper(own: TestClient) -> None:
    answer = own.get("/my-data/report", params={"format": "pdf"})

    assert answer.content.startswith(b"%PDF-") and answer.headers["content-disposition"] == 'attachment; filename="my-data.pdf"'


def test_every_file_that_the_page_offers_is_about_oneself_alone(own: TestClient) -> None:
    offered = re.findall(r'href="(/my-data/report\?format=\w+)"', own.get("/my-data").text)

    assert [own.get(address).status_code for address in offered] == [200, 200, 200]
    assert own.get("/my-data/report", params={"format": "csv"}).status_code == 422


@pytest.mark.parametrize("form", ["json", "html", "pdf"])
def test_there_is_no_file_of_who_is_not_known_nor_for_another_role(world: WebWorld, form: str) -> None:
    assert signed_in(world, Role.SUBJECT, subject_ref="nobody").get("/my-data/report", params={"format": form}).status_code == 404
    assert signed_in(world, Role.DPO).get("/my-data/report", params={"format": form}).status_code == 403
