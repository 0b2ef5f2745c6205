"""Numbers on the first page and on gaps lead to as many lines; the form of a list asks again for what is listed; safeguards show their event."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from ledger.web.pages import listing
from ledger.web.roles import Role
from tests.everything import world_of_everything  # noqa: F401  a fixture
from tests.histories import collected, milestone, policy, records, rule, tick
from tests.web_world import WebWorld, load_small_ledger, web_world

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}
ROW = re.compile(r"<tr>\s*(?:<td[^>]*>[^<]*(?:<time[^>]*>[^<]*</time>)?</td>\s*)?<th scope=\"row\"")


def page(world: WebWorld, address: str) -> str:
    answer = world.client().get(address, headers=ENGLISH | world.key(Role.DPO, "*"))
    assert answer.status_code == 200, address
    return str(answer.text)


def lines_behind(world: WebWorld, address: str) -> int:
    """Over all pages."""
    found, following, path = 0, [address], re.escape(urlsplit(address).path)
    while following:
        text = page(world, following.pop())
        found += len(ROW.findall(text.partition("<main")[2]))
        following = [unescape(each) for each in re.findall(rf'href="({path}\?[^"]*after=[^"]*)"', text)]
    return found


def numbers_in(text: str) -> list[tuple[str, int]]:
    """(address of a list, number) of each link; of people there may be more lines than people."""
    plain = re.sub(r'<span class="visually-hidden">[^<]*</span>', "", text)
    link = r'<a(?! class="people")[^>]*href="(/(?:sharing|deletion)/(?:list|shares)[^"]*)"[^>]*>'
    found = re.findall(link + r"(?:of )?([\d,]+)(?: without an end date)?\s*(?:<span|</a>)", plain)
    return [(unescape(address), int(number.replace(",", ""))) for address, number in found]


@pytest.mark.parametrize("address", [
    "/", "/deletion", "/deletion/gaps", "/sharing", "/sharing?role=mailing", "/sharing?country=US", "/sharing?without=agreement",
    "/sharing?until=2019-01",
])  # fmt: skip
def test_each_number_leads_to_as_many(world: WebWorld, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(listing, "PAGE", 7)
    found = numbers_in(page(world, address))

    assert len(found) > 3 and any(number > 1 for _, number in found)
    for link, number in found:
        assert lines_behind(world, link) == number, link


@pytest.mark.parametrize("address", ["/sharing", "/sharing?role=sub_processor", "/sharing?country=US"])
def test_a_number_of_people_leads_to_what_is_held_of_as_many(world: WebWorld, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(listing, "PAGE", 1_000)
    found = re.findall(r'<a class="people" href="([^"]*)">(\d+)</a>', page(world, address))

    assert found and max(int(number) for _, number in found) > (0 if "?" in address else 1)
    for link, number in found:
        behind = page(world, unescape(link)).partition("<main")[2]
        assert len(set(re.findall(r'name="subject_ref" value="([^"]*)"', behind))) == int(number), link


def test_what_is_missing_leads_to_those_alone_of_whom_it_is_missing(world: WebWorld) -> None:
    whole = page(world, "/sharing")
    for figure, place in (("without a valid agreement", "recipients"), ("transfers without a valid safeguard", "transfers")):
        ((link, number),) = re.findall(rf'<dt>{figure}</dt>\s*<dd><a href="([^"]*)">(\d+)</a>', whole)
        narrowed = page(world, unescape(link).partition("#")[0])
        rows = lines_of(narrowed, place)
        assert link.endswith(f"#{place}") and len(rows) == int(number) > 0, figure
        assert all('class="tag bad"' in row for row in rows)
        assert place == "transfers" or len(rows) < len(lines_of(whole, place))


def lines_of(text: str, place: str) -> list[str]:
    """The rows of the tables of one section."""
    return re.findall(r'<tr>\s*<th scope="row".*?</tr>', text.partition(f'id="{place}"')[2].partition("</section>")[0], re.DOTALL)


def test_a_bar_leads_to_what_adds_up_to_it(world: WebWorld) -> None:
    bars = re.findall(r'<td class="num"><a href="(/sharing\?(?:role|country)[^"#]*)#(\w+)">(\d+)</a>', page(world, "/sharing"))

    assert {place for _, place, _ in bars} == {"recipients", "places"}
    for link, place, number in bars:
        rows = lines_of(page(world, unescape(link)), place)
        assert sum(int(re.findall(r">(\d+)</a></td>\s*</tr>", row)[0]) for row in rows) == int(number), link


def test_each_division_of_what_must_go_comes_to_the_figures(world: WebWorld) -> None:
    text = page(world, "/deletion")
    figures = [int(each.replace(",", "")) for each in re.findall(r'<dd><a href="/deletion/list[^"]*">([\d,]+)</a></dd>', text)]
    tables = re.findall(r'<table class="list sums[^"]*">.*?</table>', text, re.DOTALL)
    by_holder, by_rule, by_lateness = ([columns_of(row) for row in re.findall(r"<tr><th scope=\"row\".*?</tr>", each, re.DOTALL)] for each in tables)

    assert len(figures) == 6 and sum(figures) > 0
    assert [sum(column) for column in zip(*by_holder, strict=True)] == [sum(column) for column in zip(*by_rule, strict=True)] == figures
    assert [sum(column) for column in zip(*by_lateness, strict=True)] == [figures[0], figures[1], figures[4]]


def test_a_square_of_the_calendar_leads_to_what_comes_due_on_its_day(database: str) -> None:
    log = [policy(1001, 0, [rule("T-1", 10)]), *(collected(10 + n, (1, 1, 5)[n], subject=f"s{n}") for n in range(3)), tick(2001, 6)]
    load_small_ledger(database, records(log))
    with web_world(database) as made:
        squares = re.findall(r'<a href="(/deletion/list[^"]*)" tabindex="-1"><title>[^<]*: (\d+)</title><rect', page(made, "/deletion"))

        assert [int(number) for _, number in squares] == [2, 1]
        assert [lines_behind(made, unescape(link)) for link, _ in squares] == [2, 1]


def columns_of(row: str) -> list[int]:
    return [int(each.replace(",", "")) for each in re.findall(r'<td[^>]*class="num"[^>]*><(?:a|span)[^>]*>([\d,]+|-)</', row.replace(">-<", ">0<"))]


def test_every_line_of_the_gaps_has_its_list(world: WebWorld) -> None:
    lines = gaps_of(page(world, "/deletion/gaps"))

    assert len(lines) > 1 and all(shown == led for shown, led in lines)


def test_a_gap_beside_what_will_begin_says_of_how_many_it_is(database: str) -> None:
    """Of three that wait for the end of a service, one had none."""
    log = [policy(1001, 0, [rule("T-1", 10, ["SERVICE_ENDED"])]), tick(2001, 0), *(collected(10 + n, 1, subject=f"s{n}") for n in range(3))]
    log += [milestone(20 + n, 2, "SERVICE_STARTED", subject=f"s{n}") for n in range(2)]
    load_small_ledger(database, records(log))
    with web_world(database) as made:
        text = page(made, "/deletion/gaps")
        ((link, led),) = numbers_in(text)

        assert gaps_of(text) == [(1, 3)] and (led, lines_behind(made, link)) == (3, 3)


def gaps_of(text: str) -> list[tuple[int, int]]:
    """(the number, that of the list to which it leads) of each line."""
    lines = re.findall(r"<tr><th scope=\"row\".*?</tr>", text, re.DOTALL)
    shown = [int(each) for line in lines for each in re.findall(r'<td[^>]*class="num"[^>]*>(?:<a[^>]*>)?(\d+)', line)]
    return list(zip(shown, [number for line in lines for _, number in numbers_in(line)], strict=True))


@pytest.mark.parametrize("address", [
    "/sharing/list?role=-&undated=true", "/sharing/list?giver=mijndomein&country=US", "/sharing/list?rule=-&purpose=dpv:ServiceProvision",
    "/sharing/shares?month=2018-06&onward=true", "/sharing/shares?month=2018-06&not_recipient=sidn&not_recipient=x%26y", "/duties?state=MET",
    "/deletion/list?state=MET&age=90%2B",
])  # fmt: skip
def test_the_form_of_a_list_asks_for_what_is_listed(world: WebWorld, address: str) -> None:
    (form,) = re.findall(r'<form class="asked" method="get">.*?</form>', page(world, address), re.DOTALL)
    fields = [(name, unescape(value)) for name, value in re.findall(r'<input name="(\w+)" value="([^"]*)"', form)]
    fields += re.findall(r'<input name="(\w+)" type="date" value="([^"]*)"', form)
    ticked = re.findall(r'<input type="checkbox" name="(\w+)" value="([^"]*)" checked>', form)
    fields += [(name, unescape(value)) for name, value in ticked]
    for name, options in re.findall(r'<select name="(\w+)">(.*?)</select>', form, re.DOTALL):
        fields += [(name, unescape(value)) for value in re.findall(r'<option value="([^"]*)" selected>', options)]

    asked = set(parse_qsl(urlsplit(address).query))
    assert {each for each in fields if each[1]} == asked
    assert form.count("<label") == form.count("</label>") and 'type="submit"' not in form and "<button>" in form


def test_names_are_suggested_that_the_register_and_the_policies_have(world: WebWorld) -> None:
    text = page(world, "/deletion/list")
    offered = {name: re.findall(r'<option value="([^"]*)">', of) for name, of in re.findall(r'<datalist id="offered-(\w+)">(.*?)</datalist>', text)}

    assert set(offered) == {"holder", "rule"} and "mijndomein" in offered["holder"] and "MD-21" in offered["rule"]
    assert 'list="offered-holder"' in text and 'list="offered-rule"' in text


def test_a_safeguard_shows_the_event_of_the_register_that_names_it(world: WebWorld) -> None:
    ends = page(world, "/sharing").partition('id="ends"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr><th scope=\"row\".*?</tr>", ends, re.DOTALL)

    assert any(">safeguard<" in row for row in rows)
    assert all(re.search(r'href="/events/\d+/\d+"', row) for row in rows)


@pytest.mark.parametrize(("language", "said", "unknown"), [("nl", "Nederland (NL)", "onbekend"), ("en", "Netherlands (NL)", "unknown")])
def test_countries_are_called_by_their_names(world: WebWorld, language: str, said: str, unknown: str) -> None:
    text = page(world, f"/sharing/list?lang={language}").partition("<tbody>")[2]
    cells = set(re.findall(r'<td data-label="(?:Land|Country)">([^<]*)', text))

    assert {said, unknown} <= cells and all(each == unknown or re.fullmatch(r".+ \([A-Z]{2}\)", each) for each in cells)
