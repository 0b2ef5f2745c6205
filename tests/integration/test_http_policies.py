"""Coverage of promises and differences of policies over HTTP: as the commands answer, never of a controller out of reach, one walk at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from ledger.answers.wide_query import WideQuery
from ledger.cli.main import app, register_groups
from ledger.policies.files import load_policy
from ledger.stack.lifecycle import Running
from ledger.web import policies
from ledger.web.problems import Problem
from ledger.web.roles import EVERY_CONTROLLER, Role
from tests.histories import CONTROLLER, at, policy, records, rule, tick
from tests.integration.test_http_reads import Served, served
from tests.ledgers import new_database, new_ledger
from tests.serving import key_of, servers_of
from tests.small_ledger import ANNA, BRAM, history
from tests.web_examples import TEXT, example_world
from tests.web_world import WebWorld, load_small_ledger

__all__ = ["served"]  # a fixture: one server, and what the command line says of the same ledger
COVERAGE, DIFF = "/v1/policies/coverage", "/v1/policies/diff"


@pytest.fixture(scope="module")
def world(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebWorld]:
    """`hoster` has published 1001, in force, and 1009, which comes."""
    with new_database(stack) as dsn, example_world(dsn, tmp_path_factory.mktemp("policies")) as made:
        yield made


def said_in_lines(*command: str) -> list[Any]:
    register_groups()
    return [json.loads(line) for line in CliRunner().invoke(app, [*command, "--json"]).stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize(
    ("asked", "command"),
    [
        ({"controller": "mijndomein"}, ["--controller", "mijndomein"]),
        ({"controller": "mijndomein", "status": "silent"}, ["--controller", "mijndomein", "--status", "silent"]),
        ({"controller": "law"}, ["--controller", "law"]),
        ({"version": load_policy("mijndomein").policy.version}, ["mijndomein"]),
        ({"version": load_policy("mijndomein").policy.version, "status": "by law"}, ["mijndomein", "--status", "by law"]),
    ],
    ids=["shipped", "silent", "law", "published", "published by law"],
)
def test_coverage_is_that_of_the_command_line(served: Served, asked: dict[str, str], command: list[str]) -> None:
    answer = served.officer.get(COVERAGE, params=asked)

    assert answer.status_code == 200, answer.text
    found, said = answer.json(), said_in_lines("policy", "coverage", *command)
    assert found["promises"] == said
    assert said or "by law" in command
    assert (found["freshness"] is not None) == ("version" in asked) == ("Ledger-Positions" in answer.headers)
    assert answer.headers["Cache-Control"] == "no-store"


def test_coverage_tells_of_statements_in_reach_and_the_law_alone(served: Served, world: WebWorld) -> None:
    client = world.client()

    assert {row["controller"] for row in served.officer.get(COVERAGE).json()["promises"]} == {"mijndomein", None}
    every = client.get(COVERAGE, headers=world.key(Role.AUDITOR, EVERY_CONTROLLER)).json()["promises"]
    assert every == said_in_lines("policy", "coverage")
    refused = [
        client.get(COVERAGE, params=asked, headers=world.key(Role.DPO))
        for asked in ({"controller": "smallhold"}, {"controller": "no-such"}, {"controller": "smallhold", "version": "2018-05-22"}, {"version": "9"})
    ]
    assert {(each.status_code, each.content) for each in refused} == {(404, refused[0].content)}
    for asked, field in (({"controller": CONTROLLER}, "controller"), ({"status": "brokn"}, "status")):
        wrong = client.get(COVERAGE, params=asked, headers=world.key(Role.DPO))
        assert (wrong.status_code, wrong.json()["field"]) == (422, field) and "brokn" not in wrong.text


@pytest.mark.parametrize("status", [None, "by law", "checked"])
def test_coverage_of_a_text_is_that_of_the_file_on_the_command_line(
    served: Served, tmp_path: Path, status: str | None
) -> None:
    shipped = load_policy("mijndomein")
    text = shipped.text.replace(f"version: {shipped.policy.version}", "version: next").replace("MD-21", "MD-99")
    (tmp_path / "next.yaml").write_text(text)
    more, options = ({}, []) if status is None else ({"status": status}, ["--status", status])

    answer = served.officer.post(COVERAGE, json={"text": text} | more)

    assert answer.status_code == 200, answer.text
    found, said = answer.json(), said_in_lines("policy", "coverage", str(tmp_path / "next.yaml"), *options)
    assert found["promises"] == said and (any(row["id"] == "MD-99" and row["rules"] for row in said) or more)
    assert (found["controller"], found["version"], found["freshness"]) == ("mijndomein", "next", None)
    assert said or status == "by law"
    assert answer.headers["Cache-Control"] == "no-store"


def test_coverage_of_a_text_is_refused_out_of_reach_and_where_it_cannot_be_read(world: WebWorld) -> None:
    client, key, value = world.client(), world.key(Role.DPO), "jan.jansen@voorbeeld.nl"
    out_of_reach = client.post(COVERAGE, json={"text": TEXT.replace("controller: hoster", "controller: smallhold")}, headers=key)
    wrong = client.post(COVERAGE, json={"text": TEXT.replace("activities: [customers]", f"{value}: {value}")}, headers=key)
    status = client.post(COVERAGE, json={"text": TEXT, "status": "brokn"}, headers=key)

    assert (out_of_reach.status_code, out_of_reach.content) == (404, client.get(COVERAGE, params={"controller": "smallhold"}, headers=key).content)
    assert (wrong.status_code, wrong.json()["field"], [each["line"] for each in wrong.json()["findings"]][:1]) == (422, "text", [19])
    assert (status.status_code, status.json()["field"]) == (422, "status") and "brokn" not in status.text and value not in wrong.text
    assert client.post(COVERAGE, json={"text": TEXT, "more": 1}, headers=key).status_code == 422
    assert client.post(COVERAGE, json={"text": TEXT}, headers=world.key(Role.MANAGER)).status_code == 200
    assert client.post(COVERAGE, json={"text": TEXT}, headers=world.key(Role.OPERATOR)).status_code == 403


@pytest.mark.parametrize(
    ("more", "options"),
    [
        ({}, []), ({"text_only": True}, None), ({"limit": 2}, ["--list", "--limit", "2"]), ({"since": "2019-01-01"}, ["--since", "2019-01-01"]),
        ({"sample": 1}, ["--sample", "1"]),
    ],
    ids=["effect", "texts alone", "one by one", "since", "sample"],
)  # fmt: skip
def test_a_text_is_compared_as_on_the_command_line(served: Served, tmp_path: Path, more: dict[str, Any], options: list[str] | None) -> None:
    shipped = load_policy("mijndomein")
    text = shipped.text.replace(f'version: "{shipped.policy.version}"', 'version: "next"')
    text = text.replace("[CONTRACT_ENDED]\n    per: ref\n    after: statute\n    statute: nl-awr-52\n", "[COLLECTION]\n    after: P1D\n")
    (tmp_path / "next.yaml").write_text(text)

    answer = served.officer.post(DIFF, json={"text": text} | more)

    assert answer.status_code == 200, answer.text
    found = answer.json()
    if options is None:
        said = served.says("policy", "diff", "mijndomein", str(tmp_path / "next.yaml"), "--text-only", "--json")
    else:
        said = served.says("policy", "diff", str(tmp_path / "next.yaml"), *options, "--json")
        assert said["effect"]["holdings"] > 0
    assert found == said and found["changes"]


def test_a_manager_gets_the_numbers_of_an_effect_and_nobody(world: WebWorld) -> None:
    client = world.client()

    whole, numbers = (client.post(DIFF, json={"text": TEXT, "limit": 50}, headers=world.key(role)) for role in (Role.AUDITOR, Role.MANAGER))

    assert ANNA in whole.text and whole.json()["effect"]["changed_holdings"] and "changed_verdicts" in whole.json()["effect"]
    assert numbers.json()["effect"]["holding_counts"] == whole.json()["effect"]["holding_counts"]
    assert not {"changed_holdings", "changed_verdicts"} & set(numbers.json()["effect"])
    assert ANNA not in numbers.text and BRAM not in numbers.text


def test_two_published_versions_are_compared_and_not_sent_again_until_something_is_folded(world: WebWorld) -> None:
    client, key = world.client(), world.key(Role.MANAGER)

    answer = client.get(DIFF, params={"old": "1001", "new": "1009"}, headers=key)

    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["old"]["version"], found["new"]["version"], found["effect"]) == ("1001", "1009", None)
    assert [(each["part"], each["name"]) for each in found["changes"]][:2] == [("statement", CONTROLLER), ("retention", "HH-15")]
    assert answer.headers["Ledger-Positions"].startswith("0:") and answer.headers["Cache-Control"] == "no-store"
    again = client.get(DIFF, params={"old": "1001", "new": "1009"}, headers=key | {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    for asked, status in (({"old": "1001"}, 422), ({}, 422), ({"old": "1001", "new": "7"}, 404), ({"old": "7", "new": "1001"}, 404)):
        assert client.get(DIFF, params=asked, headers=key).status_code == status, asked
    assert client.get(DIFF, params={"old": "1001", "new": "1009"}, headers=world.key(Role.DPO, EVERY_CONTROLLER)).json()["field"] == "controller"


def test_a_text_of_a_controller_out_of_reach_is_the_same_as_what_is_published_for_nobody(world: WebWorld) -> None:
    client, key = world.client(), world.key(Role.DPO)
    out_of_reach = TEXT.replace("controller: hoster", "controller: smallhold")

    answers = [
        client.post(DIFF, json=body, headers=key)
        for body in ({"text": out_of_reach}, {"text": TEXT, "controller": "smallhold"}, {"text": TEXT, "old": "7"})
    ]

    assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
    assert client.post(DIFF, json={"text": out_of_reach}, headers=world.key(Role.DPO, EVERY_CONTROLLER)).content == answers[0].content


def test_mistakes_in_a_text_are_told_by_their_lines_and_never_by_what_stands_there(world: WebWorld) -> None:
    value = "jan.jansen@voorbeeld.nl"
    wrong = world.client().post(DIFF, json={"text": TEXT.replace("activities: [customers]", f"{value}: {value}")}, headers=world.key(Role.DPO))

    assert (wrong.status_code, wrong.json()["field"], wrong.json()["rule"]) == (422, "text", "policy")
    assert [each["line"] for each in wrong.json()["findings"]] == [19] * len(wrong.json()["findings"]) != []
    assert value not in wrong.text


def test_everybody_is_looked_at_for_one_question_at_a_time(world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    client, key, meanwhile = world.client(), world.key(Role.DPO), []
    effect = WideQuery.effect

    def ask_others(self: WideQuery, *given: Any, **more: Any) -> Any:
        monkeypatch.setattr(WideQuery, "effect", effect)
        meanwhile.append(client.post(DIFF, json={"text": TEXT}, headers=key))
        meanwhile.append(client.get("/v1/differences", headers=key))
        meanwhile.append(client.post(DIFF, json={"text": TEXT, "text_only": True}, headers=key))
        return effect(self, *given, **more)

    monkeypatch.setattr(WideQuery, "effect", ask_others)

    assert client.post(DIFF, json={"text": TEXT}, headers=key).status_code == 200
    assert [each.status_code for each in meanwhile] == [503, 503, 200] and "Retry-After" in meanwhile[0].headers
    assert client.post(DIFF, json={"text": TEXT}, headers=key).status_code == 200, "and then the next"


def test_a_walk_ends_when_the_time_of_a_request_is_over(world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    report = policies.ending(30.0, lambda: now[0])
    report(0.1)
    now[0] = 130.5
    with pytest.raises(Problem) as late:
        report(0.2)
    assert late.value.status == 504

    given = []

    def over(seconds: float) -> Any:
        given.append(seconds)
        return report

    monkeypatch.setattr(policies, "ending", over)
    answer = world.client().post(DIFF, json={"text": TEXT}, headers=world.key(Role.DPO))
    assert (answer.status_code, given) == (504, [world.settings.web.request_seconds])
    assert answer.headers["Retry-After"] == "5" and "smaller sample" in answer.json()["hint"]


NEXT_FROM, NEXT_TOLD, NEXT_IS_IN_FORCE = "2019-01-01", 69, 250
"""A second statement: from when on it is in force, on which day of the ledger it was published, and a day on which it is in force."""


@pytest.fixture(scope="module")
def replaced(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """`hoster` has published 1001, and 1009 later, which has replaced it by now; an auditor asks."""
    name, fields = policy(1009, NEXT_TOLD, [rule("HH-15", 365, ["SERVICE_ENDED"])], in_force_from=NEXT_FROM)
    log = records([*history(), (name, fields | {"in_force_from": at(214)}), tick(3000, NEXT_IS_IN_FORCE)])
    with new_ledger(stack, tmp_path_factory.mktemp("replaced") / "ledger", partitions=1) as ledger:
        load_small_ledger(ledger.dsn, log)
        with servers_of(ledger) as serve, serve().client(key_of(ledger, Role.AUDITOR, (CONTROLLER,))) as auditor:
            yield auditor


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, {"1001": "REPLACED", "1009": "IN_FORCE"}),
        ({"on": "2018-12-30"}, {"1001": "IN_FORCE", "1009": "COMING"}),
        ({"on": "2018-05-01"}, {"1001": "COMING", "1009": "COMING"}),
        ({"known_at": "before"}, {"1001": "IN_FORCE"}),
        ({"on": "2018-12-30", "known_at": "before"}, {"1001": "IN_FORCE"}),
        ({"known_at": "published"}, {"1001": "IN_FORCE", "1009": "COMING"}),
    ],
    ids=["now", "on a day before the next", "on a day before the first", "before it was published", "both", "when it was published"],
)
def test_policies_are_those_of_the_day_and_of_what_was_known(replaced: httpx.Client, asked: dict[str, str], said: dict[str, str]) -> None:
    places = {"before": f"0:{len(history()) - 1}", "published": f"0:{len(history())}"}
    asked = {name: places.get(value, value) for name, value in asked.items()}

    answer = replaced.get("/v1/policies", params=asked)

    assert answer.status_code == 200, answer.text
    assert {each["version"]: each["state"] for each in answer.json()["policies"]} == said
    assert (answer.json()["freshness"]["on"] is not None, answer.json()["freshness"]["known_at"] is not None) == ("on" in asked, "known_at" in asked)
