"""Files from a page: registers by a link, files about one person by a form that says what for, told before they are made; no person in an address."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any

import pytest

from ledger.web.access import EXPORTS
from ledger.web.gate import COOKIE, csrf_token
from ledger.web.pages.files import BESIDE
from ledger.web.roles import Role
from tests.everything import world_of_everything  # noqa: F401  a fixture
from tests.integration.test_own_page import HOSTER, signed_in, unpacked
from tests.web_world import TestClient, WebWorld

LOOK = {"controller": HOSTER, "subject_ref": "s1", "purpose": "dpv:RightsFulfilment", "ticket_ref": "ticket-1"}


def sent(client: TestClient, path: str, **fields: str) -> Any:
    """A form as the browser of who is signed in sends it."""
    token = {"csrf": csrf_token(client.cookies.get(COOKIE) or "")}
    return client.post(path, data=fields | token, headers={"Origin": str(client.base_url).rstrip("/")})


@pytest.mark.parametrize("role", [Role.DPO, Role.AUDITOR, Role.MANAGER])
def test_each_page_offers_the_files_of_the_role_and_each_of_them_comes_with_its_manifest(world: WebWorld, role: Role) -> None:
    client, found = signed_in(world, role), set[str]()
    for path in BESIDE:
        page = client.get(path)
        addresses = {unescape(each) for each in re.findall(r'href="(/v1/exports/[^"]+)"', page.text)}
        if page.status_code == 403:
            assert not addresses
            continue
        for address in addresses:
            _, data, manifest = unpacked(client.get(address))
            found.add(manifest["register"])
            assert manifest["asked"]["controller"] == HOSTER and data
    assert found == {name for name, allowed in EXPORTS.items() if role in allowed} - {"access", "portable", "consents", "look-ups"}


def test_a_file_for_a_spreadsheet_has_the_names_of_its_codes(world: WebWorld) -> None:
    client = signed_in(world, Role.DPO)
    (address,) = re.findall(r'href="(/v1/exports/breach-people\?[^"]*format=csv[^"]*)"', client.get("/breaches").text)

    _, data, _ = unpacked(client.get(unescape(address)))
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert {each["subject_ref"] for each in rows} == {"s1", "s3"} and all(each["categories_label"] for each in rows)


def test_of_a_person_an_officer_gets_every_file_once_the_look_is_told(world: WebWorld) -> None:
    client = signed_in(world, Role.DPO)
    page = sent(client, "/subject", **LOOK).text
    world.told.look_ups.clear()
    forms = re.findall(r'<form class="line" method="post" action="/subject/file">.*?</form>', page, re.DOTALL)
    offered = [(re.search(r'name="name" value="([^"]+)"', each)[1], re.findall(r'name="format" value="([^"]+)"', each)) for each in forms]  # type: ignore[index]

    assert {name for name, _ in offered} == {name for name, allowed in EXPORTS.items() if Role.SUBJECT in allowed}
    for number, (name, form) in enumerate([(name, form) for name, all_forms in offered for form in all_forms], start=1):
        _, data, manifest = unpacked(sent(client, "/subject/file", **LOOK, name=name, format=form))
        assert (manifest["register"], manifest["format"]) == (name, form)
        assert (manifest["asked"]["subject_ref"], manifest["asked"]["audience"]) == ("s1", "subject")
        assert data and len(world.told.look_ups) == number
    assert {(each["subject_ref"], each["purpose"], each["ticket_ref"]) for each in world.told.look_ups} == {("s1", LOOK["purpose"], "ticket-1")}


def test_what_cannot_be_given_is_refused_before_anybody_is_told(world: WebWorld) -> None:
    client = signed_in(world, Role.DPO)
    world.told.look_ups.clear()
    nobody = sent(client, "/subject/file", **(LOOK | {"subject_ref": "nobody"}), name="access")
    elsewhere = sent(client, "/subject/file", **(LOOK | {"controller": "another"}), name="access")
    refused = [
        sent(client, "/subject/file", **(LOOK | changed)).status_code
        for changed in ({"name": "access", "purpose": ""}, {"name": "access", "purpose": "dpv:NoPurpose"}, {"name": "access", "format": "csv"},
                        {"name": "holdings"}, {})
    ]  # fmt: skip

    assert refused == [422] * 5 and nobody.status_code == elsewhere.status_code == 404 and nobody.text == elsewhere.text
    assert world.told.look_ups == []
    assert sent(signed_in(world, Role.MANAGER), "/subject/file", **LOOK, name="access").status_code == 403
    assert client.get("/subject/file").status_code in (404, 405)


def test_the_officers_file_is_the_persons_own(world: WebWorld) -> None:
    _, of_officer, _ = unpacked(sent(signed_in(world, Role.DPO), "/subject/file", **LOOK, name="access", format="json"))
    _, of_person, _ = unpacked(signed_in(world, Role.SUBJECT, subject_ref="s1").get("/my-data/report?format=json"))

    assert json.loads(of_officer) == json.loads(of_person)
