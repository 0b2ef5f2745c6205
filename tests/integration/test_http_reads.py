"""Every question over HTTP: the answer of `ledger ... --json` on the same ledger; not modified, and at another moment too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest
from typer.testing import CliRunner

from ledger.adapters.postgres_as_of import _MAKING_LOCK
from ledger.cli.main import app, register_groups
from ledger.web.access import RULES
from ledger.web.roles import Role
from tests.everything import load_everything
from tests.ledgers import TestLedger, new_ledger
from tests.reading import read_topic
from tests.serving import key_of, servers_of
from tests.workers import wait_until

WHO = {"controller": "mijndomein", "subject_ref": "s2", "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
OURS = ["--controller", "mijndomein"]
THEN = ["--on", "2019-03-15"]


class Served:
    """A ledger with `everything()` on it, and clients of one server."""

    def __init__(self, ledger: TestLedger, officer: httpx.Client, client_of: Callable[[Role], httpx.Client]) -> None:
        self.ledger, self.officer, self.client_of = ledger, officer, client_of

    def says(self, *command: str) -> Any:
        """What the command line answers."""
        register_groups()
        shown = CliRunner().invoke(app, list(command), env={"LEDGER__HOME": str(self.ledger.home)})
        assert shown.exit_code in (0, 1) and shown.stdout, (shown.output, shown.exception)
        return json.loads(shown.stdout)


@pytest.fixture(scope="module")
def served(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as opened:
        ledger = opened.enter_context(new_ledger(stack, tmp_path_factory.mktemp("reads") / "ledger", partitions=1))
        load_everything(ledger.dsn)
        server = opened.enter_context(servers_of(ledger))()

        def client_of(role: Role) -> httpx.Client:
            subject = "s2" if role is Role.SUBJECT else None
            source = "shop" if role is Role.EMITTER else None
            return opened.enter_context(server.client(key_of(ledger, role, ("mijndomein",), source=source, subject_ref=subject)))

        yield Served(ledger, client_of(Role.DPO), client_of)


ASKED = [
    ("/v1/holders", {}, ["holders", *OURS]),
    ("/v1/holders", {"facts": False}, ["holders", "--without-facts", *OURS]),
    ("/v1/recipients", {}, ["report", "recipients", *OURS]),
    ("/v1/transfers", {}, ["report", "transfers", *OURS]),
    ("/v1/retention", {}, ["report", "retention", *OURS]),
    ("/v1/retention", {"facts": False}, ["report", "retention", "--without-facts", *OURS]),
    ("/v1/register", {}, ["report", "register", *OURS]),
    ("/v1/violations", {"limit": 50}, ["violations", "--list", "--limit", "50", *OURS]),
    ("/v1/due", {"until": "2030-01-01"}, ["due", "--until", "2030-01-01", *OURS]),
    ("/v1/obligations", {"state": ["OPEN", "MET"], "limit": 3}, ["obligations", "--state", "OPEN", "--state", "MET", "--limit", "3", *OURS]),
    ("/v1/requests", {}, ["report", "requests", *OURS]),
    ("/v1/breaches", {"limit": 10}, ["report", "breaches", "--list", "--limit", "10", *OURS]),
    ("/v1/disclosures", {}, ["report", "disclosures", *OURS]),
    ("/v1/suppression", {}, ["report", "suppression", *OURS]),
    ("/v1/holds", {}, ["holds", *OURS]),
    ("/v1/holds", {"all": True, "limit": 2}, ["holds", "--all", "--limit", "2", *OURS]),
    ("/v1/processor-statement", {}, ["report", "processor-statement", *OURS]),
    ("/v1/differences", {}, ["differences", *OURS]),
]
PERSONS = [
    ("/v1/subjects/show", {}, ["subject", "show", "s2", *OURS]),
    ("/v1/subjects/access", {"for": "subject"}, ["report", "subject", "s2", *OURS]),
    ("/v1/subjects/access", {"for": "officer"}, ["report", "subject", "s2", "--for", "officer", *OURS]),
    ("/v1/subjects/portable", {}, ["subject", "export", "s2", *OURS]),
    ("/v1/subjects/look-ups", {}, ["report", "look-ups", "--subject", "s2", *OURS]),
]


def without_lag(answer: Any) -> Any:
    """Look-ups make the log longer meanwhile."""
    if isinstance(answer, dict):
        return {name: without_lag(value) for name, value in answer.items() if name not in ("lag", "ends", "end_offset")}
    return [without_lag(each) for each in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize(("path", "asked", "command"), ASKED, ids=[each[0] for each in ASKED])
def test_a_question_about_everybody_is_answered_as_on_the_command_line(
    served: Served, path: str, asked: dict[str, Any], command: list[str]
) -> None:
    answer = served.officer.get(path, params=asked)

    assert answer.status_code == 200, answer.text
    assert without_lag(answer.json()) == without_lag(served.says(*command, "--json"))
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Ledger-Positions"].startswith("0:")
    again = served.officer.get(path, params=asked, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    other = served.officer.get(path, params={**asked, "controller": "mijndomein"}, headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200, "another question"


@pytest.mark.parametrize(("path", "asked", "command"), PERSONS, ids=[f"{each[0]} {each[1]}" for each in PERSONS])
def test_a_question_about_one_person_is_answered_as_on_the_command_line_and_told_first(
    served: Served, path: str, asked: dict[str, Any], command: list[str]
) -> None:
    before = len(read_topic(served.ledger.settings, "facts"))
    answer = served.officer.post(path, json=WHO | asked)

    assert answer.status_code == 200, answer.text
    assert without_lag(answer.json()) == without_lag(served.says(*command, "--json"))
    told = read_topic(served.ledger.settings, "facts")[before:]
    assert [(each.type_name, each.fields["subject_ref"], each.fields["purpose"]) for each in told] == [("DataConsulted", "s2", "dpv:CustomerCare")]


def test_the_same_questions_at_another_moment(served: Served) -> None:
    for path, command in (("/v1/holders", "holders"), ("/v1/obligations", "obligations")):
        answer = served.officer.get(path, params={"on": "2019-03-15"})
        assert answer.status_code == 200, answer.text
        assert without_lag(answer.json()) == without_lag(served.says(command, *OURS, *THEN, "--json"))
        assert answer.json() != served.officer.get(path).json()


WRONG = [{"on": "yesterday"}, {"known_at": "0:999999"}, {"known_at": "9:1"}, {"known_at": "0:-1"}, {"on": "9999-99-99"}, {"on": "2099-01-01"},
         {"known_at": "2199-01-01"}]  # fmt: skip


@pytest.mark.parametrize("asked", WRONG)
def test_a_moment_or_place_that_there_is_not_is_refused_by_its_name(served: Served, asked: dict[str, str]) -> None:
    answer = served.officer.get("/v1/holders", params=asked)
    assert (answer.status_code, answer.json().get("field")) == (422, *asked), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["hint"]


def test_a_person_too_is_not_told_as_of_a_day_that_has_not_come(served: Served) -> None:
    answer = served.officer.post("/v1/subjects/show", json=WHO | {"on": "2099-01-01"})

    assert (answer.status_code, answer.json()["field"]) == (422, "on")


def test_a_filter_with_a_slip_in_its_name_is_refused_by_its_name_with_those_that_there_are(served: Served) -> None:
    answer = served.officer.get("/v1/holders", params={"controler": "mijndomein"})

    assert (answer.status_code, answer.json()["field"], answer.json()["rule"]) == (422, "controler", "unknown-parameter")
    assert answer.json()["hint"] == "it knows: controller, facts, known_at, on" and "mijndomein" not in answer.text


def test_policies_that_stand_are_shown_with_their_text_and_hash(served: Served) -> None:
    from hashlib import sha256

    found = served.officer.get("/v1/policies").json()["policies"]
    compiled = served.says("policy", "show", "mijndomein", "--json")

    assert [(each["controller"], each["version"], each["state"]) for each in found] == [("mijndomein", compiled["version"], "IN_FORCE")]
    assert [sha256(each["text"].encode()).hexdigest() for each in found] == [each["text_hash"] for each in found]


def test_the_installation_says_how_it_stands(served: Served) -> None:
    operator = served.client_of(Role.OPERATOR)
    assert operator.get("/v1/freshness").json()["freshness"]["partitions"][0]["partition"] == 0
    assert operator.get("/v1/dead-letters").json()["dead_letters"] == []


def test_why_something_is_still_there_is_said_in_the_words_of_the_policy(served: Served) -> None:
    for language in ("en", "nl"):
        found = served.officer.post("/v1/subjects/explain", json=WHO | {"lang": language, "store": "crm"}).json()["holdings"]
        assert found and {each["holding"]["store"] for each in found} == {"crm"}
        for each in found:
            holding = each["holding"]
            categories = [word for held in holding["categories"] for word in ("--category", held["category"]["term"])]
            said = served.says(
                "policy", "explain", "mijndomein", "--activity", holding["activity"], "--purpose", holding["purpose"]["term"], *categories,
                "--lang", language, "--json",
            )  # fmt: skip
            assert each["explanation"] == said


def test_one_event_is_shown_by_its_place_and_looking_at_it_is_told(served: Served) -> None:
    shown = served.officer.post("/v1/subjects/show", json=WHO).json()
    place = shown["holdings"][0]["categories"][0]["event"]
    reason = {"purpose": "dpv:CustomerCare", "partition": place["partition"], "offset": place["offset"]}
    before = len(read_topic(served.ledger.settings, "facts"))

    answer = served.officer.post("/v1/facts/show", json=reason)

    assert answer.status_code == 200, answer.text
    assert answer.json()["event"]["event_id"] == place["event_id"] and answer.json()["bundle"] is None
    assert [each.fields["subject_ref"] for each in read_topic(served.ledger.settings, "facts")[before:]] == ["s2"]
    for elsewhere in ({"offset": 999_999}, {"partition": 7}, {"subject_ref": "s1"}, {"controller": "smallhold"}):
        assert served.officer.post("/v1/facts/show", json=reason | elsewhere).status_code == 404
    assert served.officer.post("/v1/facts/show", json={"partition": 0, "offset": place["offset"]}).status_code == 422, "what for?"


def test_every_route_of_the_table_is_there(served: Served) -> None:
    described = httpx.get(f"{served.officer.base_url}/openapi.json", trust_env=False).json()["paths"]
    there = {(method.upper(), path) for path, each in described.items() for method in each}
    assert {rule.key for rule in RULES if rule.route.startswith("/v1/")} <= there


def test_while_another_moment_is_made_the_answer_is_to_come_again(served: Served) -> None:
    with psycopg.connect(served.ledger.dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_MAKING_LOCK])
        busy = served.officer.get("/v1/holders", params={"on": "2019-03-01"})
    assert (busy.status_code, busy.headers["Content-Type"]) == (503, "application/problem+json"), busy.text
    assert int(busy.headers["Retry-After"]) > 0
    assert busy.json()["rule"] == "as-of-then"

    def is_answered() -> bool:
        return served.officer.get("/v1/holders", params={"on": "2019-03-01"}).status_code == 200

    wait_until(is_answered, seconds=60.0, what="the answer")
