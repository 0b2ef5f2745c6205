"""What pages list: promises of whom, how lists go on to their end, and what is said where less is shown than there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from typing import Any

import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from ledger.policies.coverage import coverage
from ledger.web.pages import breaches, deletion, disclosures, listing, promises, requests
from ledger.web.pages.labels import words
from ledger.web.roles import Role
from tests.browser.every_page import OPENED
from tests.histories import CONTROLLER, Event, at, collected, erased, fact, policy, records, register_event, rule, tick
from tests.integration.test_apart import A, B
from tests.web_world import WebWorld, load_small_ledger, web_world

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}
Ask = Callable[..., Any]


def asker(world: WebWorld, role: Role, *controllers: str) -> Ask:
    """Opens pages as that role: (path, parameters) -> the answer."""
    client, key = world.client(), world.key(role, *controllers)
    return lambda path, **asked: client.get(path, params=asked or None, headers=ENGLISH | key)


def answers(world: WebWorld, ask: Callable[[Query], Any]) -> Any:
    with closing(PostgresReader(world.dsn)) as reader:
        return ask(Query(reader))


def said(key: str, **values: Any) -> str:
    return words()[key]["en"].format(**values)


def promises_on(text: str) -> set[tuple[str, str]]:
    """(promise, whose) of each line of the list."""
    return set(re.findall(r'<th scope="row"><a href="/violations\?[^"]*">([^<]*)</a><small>([^<]*)</small>', text))


def figure(text: str, label: str) -> int:
    found = re.search(rf"<dt>{re.escape(label)}</dt>\s*<dd>(?:<a[^>]*>)?([\d,]+)", text)
    assert found is not None, label
    return int(found[1].replace(",", ""))


def links(text: str, path: str) -> list[str]:
    """Where the page turns to."""
    return [unescape(each) for each in re.findall(rf'<a class="button" href="({re.escape(path)}\?[^"]*)"', text)]


# -- promises

LAW = {(row.id, said("the_law")) for row in coverage() if row.promise and row.controller is None}


def of(*controllers: str) -> set[tuple[str, str]]:
    return {(row.id, row.controller or "") for row in coverage() if row.promise and row.controller in controllers}


@pytest.mark.parametrize(("bound", "asked", "shown"), [((A,), {}, (A,)), ((A, B), {}, (A,)), ((A, B), {"controller": B}, (B,)), (("*",), {}, (A, B))])
def test_only_promises_of_who_is_in_reach_are_listed_and_counted(
    world: WebWorld, bound: tuple[str, ...], asked: dict[str, str], shown: tuple[str, ...]
) -> None:
    text = asker(world, Role.MANAGER, *bound)("/violations", **asked).text

    counts = [each for each in answers(world, Query.violations).counts if each.controller in shown]
    articles = {(each.promise, said("the_law")) for each in counts if each.promise.startswith("GDPR-")}
    assert promises_on(text) == of(*shown) | LAW | articles and articles
    assert figure(text, said("promises_made")) == len(of(*shown) | LAW | articles)
    assert figure(text, said("promises_times")) == sum(each.violations for each in counts) > 0


def test_a_promise_out_of_reach_is_as_unknown_as_one_that_nobody_made(world: WebWorld) -> None:
    ask = asker(world, Role.MANAGER, A)
    known, beyond, nowhere = ask("/violations", promise="MD-13"), ask("/violations", promise="SO-05"), ask("/violations", promise="NO-01")
    not_in_this_ledger = asker(world, Role.MANAGER, "*")("/violations", promise="WH-04")

    assert (known.status_code, beyond.status_code, nowhere.status_code, not_in_this_ledger.status_code) == (200, 404, 404, 404)
    assert beyond.text.replace("SO-05", "NO-01") == nowhere.text and said("promises_kept_so_far") not in beyond.text
    assert asker(world, Role.MANAGER, "*")("/violations", promise="SO-05").status_code == 200


def test_a_promise_of_a_policy_that_does_not_ship_is_listed_and_opens(database: str) -> None:
    load_small_ledger(database)
    with web_world(database) as small:
        ask = asker(small, Role.DPO, CONTROLLER)
        text = ask("/violations").text
        assert {(name, CONTROLLER) for name in ("TAX-7", "HH-15", "REG-1", "SO-05", "MD-13", "MD-14")} <= promises_on(text)
        assert {whose for _, whose in promises_on(text)} == {CONTROLLER, said("the_law")}
        assert figure(text, said("promises_times")) == sum(each.violations for each in answers(small, Query.violations).counts) > 0
        assert ask("/violations", promise="SO-05").status_code == ask("/violations", promise="TAX-7").status_code == 200


# -- lists that go on

OF_A_COURT: dict[str, Any] = {"requester_kind": "court", "ground": "court_order", "categories": ["pd:Name"]}
USED = [fact("DataUsed", 30 + n, 0, "s2", by=CONTROLLER, purpose="dpv:DirectMarketing", categories=["pd:Name"]) for n in range(5)]
TWICE = [
    policy(1001, 0, [rule("T-1", 10, ["COLLECTION"])], conditions=[{"id": "SO-05", "act": "use", "needs": ["consent"]}]), tick(2001, 0),
    collected(1, 1, subject="s1"), collected(2, 1, subject="s2"),
    *(fact("RequestReceived", 10 + n, 2, "s1", right="ACCESS", request_ref=f"asked-{n}") for n in range(5)),
    *USED,
    *(fact("DisclosureRequested", 40 + n, 4, "s2", disclosure_ref=f"wanted-{n}", **OF_A_COURT) for n in range(5)),
    tick(2002, 5), tick(2003, 60),
]  # fmt: skip


def turned(ask: Ask, path: str, **asked: str) -> Iterator[str]:
    """The pages, from link to link."""
    answer = ask(path, **asked)
    for _ in range(100):
        assert answer.status_code == 200, answer.text
        yield answer.text
        going_on = [link for link in links(answer.text, path) if "after=" in link]
        if not going_on:
            return
        answer = ask(going_on[0])
    pytest.fail("the list does not come to its end")


LISTS: list[tuple[Any, str, dict[str, str], str]] = [
    (requests, "/requests", {"only": "all"}, r"asked-\d"), (disclosures, "/disclosures", {}, r"wanted-\d"),
    (promises, "/violations", {"promise": "SO-05"}, r'<th scope="row"><time'),
]  # fmt: skip


@pytest.mark.parametrize(("module", "path", "asked", "line"), LISTS, ids=[each[1] for each in LISTS])
def test_a_list_goes_on_to_its_end_and_the_figures_above_each_page_are_of_all_of_it(
    database: str, monkeypatch: pytest.MonkeyPatch, module: Any, path: str, asked: dict[str, str], line: str
) -> None:
    load_small_ledger(database, records(TWICE))
    with web_world(database) as small:
        ask = asker(small, Role.DPO, CONTROLLER)
        (whole,) = turned(ask, path, **asked)
        monkeypatch.setattr(module, "LIMIT", 2)
        pages = list(turned(ask, path, **asked))

        assert len(pages) == 3 and [len(re.findall(line, page)) for page in pages] == [2, 2, 1]
        assert [each for page in pages for each in re.findall(line, page)] == re.findall(line, whole)
        assert all(links(page, path)[0].count("after=") == 0 for page in pages[1:]), "and leads back to its beginning"
        if path != "/violations":
            figures = re.search(r'<dl class="figures">.*?</dl>', whole, re.DOTALL)
            assert figures is not None and all(figures[0] in page for page in pages)
            assert figure(whole, said(f"{path[1:]}_{'shown' if path == '/requests' else 'asked'}")) == 5


def test_the_months_of_a_promise_are_counted_from_all_times_that_it_was_broken_in_dutch_months(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_small_ledger(database, records([*TWICE[:2], *USED, tick(2005, 1)]))  # at midnight of 1 June in Amsterdam it is May in UTC
    with web_world(database) as small:
        monkeypatch.setattr(promises, "LIMIT", 2)
        text = asker(small, Role.DPO, CONTROLLER)("/violations", promise="SO-05").text
        assert [each.number for each in answers(small, Query.promises_overview).broken if each.promise == "SO-05"] == [5]

    table = text[text.index(said("promises_months")) :]
    bars = table[: table.index("</table>")]
    assert re.findall(r"[A-Z][a-z]{2} \d{4}", bars) == ["Jun 2018"] and re.search(r">5\b", bars)


# -- people of breaches

WINDOW = {"window_from": at(4), "window_until": at(8), "risk": "HIGH"}
BREACHED = [
    policy(1001, 0, [rule("T-1", 999, ["COLLECTION"])]), tick(2001, 0), *(collected(n, 1, subject=f"person-{n}") for n in range(1, 6)),
    erased(10, 6, subject="person-5"),  # gone within the window: only its own facts tell that it concerns this person
    *(register_event("BreachRecorded", 1002 + n, 9 + n, breach_ref=f"breach-{n}", aware_at=at(9 + n), **WINDOW) for n in range(2)), tick(2002, 12),
]  # fmt: skip


def people_on(text: str) -> list[str]:
    return re.findall(r"<li>(person-\d)", text)


def test_everybody_whom_a_breach_concerns_can_be_come_to_from_its_page(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_small_ledger(database, records(BREACHED))
    with web_world(database) as small:
        ask = asker(small, Role.DPO, CONTROLLER)
        whole = ask("/breaches").text
        monkeypatch.setattr(breaches, "PEOPLE_MAX", 2)
        first = ask("/breaches", controller=CONTROLLER).text

        assert people_on(whole).count("person-5") == 2 and len(people_on(first)) == 4, "two people of each of two breaches"
        assert figure(whole, said("breaches_affected")) == figure(first, said("breaches_affected")) == 10
        assert re.findall(said("breaches_who") + r' <span class="num">(\d+)<', first) == ["5", "5"], "as many as there are, not as are shown"
        going_on = links(first, "/breaches")
        assert len(going_on) == 2 and all(f"controller={CONTROLLER}" in each and "person" not in each for each in going_on)
        for number, link in zip((1, 0), going_on, strict=True):
            found = people_on(first)[(1 - number) * 2 :][:2]
            while link:
                text = ask(link).text
                assert f"breach-{number}" in text and f"breach-{1 - number}" not in text and said("breaches_all") in text
                found += people_on(text)
                link = next(iter(links(text, "/breaches")), "")
            assert sorted(found) == [f"person-{n}" for n in range(1, 6)]
        assert ask("/breaches", after="AAAA").status_code == 422
        assert people_on(asker(small, Role.MANAGER, CONTROLLER)(going_on[0]).text) == []


# -- what was refused


def answered(number: int, day: float, outcome: str = "REFUSED") -> list[Event]:
    """A request for erasure of `s1`, asked the earlier the higher its number, and its answer."""
    why = [{"reason": "ledger:StatutoryTerm", "holder": f"holder-{number}"}] if outcome == "REFUSED" else []
    asked = fact("RequestReceived", 100 + number, 2 - number / 10, "s1", right="ERASURE", request_ref=f"q-{number}", identity_check="DONE")
    return [asked, fact("RequestAnswered", 200 + number, day, "s1", request_ref=f"q-{number}", outcome=outcome, reasons=why)]


def refused(*days: float, asked_later: int = 0, outcome: str = "REFUSED") -> list[Event]:
    """Erasures that were refused on these days, and then as many other requests, of which nothing stays."""
    answers = [event for number, day in enumerate(days) for event in answered(number, day, outcome)]
    later = [fact("RequestReceived", 20 + n, 9, "s2", right="ACCESS", request_ref=f"later-{n}") for n in range(asked_later)]
    return [policy(1001, 0, [rule("T-1", 10, ["SERVICE_ENDED"])]), tick(2001, 0), collected(1, 1, subject="s1"), collected(2, 1, subject="s2"),
            *answers, *later, tick(2002, 10)]  # fmt: skip


def holders_of(card: str) -> list[str]:
    return re.findall(r"holder-\d+", card)


def test_what_was_refused_is_shown_however_many_were_asked_since(database: str) -> None:
    load_small_ledger(database, records(refused(3, asked_later=60)))
    with web_world(database) as small:
        text = asker(small, Role.DPO, CONTROLLER)("/deletion").text

    card = unescape(text[text.index('id="refused"') : text.index('id="gaps"')])
    assert holders_of(card) == ["holder-0"]
    assert said("deletion_refused_latest", n=1) not in card and "only=refused" in card


def test_of_more_than_the_page_has_the_latest_answers_are_shown_and_a_link_leads_to_every_one(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(deletion, "REFUSED_MAX", 2)
    load_small_ledger(database, records([*refused(4, 3, 5, asked_later=1), *answered(7, 6, "FULFILLED")]))
    with web_world(database) as small:
        ask = asker(small, Role.DPO, CONTROLLER)
        text = ask("/deletion").text
        card = unescape(text[text.index('id="refused"') : text.index('id="gaps"')])
        assert holders_of(card) == ["holder-2", "holder-0"]
        assert said("deletion_refused_latest", n=2) in card
        (link,) = re.findall(r'href="/requests\?([^"]*)"', card)
        listed = ask("/requests", **dict(pair.split("=") for pair in link.split("&"))).text

    assert re.findall(r"holder-\d+", listed[listed.index("<tbody>") :]) == ["holder-2", "holder-0", "holder-1"]
    assert figure(listed, said("requests_shown")) == figure(listed, said("requests_refused")) == 3


def test_that_nothing_was_refused_is_said_where_nothing_was(database: str) -> None:
    load_small_ledger(database, records(refused(3, outcome="FULFILLED")))
    with web_world(database) as small:
        ask = asker(small, Role.DPO, CONTROLLER)
        assert said("deletion_refused_none") in ask("/deletion").text
        assert said("requests_none_refused") in ask("/requests", only="refused").text


def test_erasures_refused_once_of_which_nothing_stays_now_lead_to_their_list(database: str) -> None:
    again = fact("RequestAnswered", 300, 5, "s1", request_ref="q-0", outcome="FULFILLED")
    log = refused(3)
    why = [{"reason": "ledger:StatutoryTerm", "holder": CONTROLLER}]
    log[5] = fact("RequestAnswered", 200, 3, "s1", request_ref="q-0", outcome="REFUSED", reasons=why)
    load_small_ledger(database, records([*log[:-1], again, log[-1]]))
    with web_world(database) as small:
        text = asker(small, Role.DPO, CONTROLLER)("/deletion").text

    card = unescape(text[text.index('id="refused"') : text.index('id="gaps"')])
    assert figure(text, said("states_REFUSED")) == 1
    assert said("deletion_refused_none_now") in card and "state=REFUSED" in card and said("deletion_refused_none") not in card


# -- the single ones behind a number


@pytest.mark.parametrize(("path", "asked"), [("/sharing/list", {}), ("/deletion/list", {"state": "OVERDUE"})])
def test_the_single_ones_behind_a_number_go_on_to_the_last_one_and_lead_back_to_the_first(
    world: WebWorld, monkeypatch: pytest.MonkeyPatch, path: str, asked: dict[str, str]
) -> None:
    ask, line = asker(world, Role.DPO, A), r'<th scope="row">.*?</tr>'
    (whole,) = turned(ask, path, **asked)
    monkeypatch.setattr(listing, "PAGE", 2)
    pages = list(turned(ask, path, **asked))
    lines = [re.sub(r'value="[^"]*"', "", each) for each in re.findall(line, whole, re.DOTALL)]

    assert len(pages) > 2 and len(lines) > 4
    assert [re.sub(r'value="[^"]*"', "", each) for page in pages for each in re.findall(line, page, re.DOTALL)] == lines
    assert all(links(page, path)[0] == links(pages[1], path)[0] and "after=" not in links(page, path)[0] for page in pages[1:])
    assert ask(path, after="AAAA", **asked).status_code == 422
    first_of_another = links(pages[0], path)[0] + "&holder=nobody"
    assert ask(first_of_another).status_code == 422


# -- how long something has had to go


def test_in_time_is_asked_of_what_was_done_alone_and_nothing_else_says_that_it_was(world: WebWorld) -> None:
    def shown(**asked: str) -> str:
        return asker(world, Role.DPO, A)("/deletion/list", **asked).text.partition("<main")[2]

    for state in ("OVERDUE", "OPEN", "COMING"):
        assert shown(state=state, age="in-time") == shown(state=state)
        assert 'value="in-time"' not in shown(state=state)
    assert '<option value="in-time" selected' in shown(state="MET", age="in-time")


def test_an_erasure_that_is_still_in_time_is_not_called_late(database: str) -> None:
    asked = fact("RequestReceived", 2, 2, "s1", right="ERASURE", request_ref="q-1", identity_check="DONE")
    log = [policy(1001, 0, [rule("T-1", 999, ["SERVICE_ENDED"])]), tick(2001, 0), collected(1, 1, subject="s1"), asked, tick(2002, 3), tick(2003, 15)]
    load_small_ledger(database, records(log))
    with web_world(database) as small:
        client, key = small.client(), small.key(Role.DPO)
        shown = {}
        for language in ("nl", "en"):
            headers = ENGLISH | key | {"Accept-Language": language}
            shown[language] = (client.get("/deletion", headers=headers).text, client.get("/deletion/list?state=OPEN", headers=headers).text)

    for language, late in (("nl", "te laat"), ("en", "late")):
        table, lines = shown[language]
        card = table[table.index('id="unsettled"') :]
        row = card[card.index("<tbody>") : card.index("</tbody>")]
        assert words()["state_OPEN"][language] in row and words()["age_7-29"][language] in row
        assert late not in row.lower() and late not in card[card.index("<thead>") : card.index("</thead>")].lower()
        assert f"{words()['age'][language].lower()} {words()['age_7-29'][language]}" in lines
        assert late not in lines[lines.index("<tbody>") : lines.index("</tbody>")].lower()


# -- of one moment

NOT_OF_THE_PROJECTIONS = {"/policies/publish", "/health-of-ledger", "/acts/{kind}", "/subject", "/events/{partition}/{offset}", "/sign-in"}
"""A form, what is asked of others beside, one person, one event."""


@pytest.mark.parametrize("route", sorted(OPENED.keys() - NOT_OF_THE_PROJECTIONS))
def test_all_that_a_page_shows_is_of_one_moment(world: WebWorld, monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    begun, snapshot = list[str](), PostgresReader.snapshot
    monkeypatch.setattr(PostgresReader, "snapshot", lambda self, *ahead: begun.append(route) or snapshot(self, *ahead))

    answer = asker(world, Role.DPO, "*")(route, controller=A)

    assert (answer.status_code, begun) == (200, [route]), answer.text[:300]
