"""The doctor and the last reconcile over HTTP: as on the command line, and nothing of addresses, paths or secrets; and `ledger reconcile --last`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from ledger.adapters.postgres_reconcile import Counts, Notes
from ledger.answers.shapes import as_json
from ledger.cli.main import app, register_groups
from ledger.cli.main import run as run_command
from ledger.doctoring.all_checks import CHECKS
from ledger.doctoring.checks import Check, Found, run
from ledger.errors import CallerError, DataError, DependencyError, LedgerError, OperatorError, RefusedError
from ledger.reconciling.noted import answer_of
from ledger.reconciling.reconcile import Reconciler
from ledger.settings import KafkaSettings, PostgresSettings
from ledger.web import checks
from ledger.web.checks import Checked
from ledger.web.roles import EVERY_CONTROLLER, Role
from tests.integration.test_rebuild import fold_live, lives, produce
from tests.integration.test_reconcile import TAMPERED, change
from tests.ledgers import TestLedger
from tests.serving import key_of, servers_of
from tests.web_world import WebWorld

SECRETS = ("hidden", "nobody-dsn", "127.0.0.1", "postgresql://", ":9999", "in-a-folder")


def said(ledger: TestLedger, *command: str) -> tuple[int, str]:
    register_groups()
    shown = CliRunner().invoke(app, list(command), env={"LEDGER__HOME": str(ledger.home)})
    return shown.exit_code, shown.stdout


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> TestLedger:
    """Two partitions, folded; of its log nothing was compared yet."""
    made = make_ledger(partitions=2)
    produce(made, lives())
    fold_live(made)
    return made


@pytest.fixture
def client_of(ledger: TestLedger) -> Iterator[Callable[[Role], httpx.Client]]:
    with ExitStack() as opened:
        server = opened.enter_context(servers_of(ledger))()
        yield lambda role: opened.enter_context(server.client(key_of(ledger, role, (EVERY_CONTROLLER,))))


def test_the_doctor_says_what_the_command_says(ledger: TestLedger, client_of: Callable[[Role], httpx.Client]) -> None:
    names = ["kafka", "topic settings", "postgres", "tables", "dead letters", "log and database"]
    lines = said(ledger, "doctor", "--json", *(word for name in names for word in ("--only", name)))[1].splitlines()

    answer = client_of(Role.OPERATOR).get("/v1/doctor", params={"only": names[::-1]})

    assert answer.status_code == 200, answer.text
    assert [*answer.json()["checks"], answer.json()["counts"]] == [json.loads(line) for line in lines if line.startswith("{")]
    assert {each["verdict"] for each in answer.json()["checks"]} == {"ok", "warning"}
    assert answer.headers["Cache-Control"] == "no-store" and "ETag" not in answer.headers


def test_what_reconcile_noted_is_answered_while_it_goes_on_and_as_the_command_says_it(
    ledger: TestLedger, client_of: Callable[[Role], httpx.Client]
) -> None:
    operator, auditor = client_of(Role.OPERATOR), client_of(Role.AUDITOR)
    never = operator.get("/v1/reconcile").json()
    assert (never["round"], never["checked_at"], never["result"], never["found"], never["compared"]) == (None, None, None, {}, [])
    assert never["runs"] == []
    assert json.loads(said(ledger, "reconcile", "--last", "--json")[1]) == never
    assert "never compared" in said(ledger, "reconcile", "--last")[1]

    ((partition, offset),) = change(ledger, TAMPERED["missing_row"])
    with Reconciler(ledger.settings) as one:
        report = one.run_round()
        answer = auditor.get("/v1/reconcile")  # its lock is held
    found = answer.json()

    assert (found["round"], found["result"], found["found"]) == (1, "findings", dict(report.found))
    assert found["begun_at"] <= found["done_at"] <= found["checked_at"]
    assert [(each["kind"], each["position"]) for each in found["mismatches"]] == [("missing_row", f"facts-{partition}:{offset}")]
    assert sum(each["next_offset"] for each in found["compared"] if each["topic"] == "facts") == report.records > 0
    counted = {name: getattr(report, name) for name in ("records", "repeats", "dead_letters", "outcomes", "people")}
    (run,) = found["runs"]
    assert run == {
        "round": 1, "begun_at": found["begun_at"], "done_at": found["done_at"], **counted, "types": dict(report.types), "found": {"missing_row": 1},
    }  # fmt: skip
    assert sum(run["types"].values()) + run["repeats"] + run["dead_letters"] + 1 == run["records"] > 0, "each but the one whose row is gone"
    assert answer.headers["Cache-Control"] == "no-store"
    exit_code, text = said(ledger, "reconcile", "--last", "--json")
    assert (exit_code, json.loads(text)) == (1, found)
    told = said(ledger, "reconcile", "--last")[1]
    assert f"missing_row: 1, first at facts-{partition}:{offset}" in told and f"compared {report.records:,} records of facts" in told
    assert run_command(["reconcile", "--last", "--watch"]) == run_command(["reconcile", "--last", "--resume"]) == 2


def test_notes_of_a_round_that_goes_on_say_so_and_keep_the_last_result() -> None:
    found = as_json(answer_of(Notes((3, 1_000_000, None), (500_000, "good"), [("facts", 0, 7)], [("beyond", "facts", 0, 9, 2_000_000)] * 2, [
        (3, 1_000_000, None, None, Counts(7, 1, 2, 0, 0, {"TimeReached": 3})), (2, 400_000, 500_000, {"beyond": 1}, Counts()),
    ])))  # fmt: skip

    assert (found["round"], found["done_at"], found["checked_at"], found["result"]) == (3, None, "1970-01-01T00:00:00.500000Z", "good")
    assert (found["found"], found["mismatches"][0]["found_at"]) == ({"beyond": 2}, "1970-01-01T00:00:02.000000Z")
    assert [(each["round"], each["done_at"] is None, each["found"], each["records"]) for each in found["runs"]] == [
        (3, True, None, 7), (2, False, {"beyond": 1}, 0),
    ]  # fmt: skip


KINDS = [CallerError, DataError, DependencyError, OperatorError, RefusedError, LedgerError, ValueError]


@pytest.mark.parametrize("kind", KINDS)
def test_abroad_an_error_is_told_by_its_kind_and_on_the_machine_in_full(kind: type[Exception], ledger_less: WebWorld) -> None:
    def looks(_: object) -> Found:
        text = "cannot read /in-a-folder/run.json of postgresql://nobody-dsn:hidden@127.0.0.1:9999/x"
        raise kind(text, hint=text) if issubclass(kind, LedgerError) else kind(text)  # type: ignore[call-arg]

    check = Check("x", "Dead letters", looks)
    here, abroad = run(check, ledger_less.settings), run(check, ledger_less.settings, is_told_abroad=True)

    assert abroad.verdict == here.verdict == "wrong" and abroad.said and abroad.remedy and abroad.runbook == "Dead letters"
    assert ("hidden" in f"{here}") == issubclass(kind, LedgerError)
    assert [word for word in SECRETS if word in f"{abroad}"] == []


@pytest.fixture
def ledger_less(database: str) -> Iterator[WebWorld]:
    """An application on a database without a ledger, without a Kafka."""
    with closing(WebWorld(database, {})) as made:
        yield made


def test_where_nothing_answers_no_check_shows_an_address_a_path_or_a_secret(ledger_less: WebWorld, tmp_path: Path) -> None:
    home = tmp_path / "in-a-folder"
    away = ledger_less.settings.model_copy(update={
        "home": home, "kafka": KafkaSettings(bootstrap_servers="127.0.0.1:9999"),
        "postgres": PostgresSettings(dsn=SecretStr("postgresql://nobody-dsn:hidden@127.0.0.1:9999/x")),
    })  # fmt: skip

    whole = {each.name: each for each in Checked(away).findings()}
    with ThreadPoolExecutor(len(CHECKS)) as pool:  # also those that are not run where what they need is away: it may go away in between
        text = f"{whole}{list(pool.map(lambda check: run(check, away, is_told_abroad=True), CHECKS.values()))}"

    assert whole["workers"].said == "not looked at: it needs `kafka`"
    assert [word for word in (*SECRETS, str(tmp_path)) if word in text] == []
    assert text.count("could not look") > 10


def test_only_a_check_that_there_is_can_be_asked_and_findings_stand_for_a_while(ledger_less: WebWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def look(name: str) -> Callable[[Any], Found]:
        return lambda _: (looked.append(name), Found("ok", "a thing", "it is there"))[1]

    for name, check in list(CHECKS.items()):
        monkeypatch.setitem(CHECKS, name, check._replace(look=look(name)))
    client, key = ledger_less.client(), ledger_less.key(Role.OPERATOR)

    wrong = client.get("/v1/doctor", params={"only": ["kafka", "jan.jansen@voorbeeld.nl"]}, headers=key)
    assert (wrong.status_code, wrong.json()["field"], "jan" in wrong.text, looked) == (422, "only", False, [])
    first = client.get("/v1/doctor", params={"only": "kafka"}, headers=key).json()
    assert ([each["name"] for each in first["checks"]], looked) == (["kafka"], ["kafka"])
    whole = client.get("/v1/doctor", headers=key).json()
    assert [each["name"] for each in whole["checks"]] == list(CHECKS) and whole["counts"] == {"ok": len(CHECKS), "warning": 0, "wrong": 0}
    assert sorted(looked) == sorted(CHECKS), "kafka is not asked again so soon"
    assert client.get("/health-of-ledger", headers=key).status_code == 200 and len(looked) == len(CHECKS), "nor by the page"
    monkeypatch.setattr(checks, "SHOWN_SECONDS", 0.0)
    client.get("/v1/doctor", params={"only": "kafka"}, headers=key)
    assert looked[-1] == "kafka" and len(looked) == len(CHECKS) + 1
