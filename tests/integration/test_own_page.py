"""What a person gets of themselves: a page without the log's own marks, and all of Art. 15 as a file to read or for programs."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from html import unescape
from typing import Any

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


def unpacked(answer: Any) -> tuple[str, bytes, dict[str, Any]]:
    """(name, file, manifest) of a ZIP, which fit each other."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        name, manifest_name = archive.namelist()
        data, manifest = archive.read(name), json.loads(archive.read(manifest_name))
    (file,) = manifest["files"]
    assert manifest_name == f"{name}.manifest.json" and (file["name"], file["sha256"]) == (name, hashlib.sha256(data).hexdigest())
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.zip"' and "s1" not in name
    return name, data, manifest


@pytest.fixture
def own(world: WebWorld) -> TestClient:
    return signed_in(world, Role.SUBJECT, subject_ref="s1")


def test_the_own_page_shows_no_place_on_the_log_and_the_file_for_programs_has_them(own: TestClient) -> None:
    page = own.get("/my-data")
    report = json.loads(unpacked(own.get("/my-data/report", params={"format": "json"}))[1])

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
    answer = own.get("/my-data/report", params={"format": "html", "lang": language, "plain": "true"})

    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-disposition"] == f'attachment; filename="access-{HOSTER}.{language}.html"'
    assert f'<html lang="{language}"' in answer.text and said in answer.text.lower() and "s1" in answer.text


def test_the_report_is_there_on_paper_with_and_without_its_manifest(own: TestClient) -> None:
    alone = own.get("/my-data/report", params={"format": "pdf", "plain": "true"})
    name, paper, manifest = unpacked(own.get("/my-data/report", params={"format": "pdf"}))

    assert alone.content == paper and paper.startswith(b"%PDF-") and name == f"access-{HOSTER}.nl.pdf"
    assert alone.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert (manifest["asked"]["subject_ref"], manifest["asked"]["audience"]) == ("s1", "subject")
    assert manifest["freshness"]["partitions"] and manifest["schema_ids"]


def test_what_one_may_take_along_is_there_and_is_of_oneself(own: TestClient) -> None:
    name, data, manifest = unpacked(own.get("/my-data/report", params={"name": "portable"}))

    portable = json.loads(data)
    assert (portable["controller"], portable["subject_ref"]) == (HOSTER, "s1") and portable["items"] and name == f"portable-{HOSTER}.json"
    assert manifest["register"] == "portable"


def test_every_file_that_the_page_offers_is_about_oneself_alone_and_comes_with_its_manifest(own: TestClient) -> None:
    offered = {unescape(each) for each in re.findall(r'href="(/my-data/report\?[^"]+)"', own.get("/my-data").text)}
    whole = [each for each in offered if "plain" not in each]

    found = [unpacked(own.get(address)) for address in whole]
    assert {manifest["asked"]["subject_ref"] for *_, manifest in found} == {"s1"}
    assert {manifest["register"] for *_, manifest in found} == {"access", "portable", "consents", "look-ups"}
    assert len(whole) >= 8 and [own.get(each).status_code for each in offered - set(whole)] == [200, 200]
    assert own.get("/my-data/report", params={"format": "csv"}).status_code == 422
    assert own.get("/my-data/report", params={"name": "holdings"}).status_code == 422


@pytest.mark.parametrize("form", ["json", "html", "pdf"])
def test_there_is_no_file_of_who_is_not_known_nor_for_another_role(world: WebWorld, form: str) -> None:
    assert signed_in(world, Role.SUBJECT, subject_ref="nobody").get("/my-data/report", params={"format": form}).status_code == 404
    assert signed_in(world, Role.DPO).get("/my-data/report", params={"format": form}).status_code == 403
