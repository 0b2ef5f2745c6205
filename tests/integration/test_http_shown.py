"""What a published policy says, the code lists, the public keys and the bundle of one person over HTTP: as the commands answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app, register_groups
from ledger.stack.lifecycle import Running
from ledger.verify.__main__ import main as ledger_verify
from ledger.web.roles import EVERY_CONTROLLER, Role
from tests import example_ledger
from tests.example_ledger import CARO, CONTROLLER, sealed
from tests.integration.test_http_reads import Served, served, without_lag
from tests.ledgers import new_database
from tests.sealing_world import KEY, NEXT_KEY
from tests.web_examples import ON_ANNA, WHY, example_world
from tests.web_world import WebWorld

__all__ = ["served"]  # a fixture: one server, and what the command line says of the same ledger
SHOW, EXPLAIN, PROVE, KEYS, TERMS = "/v1/policies/show", "/v1/policies/explain", "/v1/subjects/prove", "/v1/keys", "/v1/terms"
ON_CARO = WHY | {"controller": CONTROLLER, "subject_ref": CARO}
FIRST, COMING = "1001", "1009"
VALUE = "jan.jansen@voorbeeld.nl"


@pytest.fixture(scope="module")
def world(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebWorld]:
    """`hoster` has published 1001, in force, and 1009, which comes; all that is folded is sealed."""
    with new_database(stack) as dsn, example_world(dsn, tmp_path_factory.mktemp("shown")) as made:
        yield made


def said(world: WebWorld, *command: str) -> str:
    """What the command line prints on the same database and archive; Kafka is away."""
    register_groups()
    named = {
        "LEDGER__HOME": str(world.settings.home), "LEDGER__POSTGRES__DSN": world.dsn, "LEDGER__KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9",
    }  # fmt: skip
    shown = CliRunner().invoke(app, list(command), env=named)
    assert shown.exit_code == 0, (shown.output, shown.exception)
    return shown.stdout


def test_a_policy_is_shown_as_on_the_command_line(served: Served) -> None:
    found = served.officer.get(SHOW).json()

    assert found["compiled"] == served.says("policy", "show", "mijndomein", "--json")
    assert (found["version"], found["state"], found["controller"]) == (found["compiled"]["version"], "IN_FORCE", "mijndomein")


QUESTIONS = [
    ({}, []),
    ({"activity": "account", "from": "2019-02-01", "when": ["SERVICE_ENDED:a=2020-06-30T12:00"], "lang": "nl"},
     ["--activity", "account", "--from", "2019-02-01", "--when", "SERVICE_ENDED:a=2020-06-30T12:00", "--lang", "nl"]),
    ({"role": "registry", "category": ["pd:Name"], "customer": True}, ["--role", "registry", "--category", "pd:Name", "--customer"]),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "options"), QUESTIONS, ids=["all data", "one holding, worked out", "a role"])
def test_a_policy_is_explained_as_on_the_command_line(served: Served, asked: dict[str, Any], options: list[str]) -> None:
    answer = served.officer.post(EXPLAIN, json=asked)

    assert answer.status_code == 200, answer.text
    assert answer.json() == served.says("policy", "explain", "mijndomein", *options, "--json")
    assert answer.headers["Ledger-Positions"].startswith("0:")


@pytest.mark.parametrize(
    ("asked", "version", "state"),
    [
        ({}, FIRST, "IN_FORCE"), ({"in_force_on": "2018-12-30"}, FIRST, "IN_FORCE"), ({"in_force_on": "2019-01-01"}, COMING, "COMING"),
        ({"version": COMING}, COMING, "COMING"), ({"version": COMING, "in_force_on": "2030-01-01"}, COMING, "COMING"),
        ({"version": COMING, "in_force_on": "2018-12-30"}, None, None), ({"version": "7"}, None, None),
        ({"in_force_on": "1999-01-01"}, FIRST, "IN_FORCE"),
    ],
)  # fmt: skip
def test_the_policy_of_a_day_or_of_a_version_is_shown_and_explained(world: WebWorld, asked: dict[str, str], version: str | None, state: str) -> None:
    client, key = world.client(), world.key(Role.DPO)

    shown, explained = client.get(SHOW, params=asked, headers=key), client.post(EXPLAIN, json=asked, headers=key)

    assert (shown.status_code, explained.status_code) == ((404, 404) if version is None else (200, 200))
    assert shown.json().get("version") == explained.json().get("version") == version
    assert shown.json().get("state") == state and ("compiled" in shown.json()) == (version is not None)


def test_a_policy_out_of_reach_is_one_that_is_not_there(world: WebWorld) -> None:
    client, stranger = world.client(), world.key(Role.DPO, "elsewhere")

    for asked in ({"controller": CONTROLLER}, {"controller": CONTROLLER, "version": FIRST}, {"controller": "never-heard-of"}, {}):
        answers = client.get(SHOW, params=asked, headers=stranger), client.post(EXPLAIN, json=asked, headers=stranger)
        assert {(each.status_code, each.content) for each in answers} == {(404, client.get(SHOW, headers=stranger).content)}
    assert client.get(SHOW, headers=world.key(Role.AUDITOR, EVERY_CONTROLLER)).json()["field"] == "controller"
    assert '"event_id"' in client.get(SHOW, headers=world.key(Role.AUDITOR)).text
    assert '"event_id"' not in client.get(SHOW, headers=world.key(Role.MANAGER)).text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"activity": "customers", "role": "registry"}, "role"), ({"when": ["SERVICE_ENDED=2020-01-01"]}, "activity"),
        ({"activity": "customers", "category": [VALUE]}, "category"), ({"role": VALUE}, "role"),
        ({"activity": "customers", "purpose": VALUE}, "purpose"),
        ({"activity": "customers", "when": [f"{VALUE}=2020-01-01"]}, "when"), ({"activity": "customers", "when": [f"SERVICE_ENDED={VALUE}"]}, "when"),
        ({"activity": "customers", "from": VALUE}, "from"), ({"activity": VALUE}, None), ({"in_force_on": VALUE}, "in_force_on"), ({VALUE: 1}, "*"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_told_by_its_field_and_never_repeated(world: WebWorld, asked: dict[str, Any], field: str | None) -> None:
    answer = world.client().post(EXPLAIN, json=asked, headers=world.key(Role.DPO))

    assert (answer.status_code, answer.headers["Content-Type"], answer.json().get("field")) == (422, "application/problem+json", field), answer.text
    assert VALUE not in answer.text and "--" not in answer.text


def test_the_code_lists_are_told_to_anybody_as_on_the_command_line(world: WebWorld) -> None:
    client = world.client()

    assert client.get(TERMS).json()["lists"] == [json.loads(line) for line in said(world, "schema", "terms", "--json").splitlines()]
    found = client.get(f"{TERMS}/refusal_reasons").json()
    assert found["terms"] == [json.loads(line) for line in said(world, "schema", "terms", "refusal_reasons", "--json").splitlines()] != []
    assert [client.get(f"{TERMS}/{name}").status_code for name in ("no_such_list", "x" * 65)] == [404, 422]


def test_the_public_keys_are_those_that_sign_and_nothing_else_of_them(world: WebWorld) -> None:
    client, file = world.client(), world.settings.sealing_key_file
    kept = file.read_text()
    try:
        answers = [client.get(KEYS, headers=world.key(role)) for role in (Role.AUDITOR, Role.DPO, Role.OPERATOR)]
        assert {each.text for each in answers} == {json.dumps(json.loads(said(world, "keys", "show", "--json")), separators=(",", ":"))}
        file.write_text(KEY.line() + NEXT_KEY.line())
        both = client.get(KEYS, headers=world.key(Role.AUDITOR))
        file.write_text("garbled")
        damaged = client.get(KEYS, headers=world.key(Role.AUDITOR))
        file.unlink()
        none = client.get(KEYS, headers=world.key(Role.AUDITOR))
    finally:
        file.write_text(kept)
        file.chmod(0o600)

    assert both.json()["keys"] == [KEY.verifier.text(), NEXT_KEY.verifier.text()] and "PRIVATE" not in both.text
    assert (none.status_code, damaged.status_code) == (409, 503)
    assert not [each for each in (none, damaged) if str(world.settings.home) in each.text]
    assert client.get(KEYS, headers=world.key(Role.MANAGER)).status_code == 403


def test_the_bundle_of_a_person_is_that_of_the_command_line_and_holds_with_the_keys_of_the_server(world: WebWorld, tmp_path: Path) -> None:
    client, key = world.client(), world.key(Role.AUDITOR)

    answer = client.post(PROVE, json=ON_CARO, headers=key)

    assert answer.status_code == 200, answer.text
    assert without_lag(answer.json()) == without_lag(json.loads(said(world, "audit", "prove", "--subject", CARO, "--controller", CONTROLLER)))
    assert answer.json()["records"] and answer.headers["Ledger-Positions"].startswith("0:")
    (tmp_path / "bundle.json").write_text(answer.text)
    words = [word for each in client.get(KEYS, headers=key).json()["keys"] for word in ("--key", each)]
    assert ledger_verify(["bundle", str(tmp_path / "bundle.json"), *words]) == 0
    assert ledger_verify(["bundle", str(tmp_path / "bundle.json"), "--key", NEXT_KEY.verifier.text()]) == 1
    of_anna = client.post(PROVE, json=ON_ANNA, headers=key)
    (tmp_path / "bundle.json").write_text(of_anna.text)
    assert ledger_verify(["bundle", str(tmp_path / "bundle.json"), *words]) == 0


def test_who_learns_that_a_person_cannot_be_proven_yet_has_looked_too(
    world: WebWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, key, archive, told = world.client(), world.key(Role.DPO), world.settings.archive, []
    consulted = world.told.consulted
    monkeypatch.setattr(world.told, "consulted", lambda subject_ref, **about: (told.append(subject_ref), consulted(subject_ref, **about))[1])
    whole = example_ledger.log()
    monkeypatch.setattr(example_ledger, "log", lambda: whole[:10])
    sealed(tmp_path / "shorter")
    archive.rename(tmp_path / "kept")
    try:
        shutil.copytree(tmp_path / "shorter", archive)
        in_part = client.post(PROVE, json=ON_ANNA, headers=key)
    finally:
        shutil.rmtree(archive)
        (tmp_path / "kept").rename(archive)
    then = client.post(PROVE, json=ON_ANNA | {"known_at": "0:5"}, headers=key)
    nobody = client.post(PROVE, json=ON_ANNA | {"subject_ref": "nobody-1"}, headers=key)

    assert (in_part.status_code, in_part.json()["detail"]) == (409, "an event of this person is not sealed yet")
    assert told == [ON_ANNA["subject_ref"]] and ON_ANNA["subject_ref"] not in in_part.text
    assert (then.status_code, then.json()["field"], nobody.status_code) == (422, "known_at", 404)
