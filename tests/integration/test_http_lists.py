"""The single ones behind the numbers of the overviews over HTTP: as the ledger answers them, page by page to the end, each once; and to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.deletion_choice import DATED, STATES, choice_of
from ledger.answers.deletion_overview import day_of
from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_behind import NONE, DatedWanted, HeldWanted
from ledger.stack.lifecycle import Running
from ledger.web.access import rule_of
from ledger.web.roles import Role
from tests.histories import CONTROLLER, records
from tests.integration.test_apart import A, B
from tests.integration.test_behind import HELD
from tests.ledgers import new_database
from tests.web_world import WebWorld, load_small_ledger, web_world

ALL = 100_000
SHARING, DELETION = "/v1/overview/sharing/list", "/v1/overview/deletion/list"
EMPTY = {"holder": "", "rule": "", "age": "", "day": "", "month": ""}


@pytest.fixture(scope="module")
def held(stack: Running) -> Iterator[WebWorld]:
    """One person who is held back, one who was refused, one whose data goes soon."""
    with new_database(stack) as dsn:
        load_small_ledger(dsn, records(HELD))
        with web_world(dsn) as made:
            yield made


def answered(world: WebWorld, ask: Callable[[Query], Any], controllers: tuple[str, ...] = ("*",)) -> Any:
    with closing(PostgresReader(world.dsn, controllers=controllers)) as reader:
        return as_json(ask(Query(reader, lambda partitions: [0] * partitions)))


def walked(
    world: WebWorld, path: str, asked: dict[str, Any], role: Role = Role.DPO, controllers: tuple[str, ...] = ("*",)
) -> list[dict[str, Any]]:
    """Each page, by the `Link` of the one before."""
    client, key, address = world.client(), world.key(role, *controllers), path
    pages: list[dict[str, Any]] = []
    while address:
        answer = client.get(address, params=None if pages else asked, headers=key)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        link = answer.headers.get("Link")
        assert (link is not None) == pages[-1]["more"] == (pages[-1]["next"] is not None)
        address = "" if link is None else link.removeprefix("<").removesuffix('>; rel="next"')
        assert address == "" or f"after={pages[-1]['next']}" in address
    return pages


def lines(pages: list[dict[str, Any]], name: str) -> list[Any]:
    return [line for page in pages for line in page[name]]


HELD_ASKED: list[tuple[dict[str, Any], HeldWanted]] = [
    ({}, HeldWanted()),
    ({"controller": B}, HeldWanted(controller=B)),
    ({"role": "registry"}, HeldWanted(role="registry")),
    ({"giver": A, "role": "registry"}, HeldWanted(giver=A, role="registry")),
    ({"category": "pd:Name", "purpose": "dpv:DirectMarketing"}, HeldWanted(category="pd:Name", purpose="dpv:DirectMarketing")),
    ({"country": NONE}, HeldWanted(country=NONE)), ({"country": "NL"}, HeldWanted(country="NL")),
    ({"undated": "true", "rule": NONE}, HeldWanted(is_without_date=True, rule=NONE)),
    ({"holder": A}, HeldWanted(holder=A)),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "wanted"), HELD_ASKED, ids=[str(each[0]) for each in HELD_ASKED])
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_what_is_behind_a_number_on_sharing_is_listed_to_its_end(world: WebWorld, asked: dict[str, Any], wanted: HeldWanted, limit: int) -> None:
    whole = answered(world, lambda query: query.held_behind(wanted, ALL))["holdings"]
    everything = answered(world, lambda query: query.held_behind(HeldWanted(), ALL))["holdings"]

    pages = walked(world, SHARING, {"limit": limit, **asked})

    assert lines(pages, "holdings") == whole and (0 < len(whole) < len(everything) or not asked)
    assert [len(page["holdings"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)


SEEN: set[str] = set()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("limit", [1, 1000])
def test_what_is_behind_a_number_on_deletion_is_listed_to_its_end(world: WebWorld, held: WebWorld, state: str, limit: int) -> None:
    name = "holdings" if state in DATED else "erasures"
    for each in (world, held):
        whole = answered(each, lambda query: listed(query, {"state": state}))[name]
        pages = walked(each, DELETION, {"state": state, "limit": limit})
        assert lines(pages, name) == whole and {page["state"] for page in pages} == {state}
        assert lines(pages, "erasures" if name == "holdings" else "holdings") == []
        if len(pages) > 1:
            SEEN.add(state)


def test_of_most_states_there_was_more_than_a_page() -> None:
    assert {"COMING", "HELD_BACK", "OPEN"} <= SEEN and len(SEEN) >= 4


def listed(query: Query, wanted: dict[str, str]) -> Any:
    choice = choice_of(EMPTY | wanted, None, day_of(query.freshness().time_reached))
    return query.dated_behind(choice, ALL) if isinstance(choice, DatedWanted) else query.erasures_behind(choice, ALL)


def test_each_number_of_the_overview_is_how_many_its_list_has(held: WebWorld) -> None:
    client, key = held.client(), held.key(Role.DPO)
    found = client.get("/v1/overview/deletion", params={"until": "2019-12-31"}, headers=key).json()
    numbers = [
        *((e["number"], {"state": e["state"], "holder": e["holder"], "rule": e["rule"], "age": e["age"]}) for e in found["unsettled"]),
        *((e["number"], {"state": "HELD_BACK", "holder": e["holder"], "rule": e["rule"]}) for e in found["waiting"]),
        *((e["number"], {"state": "COMING", "day": e["day"]}) for e in found["coming"]),
        *((e["number"], {"state": "REFUSED", "month": e["month"][:7], "holder": e["holder"]}) for e in found["settled"] if e["reason"] == "refused"),
    ]  # fmt: skip

    assert {asked["state"] for number, asked in numbers if number} >= {"HELD_BACK", "COMING", "REFUSED"}
    for number, asked in numbers:
        answer = client.get(DELETION, params=asked, headers=key).json()
        assert len(answer["holdings"]) + len(answer["erasures"]) == number, asked


@pytest.mark.parametrize("path", [SHARING, DELETION])
def test_nothing_new_is_told_by_its_tag_and_how_fresh_it_is_stands_in_the_headers(held: WebWorld, path: str) -> None:
    client, key = held.client(), held.key(Role.DPO)
    answer = client.get(path, headers=key)
    again = client.get(path, headers=key | {"If-None-Match": answer.headers["ETag"]})
    other = client.get(path, params={"holder": CONTROLLER}, headers=key | {"If-None-Match": answer.headers["ETag"]})

    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Ledger-Positions"] == f"0:{len(HELD) - 1}"
    assert answer.headers["Ledger-Time"] == answer.json()["freshness"]["time_reached"]


WRONG = [
    (DELETION, {"state": "GONE"}, "state"), (DELETION, {"age": "old"}, "age"), (DELETION, {"day": "2020-13-01"}, "day"),
    (DELETION, {"month": "May"}, "month"), (DELETION, {"day": "2020-01-01", "month": "x"}, "month"), (DELETION, {"limit": "0"}, "limit"),
    (SHARING, {"limit": "1001"}, "limit"), (SHARING, {"after": "AAAA"}, "after"), (DELETION, {"after": "AAAA"}, "after"),
    (SHARING, {"undated": "perhaps"}, "undated"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "asked", "field"), WRONG, ids=[f"{each[0]} {each[1]}" for each in WRONG])
def test_what_cannot_be_read_is_refused_by_its_name(held: WebWorld, path: str, asked: dict[str, str], field: str) -> None:
    answer = held.client().get(path, params=asked, headers=held.key(Role.DPO))

    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


def test_a_cursor_is_of_its_own_list_and_state_alone(held: WebWorld) -> None:
    client, key = held.client(), held.key(Role.DPO)
    after = client.get(SHARING, params={"limit": 1}, headers=key).json()["next"]
    coming = client.get(DELETION, params={"limit": 1, "state": "COMING"}, headers=key).json()["next"]

    assert after and coming
    assert client.get(SHARING, params={"limit": 5, "after": after}, headers=key).status_code == 200, "the limit may be another"
    others = [(SHARING, {"holder": "SIDN", "after": after}), (DELETION, {"state": "HELD_BACK", "after": coming}), (DELETION, {"after": after})]
    for path, asked in others:
        assert client.get(path, params=asked, headers=key).status_code == 422


def test_a_list_that_was_begun_before_midnight_can_be_read_to_its_end(database: str) -> None:
    load_small_ledger(database, records(HELD))
    with web_world(database) as made:
        client, key, asked = made.client(), made.key(Role.DPO, "*"), {"limit": 1, "state": "COMING"}
        pages = walked(made, DELETION, asked)
        assert len(pages) > 1
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE projection.progress SET time_reached = time_reached + interval '1 day'")

        tomorrow = [client.get(DELETION, params=asked | {"after": page["next"]}, headers=key) for page in pages[:-1]]
        assert [each.status_code for each in tomorrow] == [200] * len(tomorrow)
        assert [each.json()["holdings"] for each in tomorrow] == [page["holdings"] for page in pages[1:]]
        other_day = pages[0]["next"].replace("20", "21", 1)
        for after in ("2018-13-01_AAAA", "0001-01-01_AAAA", "2018-05-25_", "2018-05-25-AAAA", "20180525_AAAA", other_day):
            assert client.get(DELETION, params=asked | {"after": after}, headers=key).status_code == 422
        page = client.get(f"/deletion/list?state=COMING&after={pages[0]['next']}", headers=key | {"Accept": "text/html"})
        assert page.status_code == 200


def of_state(path: str, state: str) -> dict[str, str]:
    """What sharing does not ask about."""
    return {"state": state} if path == DELETION else {}


@pytest.mark.parametrize("path", [SHARING, DELETION])
def test_who_may_open_the_page_may_ask_and_a_manager_gets_no_persons(world: WebWorld, held: WebWorld, path: str) -> None:
    rule, page = rule_of("GET", path), rule_of("GET", path.removeprefix("/v1/overview"))
    assert rule is not None and page is not None and (rule.roles, rule.withheld) == (page.roles, page.withheld)

    for one in (A, B):
        pages = walked(world, path, {"limit": 2} | of_state(path, "OVERDUE"), Role.AUDITOR, (one,))
        owners = {line["controller"] for page in pages for line in (*page["holdings"], *page.get("erasures", ()))}
        assert owners == ({one} if one == A or path == SHARING else set())  # B has nothing overdue, A has
    assert world.client().get(path, params={"controller": B}, headers=world.key(Role.DPO, A)).status_code == 404

    officer, manager = (lines(walked(held, path, {"limit": 3} | of_state(path, "COMING"), role), "holdings") for role in (Role.DPO, Role.MANAGER))
    assert officer and all("subject_ref" in line for line in officer) and "event_id" in f"{officer}"
    assert "subject_ref" not in f"{manager}" and "event_id" not in f"{manager}" and len(manager) == len(officer)
