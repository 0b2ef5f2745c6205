"""Every question of another moment is answered over HTTP as by its command, on the real stack: the same JSON, the same files.

Each side folds its own projections as of then: what HTTP made is dropped before the first command is run.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from ledger.adapters.postgres_as_of import AsOfSchemas
from ledger.answers.deletion_listed import listed
from ledger.answers.shapes import as_json
from ledger.answers.shapes_behind import HeldWanted, SharesWanted
from ledger.answers.shares_of_month import month_named
from ledger.answers.wide_query import WideQuery
from ledger.cli.asking import asking_widely
from ledger.cli.main import app
from ledger.stack import Running
from ledger.web.app import make_app
from ledger.web.roles import Role
from tests import example_ledger
from tests.both_ways import MOMENT, Both, commands_of, default_of, options_of, parameters_of, questions, taken, words_of
from tests.folded import tell_and_fold
from tests.ledgers import TestLedger, new_ledger
from tests.serving import key_of
from tests.web_examples import ASKED, CONTROLLER, PARAMETERS, WHY
from tests.web_world import TestClient

TAKEN = taken()
OF_A_MOMENT = sorted(operation for operation, names in TAKEN.items() if MOMENT & set(names))
PAIRS = [Both(operation, command) for operation in OF_A_MOMENT for command in commands_of(operation)]
NO_COMMAND: dict[str, Callable[[WideQuery, Mapping[str, Any]], Any]] = {
    "GET /v1/policies": lambda query, asked: query.policies(asked["controller"]),
    "GET /v1/overview/sharing/list": lambda query, asked: query.held_behind(
        HeldWanted(is_without_date=asked["undated"], **{k: v for k, v in asked.items() if k not in ("undated", "limit")}), asked["limit"]
    ),
    "GET /v1/overview/sharing/shares": lambda query, asked: query.shares_behind(
        SharesWanted(
            month=month_named(asked["month"]), is_onward=asked["onward"], others_than=tuple(asked["not_recipient"]),
            **{name: asked[name] for name in ("controller", "recipient", "role", "giver", "country")},
        ),
        asked["limit"],
    ),
    "GET /v1/overview/deletion/list": lambda query, asked: listed(
        query, {name: asked[name] for name in ("state", "holder", "rule", "age", "day", "month")}, asked["controller"], asked["limit"], None
    ),
}  # fmt: skip
"""Read by pages and programs alone: a terminal shows the numbers. In place of a command: the query that commands ask, opened as they open it."""
OF_NOW_ALONE = [name for name in OF_A_MOMENT if not commands_of(name) and name not in NO_COMMAND]
MOMENTS: dict[str, dict[str, Any]] = {
    "now": {}, "on": {"on": PARAMETERS["on"]}, "known_at": {"known_at": PARAMETERS["known_at"]}, "both": PARAMETERS,
}  # fmt: skip
WAIT_SECONDS_MAX = 60.0


class Said(NamedTuple):
    """How one question was answered. asked: without the moment; answer: JSON, or {name of a file: its bytes or manifest}."""

    asked: Mapping[str, Any]
    moment: str
    status: int
    answer: Any


@pytest.fixture(scope="module")
def ledger(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLedger]:
    """The ledger of the examples, on Kafka and folded."""
    with pytest.MonkeyPatch.context() as patched, ExitStack() as opened:
        patched.setenv("LEDGER__AS_OF__KEPT", "50")  # each moment is folded once by each side
        made = opened.enter_context(new_ledger(stack, tmp_path_factory.mktemp("both") / "ledger", partitions=1))
        tell_and_fold(made, example_ledger.log())
        yield made


@pytest.fixture(scope="module")
def over_http(ledger: TestLedger) -> dict[str, list[Said]]:
    """Everything asked over HTTP, of persons first: a look at one stands on the log, and what is known now is the same afterwards."""
    headers = {"Authorization": f"Bearer {key_of(ledger, Role.DPO, (CONTROLLER,))}"}
    found: dict[str, list[Said]] = {}
    with TestClient(make_app(ledger.settings)) as client:
        for both in sorted({*PAIRS, *(Both(name, "") for name in NO_COMMAND)}, key=lambda each: each.operation.startswith("GET")):
            first, *others = questions(both) if both.command else [dict(ASKED[both.operation][0].parameters)]
            moments = [each for each, given in MOMENTS.items() if "known_at" in given or not _needs_place(both)]
            found[str(both)] = [_said(client, headers, both, first, each) for each in moments]
            found[str(both)] += [_said(client, headers, both, each, "both") for each in others]
    with AsOfSchemas(ledger.dsn) as schemas, schemas.turn(1.0) as is_ours:
        assert is_ours and len(schemas.kept()) >= len(MOMENTS) - 1
        schemas.drop_useless({"made for": "nobody"})
        assert schemas.kept() == []
    return found


def _needs_place(both: Both) -> bool:
    return both.command != "" and any("--known-at" in each.opts and each.required for each in parameters_of(both.command))


def _said(client: TestClient, headers: dict[str, str], both: Both, asked: Mapping[str, Any], moment: str) -> Said:
    method, _, route = both.operation.partition(" ")
    given = {**asked, **MOMENTS[moment]}
    if method == "POST":
        given |= {"known_at": given["known_at"][0]} if "known_at" in given else {}
        request: dict[str, Any] = {"json": WHY | given}
    else:
        route = route.replace("{name}", str(asked.get("name")))
        request = {"params": {k: str(v).lower() if isinstance(v, bool) else v for k, v in given.items() if k != "name"}}
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while (answer := client.request(method, route, headers=headers, **request)).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)  # the moment is being worked out, on these cores
    return Said(asked, moment, answer.status_code, _of_zip(answer.content) if "zip" in answer.headers["content-type"] else _of_then(answer.json()))


def _of_zip(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        return {name: _of_file(name, files.read(name)) for name in files.namelist()}


def _of_file(name: str, data: bytes) -> Any:
    if not name.endswith(".json"):
        return data
    found = _of_then(json.loads(data))
    if name.endswith(".json.manifest.json"):  # the file has its own freshness in it
        found["files"] = [{key: value for key, value in each.items() if key not in ("bytes", "sha256")} for each in found["files"]]
    return found


def _of_then(answer: Any) -> Any:
    """Without how far the log goes by now: looks at persons made it longer."""
    if isinstance(answer, dict) and "freshness" in answer:
        here = answer["freshness"]
        partitions = [{name: value for name, value in each.items() if name not in ("end_offset", "lag")} for each in here["partitions"]]
        answer = answer | {"freshness": here | {"lag": None, "partitions": partitions}}
    return answer


def by_command(ledger: TestLedger, folder: Path, both: Both, said: Said) -> Any:
    """The same, typed in this process."""
    given = {**said.asked, **MOMENTS[said.moment]}
    file = ["--out", str(folder), "--force"] if "--out" in options_of(both.command) else []
    done = CliRunner().invoke(app, [*words_of(both.command, given), *file, "--json"], env=ledger.environment)
    assert done.exit_code in (0, 1), (done.output, done.exception)
    answer = json.loads(done.stdout)
    if not file:
        return _of_then(answer)
    names = [Path(answer[name]) for name in ("file", "manifest_file")]
    return {each.name: _of_file(each.name, each.read_bytes()) for each in names}


def test_each_route_that_takes_a_moment_has_a_command_that_does_or_none_by_decision() -> None:
    assert len(OF_A_MOMENT) > 25 and len(PAIRS) > 35
    assert {name for name in NO_COMMAND if commands_of(name)} == set() == set(NO_COMMAND) - set(OF_A_MOMENT)
    for operation, command in PAIRS:
        assert ("known_at" in TAKEN[operation]) == ("--known-at" in options_of(command)), (operation, command)


def test_what_is_left_out_is_the_same_on_both_sides() -> None:
    compared = 0
    for operation, command in PAIRS:
        for name, default in TAKEN[operation].items():
            here = default_of(command, name)
            if here is None or (name == "limit" and "--list" in options_of(command)):
                continue  # over HTTP a number says that they are wanted one by one
            assert here == default, (operation, command, name)
            compared += 1
    assert compared > 25


@pytest.mark.parametrize("operation", OF_NOW_ALONE)
def test_a_route_whose_commands_take_no_moment_refuses_one(ledger: TestLedger, operation: str) -> None:
    """Else it has a question of its own: a command for it and its row in OVER_HTTP, or a line in NO_COMMAND."""
    method, _, route = operation.partition(" ")
    headers = {"Authorization": f"Bearer {key_of(ledger, Role.DPO, (CONTROLLER,))}"}
    with TestClient(make_app(ledger.settings)) as client:
        for name, value in {"on": PARAMETERS["on"], "known_at": PARAMETERS["known_at"][0]}.items():
            given = {**ASKED[operation][0].parameters, **(ASKED[operation][0].body or {}), name: value}
            answer = client.request(method, route, headers=headers, **({"json": given} if method == "POST" else {"params": given}))
            assert (answer.status_code, answer.json().get("field")) == (422, name), answer.text


@pytest.mark.parametrize("both", PAIRS, ids=lambda both: f"{both.operation} = {both.command}")
def test_a_command_answers_as_its_route_of_each_moment(ledger: TestLedger, over_http: dict[str, list[Said]], both: Both, tmp_path: Path) -> None:
    answers = over_http[str(both)]
    for each in answers:
        assert each.status == 200, each
        assert by_command(ledger, tmp_path, both, each) == each.answer, (each.asked, each.moment)
    assert len({json.dumps(each.answer, default=str) for each in answers}) > 1, "what does not change proves nothing"


@pytest.mark.parametrize("operation", sorted(NO_COMMAND))
def test_what_has_no_command_is_answered_as_the_query_that_commands_ask(
    ledger: TestLedger, over_http: dict[str, list[Said]], operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER__HOME", str(ledger.home))
    for each in over_http[str(Both(operation, ""))]:
        moment = MOMENTS[each.moment]
        with asking_widely(moment.get("on"), moment.get("known_at")) as query:
            assert (each.status, each.answer) == (200, _of_then(json.loads(json.dumps(as_json(NO_COMMAND[operation](query, each.asked)))))), each
