"""Lists in pages over HTTP and on the command line: `Link` followed to the end, cursors that are none, pages of another moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from ledger.cli.main import app, register_groups
from ledger.web.roles import Role
from tests.crowds import HOSTER, PARTITIONS, in_postgres
from tests.ledgers import TestLedger, new_ledger
from tests.serving import key_of, servers_of

LATE = {"until": "2060-01-01"}
SETTLED_TOO = [word for state in ("open", "overdue", "met") for word in ("--state", state)]
ASKED = [
    ("/v1/due", LATE, "lines", ["due", "--until", "2060-01-01"]),
    ("/v1/obligations", {"state": ["OPEN", "OVERDUE", "MET"]}, "obligations", ["obligations", *SETTLED_TOO]),
    ("/v1/violations", {"since": "2019-01-09"}, "violations", ["violations", "--since", "2019-01-09", "--list"]),
    ("/v1/requests", {"open": "true"}, "requests", ["report", "requests", "--open"]),
    ("/v1/disclosures", {}, "disclosures", ["report", "disclosures"]),
    ("/v1/suppression", {}, "gaps", ["report", "suppression"]),
    ("/v1/retention", {}, "due", ["report", "retention"]),
    ("/v1/differences", {}, "differences", ["differences"]),
]
THEN = {"on": "2019-06-01", "known_at": "0:40"}


class Served:
    """The crowd, and clients of one server."""

    def __init__(self, ledger: TestLedger, client_of: Callable[..., httpx.Client]) -> None:
        self.ledger, self.client_of, self.officer = ledger, client_of, client_of(Role.DPO)

    def says(self, *command: str) -> str:
        """What the command line prints."""
        register_groups()
        shown = CliRunner().invoke(app, list(command), env={"LEDGER__HOME": str(self.ledger.home)})
        assert shown.exit_code in (0, 1) and shown.stdout, (shown.output, shown.exception)
        return shown.stdout

    def pages(self, path: str, asked: dict[str, Any], client: httpx.Client | None = None) -> Iterator[dict[str, Any]]:
        """The answers, to the end of the links."""
        client, address, params = client or self.officer, path, dict(asked)
        while True:
            answer = client.get(address, params=params or None)
            assert answer.status_code == 200, answer.text
            yield answer.json()
            assert ("next" in answer.links) == (answer.json()["next"] is not None) == answer.json()["more"]
            if "next" not in answer.links:
                return
            address, params = answer.links["next"]["url"], {}
            assert f"after={answer.json()['next']}" in address and address.startswith(f"{path}?")


@pytest.fixture(scope="module")
def served(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as opened:
        ledger = opened.enter_context(new_ledger(stack, tmp_path_factory.mktemp("pages") / "ledger", partitions=PARTITIONS))
        in_postgres(ledger.dsn)
        server = opened.enter_context(servers_of(ledger))()
        yield Served(ledger, lambda role, *names: opened.enter_context(server.client(key_of(ledger, role, names or (HOSTER,)))))


@pytest.mark.parametrize(("path", "asked", "name", "command"), ASKED, ids=[each[0] for each in ASKED])
def test_links_followed_to_the_end_give_the_whole_list_and_so_do_the_pages_of_the_command_line(
    served: Served, path: str, asked: dict[str, Any], name: str, command: list[str]
) -> None:
    (whole,) = served.pages(path, asked | {"limit": 1000})
    limit = max(2, len(whole[name]) // 3)
    pages = list(served.pages(path, asked | {"limit": limit}))

    assert len(pages) > 2 and all(len(page[name]) <= limit for page in pages)
    assert [line for page in pages for line in page[name]] == whole[name]
    assert (whole["next"], whole["more"], pages[-1]["next"]) == (None, False, None)
    first = json.loads(served.says(*command, "-c", HOSTER, "--limit", str(limit), "--json"))
    second = json.loads(served.says(*command, "-c", HOSTER, "--limit", str(limit), "--json", "--after", first["next"]))
    assert (first["next"], second[name], second["next"]) == (pages[0]["next"], pages[1][name], pages[1]["next"])


def test_a_link_keeps_what_was_asked(served: Served) -> None:
    answer = served.officer.get("/v1/obligations", params={"state": ["OPEN", "MET"], "limit": 2, "controller": HOSTER})

    asked = parse_qs(urlsplit(answer.links["next"]["url"]).query)
    assert asked == {"state": ["OPEN", "MET"], "limit": ["2"], "controller": [HOSTER], "after": [answer.json()["next"]]}


def test_the_table_names_the_next_page(served: Served) -> None:
    printed = served.says("due", "--until", "2060-01-01", "--limit", "2")

    assert "there is more: raise --limit, or go on with" in printed
    (after,) = [line.removeprefix("--after ") for line in printed.splitlines() if line.startswith("--after ")]
    assert after == json.loads(served.says("due", "--until", "2060-01-01", "--limit", "2", "--json"))["next"]
    assert "--after" not in served.says("due", "--until", "2060-01-01", "--limit", "1000")
    listed = served.says("violations", "--limit", "2", "--after", json.loads(served.says("violations", "--list", "--limit", "2", "--json"))["next"])
    assert "happened" in listed, "a cursor asks for single ones"


def test_of_breaches_each_one_that_was_cut_has_a_link_of_its_own(served: Served) -> None:
    def people(breach: dict[str, Any]) -> list[str]:
        return [each["subject_ref"] for each in breach["subjects"]]

    whole = {each["breach_ref"]: people(each) for each in served.officer.get("/v1/breaches", params={"limit": 1000}).json()["breaches"]}
    answer = served.officer.get("/v1/breaches", params={"limit": 3})
    found = {each["breach_ref"]: people(each) for each in answer.json()["breaches"]}
    open_links = [each.split(">")[0][1:] for each in answer.headers["Link"].split(", ")]
    assert len(open_links) == len(whole) == 2
    while open_links:
        answer = served.officer.get(open_links.pop())
        (breach,) = answer.json()["breaches"]
        found[breach["breach_ref"]] += people(breach)
        open_links += [each.split(">")[0][1:] for each in answer.headers.get("Link", "").split(", ") if each]
    assert found == whole and all(len(each) > 6 for each in whole.values())


def test_pages_of_another_moment_are_all_of_that_moment(served: Served) -> None:
    asked = LATE | THEN
    (whole,) = served.pages("/v1/due", asked | {"limit": 1000})
    pages = list(served.pages("/v1/due", asked | {"limit": 3}))

    assert len(pages) > 2 and [line for page in pages for line in page["lines"]] == whole["lines"]
    assert {page["freshness"]["known_at"] for page in pages} == {whole["freshness"]["known_at"]}
    link = served.officer.get("/v1/due", params=asked | {"limit": 3}).links["next"]["url"]
    assert parse_qs(urlsplit(link).query)["known_at"] == whole["freshness"]["known_at"].split(", "), "all of its places are named"
    now = served.officer.get("/v1/due", params=LATE | {"limit": 3, "after": pages[0]["next"]})
    assert (now.status_code, now.json()["field"]) == (422, "after")


def test_what_was_asked_as_known_at_a_place_does_not_answer_the_next_who_asks_for_none(served: Served) -> None:
    def lines(**place: str) -> list[Any]:
        return list(served.officer.get("/v1/due", params=LATE | {"limit": 1000, "on": "2019-05-31"} | place).json()["lines"])

    early, open_ended = lines(known_at="0:2"), lines()

    assert len(open_ended) > len(early)
    assert lines(known_at="0:2") == early


BAD = ["x", "eyJhIjoxfQ", "A" * 1024, "WzEsIjAwMDAwMDAwMDAwMDAwMDAiLFtdXQ", "not/base64", "a b", "", "A" * 1025, "é"]


@pytest.mark.parametrize("after", BAD, ids=[str(number) for number in range(len(BAD))])
@pytest.mark.parametrize("path", ["/v1/due", "/v1/violations", "/v1/breaches", "/v1/differences"])
def test_what_is_no_cursor_is_a_problem_that_names_the_field_and_not_the_value(served: Served, path: str, after: str) -> None:
    answer = served.officer.get(path, params={"limit": 5, "after": after})

    assert (answer.status_code, answer.headers["Content-Type"], answer.json()["field"]) == (422, "application/problem+json", "after")
    assert len(after) < 6 or after not in answer.text


def test_the_cursor_of_another_question_controller_or_filter_is_refused(served: Served) -> None:
    everybody = served.client_of(Role.DPO, "*")
    after = everybody.get("/v1/due", params=LATE | {"limit": 2, "controller": HOSTER}).json()["next"]
    assert everybody.get("/v1/due", params=LATE | {"limit": 7, "controller": HOSTER, "after": after}).status_code == 200, "another limit may be"
    for path, asked in (
        ("/v1/due", LATE), ("/v1/due", LATE | {"controller": "another"}), ("/v1/due", {"controller": HOSTER}),
        ("/v1/obligations", {"controller": HOSTER}), ("/v1/retention", {"controller": HOSTER}), ("/v1/breaches", {"controller": HOSTER}),
    ):  # fmt: skip
        answer = everybody.get(path, params=asked | {"limit": 2, "after": after})
        assert (answer.status_code, answer.json()["field"]) == (422, "after"), (path, asked)
    elsewhere = served.client_of(Role.DPO, "another")
    assert elsewhere.get("/v1/due", params=LATE | {"limit": 2, "after": after}).status_code == 422
    assert elsewhere.get("/v1/due", params=LATE | {"limit": 2, "after": after, "controller": HOSTER}).status_code == 404


def test_who_may_not_see_persons_pages_through_the_same_lines_without_them(served: Served) -> None:
    pages = list(served.pages("/v1/due", LATE | {"limit": 5}, served.client_of(Role.MANAGER)))

    assert len(pages) > 2 and not any("subject_ref" in line or "ref" in line for page in pages for line in page["lines"])
    assert sum(len(page["lines"]) for page in pages) == len(next(served.pages("/v1/due", LATE | {"limit": 1000}))["lines"])
