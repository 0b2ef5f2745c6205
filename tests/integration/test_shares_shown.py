"""Each number of shares by month leads to as many shares, over HTTP and on the page, each with its event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest

from ledger.stack import Running
from ledger.web.pages import listing, month_chart
from ledger.web.roles import Role
from tests.histories import records, shared
from tests.integration.test_http_lists import lines, walked
from tests.integration.test_share_tally import REGISTRAR, life, when
from tests.ledgers import new_database
from tests.web_world import WebWorld, load_small_ledger, web_world

PATH = "/v1/overview/sharing/shares"
SMALL = 1


@pytest.fixture(scope="module")
def world(stack: Running) -> Iterator[WebWorld]:
    with new_database(stack) as dsn:
        load_small_ledger(dsn, records([*life(), shared(20, when("2018-06-01 10:30"), **REGISTRAR, subject="s4")]))
        with web_world(dsn) as made:
            yield made


def by_month(world: WebWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.client().get("/v1/overview/sharing", headers=world.key(Role.DPO, "*")).json()["by_month"]
    return found


def test_a_number_of_a_month_is_that_of_its_shares(world: WebWorld) -> None:
    told = by_month(world)
    assert len(told) > 3 and any(each["onward"] for each in told) and any(each["shares"] > SMALL for each in told)
    for each in told:
        asked: dict[str, Any] = {"controller": each["controller"], "recipient": each["recipient"], "role": each["role"]["term"]}
        asked |= {"country": each["country"] or "-"}
        asked |= {"month": each["month"][:7], "limit": SMALL}
        found = lines(walked(world, PATH, asked), "shares")
        onward = lines(walked(world, PATH, asked | {"onward": "true"}), "shares")

        assert (len(found), len(onward)) == (each["shares"], each["onward"] or 0)
        assert {(line["controller"], line["recipient"], line["role"]["term"]) for line in found} == {
            (each["controller"], each["recipient"], each["role"]["term"])
        }
        assert all(line["giver"] != line["controller"] for line in onward)
        events = [event["event_id"] for line in found for event in line["rests_on"]]
        assert len(set(events)) == len(found)


def test_filters_together_leave_what_fits_all(world: WebWorld) -> None:
    month = max(by_month(world), key=lambda each: each["shares"])["month"][:7]
    every = lines(walked(world, PATH, {"month": month}), "shares")
    for name, country in {(line["giver"], line["country"] or "-") for line in every}:
        found = lines(walked(world, PATH, {"month": month, "giver": name, "country": country}), "shares")

        assert found == [line for line in every if (line["giver"], line["country"] or "-") == (name, country)]


@pytest.mark.parametrize("month", ["2018-13", "2018-5", "1969-12", "9999-01", "May", None])
def test_a_month_that_cannot_be_read_is_refused_by_its_name(world: WebWorld, month: str | None) -> None:
    answer = world.client().get(PATH, params={} if month is None else {"month": month}, headers=world.key(Role.DPO, "*"))

    assert (answer.status_code, answer.json()["field"]) == (422, "month")


def test_a_manager_learns_no_person_and_another_controller_nothing(world: WebWorld) -> None:
    owner, month = next((each["controller"], each["month"][:7]) for each in by_month(world))
    asked = {"month": month, "controller": owner}
    shown = world.client().get(PATH, params=asked, headers=world.key(Role.MANAGER, owner))

    assert shown.status_code == 200 and "subject_ref" not in shown.text and "event_id" not in shown.text
    assert world.client().get(PATH, params=asked, headers=world.key(Role.DPO, "somebody-else")).status_code == 404


def test_recipients_that_are_left_out_are_not_among_the_shares(world: WebWorld) -> None:
    month = max(by_month(world), key=lambda each: each["shares"])["month"][:7]
    every = lines(walked(world, PATH, {"month": month}), "shares")
    names = sorted({line["recipient"] for line in every})
    found = lines(walked(world, PATH, {"month": month, "not_recipient": names[:2]}), "shares")

    assert len(names) > 2 and found == [line for line in every if line["recipient"] not in names[:2]] != []


@pytest.mark.parametrize(("asked", "names"), [
    ({}, {"recipient", "onward", "not_recipient"}), ({"country": "US"}, {"country"}), ({"country": "-"}, {"country", "recipient", "not_recipient"}),
    ({"role": "registrar"}, {"role", "recipient"}), ({"role": "registrar", "country": "US"}, {"role", "country"}),
])  # fmt: skip
def test_the_numbers_of_the_page_lead_to_as_many_shares(
    world: WebWorld, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], names: set[str]
) -> None:
    monkeypatch.setattr(month_chart, "SERIES_MAX", 1)
    client, key = world.client(), world.key(Role.DPO, "*") | {"Accept": "text/html", "Accept-Language": "en"}
    table = client.get("/sharing", params=asked, headers=key).text.partition('id="months"')[2].partition("</section>")[0]
    links = [(unescape(address), int(number)) for address, number in re.findall(r'<a href="(/sharing/shares[^"]*)">(\d+)</a>', table)]
    assert links and names <= {name for address, _ in links for name, _ in parse_qsl(urlsplit(address).query)}
    assert not re.findall(r'class="num"[^>]*>[1-9]', table), "no number is without its list"

    monkeypatch.setattr(listing, "PAGE", SMALL)
    for address, number in links:
        found, following = 0, [address]
        while following:
            page = client.get(following.pop(), headers=key).text
            found += page.count('<th scope="row">')
            following = [unescape(each) for each in re.findall(r'href="(/sharing/shares[^"]*after=[^"]*)"', page)]
        assert found == number, address


def test_a_page_without_a_month_is_that_of_now_and_says_when_nothing_is_there(world: WebWorld) -> None:
    page = world.client().get("/sharing/shares?month=1980-01", headers=world.key(Role.DPO, "*") | {"Accept": "text/html", "Accept-Language": "en"})
    now = world.client().get("/sharing/shares", headers=world.key(Role.DPO, "*") | {"Accept": "text/html", "Accept-Language": "en"})

    assert (page.status_code, now.status_code) == (200, 200)
    assert "There is nothing to show." in page.text and "1980" in page.text.partition('class="lead"')[2].partition("</p>")[0], page.text[-2500:]


def test_the_month_of_now_is_the_dutch_one_and_its_pages_keep_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", SMALL)
    load_small_ledger(database, records(life()))
    with psycopg.connect(database, autocommit=True) as connection:  # half past midnight on 1 June in the Netherlands
        connection.execute("UPDATE projection.progress SET time_reached = '2018-05-31T22:30:00Z'")
    with web_world(database) as made:
        page = made.client().get("/sharing/shares", headers=made.key(Role.DPO, "*") | {"Accept": "text/html", "Accept-Language": "en"}).text

    assert "Jun&nbsp;2018" in page.replace("\xa0", "&nbsp;").replace("Jun 2018", "Jun&nbsp;2018").partition('class="lead"')[2].partition("</p>")[0]
    assert all("month=2018-06" in each for each in re.findall(r'href="(/sharing/shares[^"]*after=[^"]*)"', page)) and "after=" in page
