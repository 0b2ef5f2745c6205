"""Files over HTTP: whole, streamed, with their manifest, and only for whom the table says."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from ledger.contract import vocabulary
from ledger.exporting.exporting import formats
from ledger.web.access import EXPORTS
from ledger.web.credentials import KEY
from ledger.web.roles import Role
from tests.histories import CONTROLLER
from tests.small_ledger import ANNA
from tests.web_world import load_small_ledger, web_world

PERSON = {"controller": CONTROLLER, "subject_ref": ANNA, "purpose": "dpv:RightsFulfilment"}


@pytest.fixture
def world(database: str) -> Iterator[SimpleNamespace]:
    """The small ledger behind the application, in one process, on a port of its own: streams end as they do there. Keys by role."""
    load_small_ledger(database)
    with web_world(database) as made, listening(made.app) as client:
        keys = {role: made.make(KEY, role).text for role in Role}
        yield SimpleNamespace(client=client, keys=keys, told=made.told)


@contextmanager
def listening(app: FastAPI) -> Iterator[httpx.Client]:
    """The application on a port of its own, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{sock.getsockname()[1]}", timeout=30, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(10)


def get(world: SimpleNamespace, role: Role, path: str, **asked: Any) -> Any:
    return world.client.get(path, params=asked, headers={"Authorization": f"Bearer {world.keys[role]}"})


def post(world: SimpleNamespace, role: Role, **body: Any) -> Any:
    return world.client.post("/v1/subjects/export", json=body, headers={"Authorization": f"Bearer {world.keys[role]}"})


def test_a_file_comes_with_a_manifest_that_fits_it(world: SimpleNamespace) -> None:
    answer = get(world, Role.DPO, "/v1/exports/holdings", format="csv")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"].startswith('attachment; filename="holdings-')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        name, manifest_name = archive.namelist()
        data, manifest = archive.read(name), json.loads(archive.read(manifest_name))
    assert manifest["files"][0]["sha256"] == hashlib.sha256(data).hexdigest()
    assert ANNA.encode() in data
    assert get(world, Role.DPO, "/v1/exports/holdings", format="csv", plain=True).content == data
    assert get(world, Role.DPO, "/v1/exports/holdings", format="csv").content == answer.content, "the same export is the same ZIP"


def test_a_register_comes_with_the_names_of_its_codes_where_it_is_asked(world: SimpleNamespace) -> None:
    dutch = get(world, Role.DPO, "/v1/exports/holdings", format="csv", plain=True, labels=True, language="nl")
    plain = get(world, Role.DPO, "/v1/exports/holdings", format="csv", plain=True)
    rows, codes = (list(csv.DictReader(io.StringIO(each.text, newline=""))) for each in (dutch, plain))

    assert dutch.headers["content-disposition"].endswith('.nl.csv"') and "purpose_label" not in plain.text
    assert {row["purpose"]: row["purpose_label"] for row in rows} == {
        row["purpose"]: vocabulary.terms("purposes")[row["purpose"]].label_nl for row in codes
    }
    refused = get(world, Role.DPO, "/v1/exports/holdings", format="parquet", labels=True)
    assert (refused.status_code, refused.json()["field"]) == (422, "labels")


def test_what_comes_due_is_of_as_many_days_as_are_asked(world: SimpleNamespace) -> None:
    lines = [len(get(world, Role.DPO, "/v1/exports/due", format="ndjson", plain=True, **asked).text.splitlines()) for asked in ({}, {"days": 3660})]
    refused = [
        get(world, Role.DPO, path, days=days) for path, days in (("/v1/exports/holdings", 7), ("/v1/exports/due", -1), ("/v1/exports/due", 36_601))
    ]

    assert 0 < lines[0] < lines[1], lines
    assert [(each.status_code, each.json()["field"]) for each in refused] == [(422, "days")] * 3


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_the_files_of_the_table_and_no_other(world: SimpleNamespace, role: Role) -> None:
    assert set(formats()) == set(EXPORTS), "every export has a row"
    for name, allowed in EXPORTS.items():
        if name in ("access", "portable", "consents", "look-ups"):
            asked = {"name": name} if role is Role.SUBJECT else PERSON | {"name": name}
            status = post(world, role, **asked).status_code
        else:
            status = get(world, role, f"/v1/exports/{name}").status_code
        assert status == (200 if role in allowed else 403), name


def test_a_file_about_a_person_is_told_before_it_is_made_and_the_person_finds_out(world: SimpleNamespace) -> None:
    assert post(world, Role.DPO, **PERSON, name="access", format="pdf", plain=True).content.startswith(b"%PDF-")
    assert [each["subject_ref"] for each in world.told.look_ups] == [ANNA]
    assert post(world, Role.SUBJECT, name="access").status_code == 200
    assert len(world.told.look_ups) == 1, "one's own look is no look-up"


def test_unknown_and_out_of_reach_look_the_same_and_are_told_nobody(world: SimpleNamespace) -> None:
    nobody = post(world, Role.DPO, **(PERSON | {"subject_ref": "nobody"}), name="access")
    elsewhere = post(world, Role.DPO, **(PERSON | {"controller": "another"}), name="access")
    other = get(world, Role.DPO, "/v1/exports/holdings", controller="another")

    assert nobody.status_code == elsewhere.status_code == other.status_code == 404
    assert nobody.content == elsewhere.content == other.content
    assert world.told.look_ups == []


def test_a_question_that_cannot_be_answered_is_a_problem_and_no_broken_file(world: SimpleNamespace) -> None:
    answer = get(world, Role.DPO, "/v1/exports/holdings", format="xlsx")

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert get(world, Role.DPO, "/v1/exports/nothing").status_code == 404


def test_who_goes_away_half_way_gives_the_query_back(world: SimpleNamespace) -> None:
    for _ in range(5):  # the pool has two
        with world.client.stream("GET", "/v1/exports/holdings", headers={"Authorization": f"Bearer {world.keys[Role.DPO]}"}) as answer:
            next(answer.iter_bytes())
    assert get(world, Role.DPO, "/v1/holders").status_code == 200
