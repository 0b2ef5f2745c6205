"""What the page on sharing makes of the numbers: who stands first, what has lapsed, what a choice leaves and the totals, where months go on."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ledger.web.pages.sharing import ends, groups, matrix, months_on, shown, transfers

NOW = "2026-02-15T12:00:00Z"
ANY = {"role": "", "country": "", "without": "", "until": ""}


def term(name: str) -> dict[str, str]:
    return {"term": name, "label": name, "label_nl": name}


def safeguard(state: str, *, is_lawful: bool = True, **more: Any) -> dict[str, Any]:
    found = {"state": state, "is_lawful": is_lawful, "safeguard": None, "since": None, "valid_from": None, "valid_until": None}
    return found | more


def recipient(name: str, people: int, agreement: str = "IN_FORCE", role: str = "registry", **more: Any) -> dict[str, Any]:
    found = {"controller": "c", "recipient": name, "role": term(role), "subjects": people, "holdings": 10 * people, "agreement": agreement}
    return found | {"countries": ["NL"], "safeguard": None, "entry": {"event_id": f"of {name}"}} | more


def place(name: str, country: str | None, holdings: int, state: str = "inside", role: str | None = "registry", **more: Any) -> dict[str, Any]:
    found = {"controller": "c", "holder": name, "role": role and term(role), "country": country, "holdings": holdings, "subjects": 1}
    return found | {"by_register": False, "safeguard": safeguard(state, **more)}


def agreement(name: str, state: str, until: str | None, of: str = "a") -> dict[str, Any]:
    about = {"agreement": name, "state": state, "until": until, "in_force_from": None, "event": {"of": name}}
    return {"controller": "c", "recipient": of, "agreement": about}


def sharing(**more: Any) -> dict[str, Any]:
    lists = dict.fromkeys(("recipients", "places", "matrix", "flows", "chains", "by_month", "agreements"), ())
    return {"sharing": {
        **lists, "more_chains": False, "first_month": "2020-03-01", "last_month": "2026-02-01", "freshness": {"time_reached": NOW}, **more,
    }}  # fmt: skip


def test_what_has_lapsed_stands_first_then_what_ends_soonest_and_what_has_no_end_last() -> None:
    told = [
        agreement("open", "IN_FORCE", None), agreement("late", "IN_FORCE", "2028-01-01T00:00:00Z"),
        agreement("soon", "IN_FORCE", "2026-03-01T00:00:00Z"),
        agreement("ended", "ENDED", "2025-01-01T00:00:00Z"), agreement("before", "ENDED", "2024-01-01T00:00:00Z"),
        agreement("nobody's", "ENDED", "2020-01-01T00:00:00Z", of="who has nothing"),
    ]  # fmt: skip

    found = ends([recipient("a", 1)], told, NOW)

    assert [(each["name"], each["is_lapsed"]) for each in found] == [
        ("before", True), ("ended", True), ("soon", False), ("late", False), ("open", False)
    ]  # fmt: skip
    assert all(each["event"] == {"of": each["name"]} and each["kind"] == "agreement" for each in found)


@pytest.mark.parametrize(("about", "until", "is_lapsed"), [
    ({"valid_until": "2026-02-15T12:00:00Z"}, NOW, True), ({"valid_until": "2026-02-15T12:00:01Z"}, "2026-02-15T12:00:01Z", False),
    ({"valid_until": "2030-01-01T00:00:00Z", "since": "2020-07-16T00:00:00Z", "is_lawful": False}, "2020-07-16T00:00:00Z", True),
    ({"is_lawful": False}, None, True), ({}, None, False),
])  # fmt: skip
def test_a_safeguard_has_lapsed_from_its_end_on_or_when_the_law_struck_it_down(about: dict[str, Any], until: str | None, is_lapsed: bool) -> None:
    of = recipient("a", 1, safeguard=safeguard("outside", safeguard=term("ledger:PrivacyShield"), **about))

    (found,) = ends([of, recipient("b", 2), recipient("d", 2, safeguard=safeguard("inside"))], [], NOW)

    assert (found["kind"], found["until"], found["is_lapsed"], found["event"]) == ("safeguard", until, is_lapsed, of["entry"])


def test_what_was_struck_down_without_an_end_stands_before_what_ends_soon() -> None:
    struck = recipient("b", 1, safeguard=safeguard("outside", safeguard=term("ledger:PrivacyShield"), is_lawful=False))

    found = ends([recipient("a", 1), struck], [agreement("soon", "IN_FORCE", "2026-03-01T00:00:00Z")], NOW)

    assert [(each["recipient"], each["is_lapsed"]) for each in found] == [("b", True), ("a", False)]


def test_recipients_are_put_together_over_organisations_and_those_with_most_people_stand_first() -> None:
    found = groups([
        recipient("b", 2, countries=["NL"]), recipient("a", 3, agreement="ENDED"),
        recipient("b", 2, controller="d", countries=["US", "NL"], agreement="NONE"),
        recipient("b", 1, role="mailing"), recipient("c", 3, safeguard=safeguard("outside", is_lawful=False)),
    ])  # fmt: skip

    assert [(each["recipient"], each["role"]["term"], each["people"], each["holdings"]) for each in found] == [
        ("b", "registry", 4, 40), ("a", "registry", 3, 30), ("c", "registry", 3, 30), ("b", "mailing", 1, 10)
    ]  # fmt: skip
    assert [each["uncovered"] for each in found] == [1, 1, 0, 0] and [each["unlawful"] for each in found] == [False, False, True, False]
    assert found[0]["countries"] == ["NL", "US"] and len(found[0]["of"]) == 2


def test_transfers_are_what_is_outside_and_what_recipients_have_nobody_knows_where() -> None:
    told = [
        place("a", "US", 1, "outside"), place("b", "NL", 1), place("c", None, 1, "unknown"), place("c", None, 1, "unknown", role=None),
        place("c", "IN", 1, "outside", role=None),
    ]  # fmt: skip

    assert transfers(told) == [told[0], told[2], told[4]]


WHOLE = sharing(
    recipients=[recipient("a", 5), recipient("b", 3, "ENDED", "mailing"), recipient("c", 1, "NONE"), recipient("d", 1, "NOT_NEEDED")],
    places=[
        place("b", "US", 7, "outside", "mailing", is_lawful=False), place("a", "US", 20, "outside"), place("a", "NL", 30),
        place("b", "NL", 23, role="mailing"),
        place("c", None, 10, "unknown", is_lawful=False), place("d", "NL", 10), place("c", "NL", 999, role=None),
    ],
    by_month=[
        {"recipient": "b", "controller": "c", "role": term("mailing"), "country": country, "month": "2026-02-01", "shares": shares, "onward": 0}
        for country, shares in (("US", 4), (None, 3))
    ],
)  # fmt: skip


def test_totals_are_of_all_there_is() -> None:
    assert shown(WHOLE, "en", ANY)["totals"] == {
        "recipients": 4, "holdings": 100, "outside": 27, "unplaced": 10, "uncovered": 2, "lapsed": 2
    }  # fmt: skip


@pytest.mark.parametrize(("wanted", "names", "totals"), [
    ({"country": "US"}, ["a", "b"], {"recipients": 2, "holdings": 80, "outside": 27, "unplaced": 0, "uncovered": 1, "lapsed": 1}),
    ({"country": "-"}, ["c"], {"recipients": 1, "holdings": 10, "outside": 0, "unplaced": 10, "uncovered": 1, "lapsed": 1}),
    ({"country": "US", "role": "mailing"}, ["b"], {"recipients": 1, "holdings": 30, "outside": 7, "unplaced": 0, "uncovered": 1, "lapsed": 1}),
    ({"without": "agreement"}, ["b", "c"], {"recipients": 2, "holdings": 40, "outside": 7, "unplaced": 10, "uncovered": 2, "lapsed": 2}),
    ({"without": "safeguard"}, ["b", "c"], {"recipients": 2, "holdings": 40, "outside": 7, "unplaced": 10, "uncovered": 2, "lapsed": 2}),
    ({"without": "safeguard", "country": "US"}, ["b"], {"recipients": 1, "holdings": 30, "outside": 7, "unplaced": 0, "uncovered": 1, "lapsed": 1}),
])  # fmt: skip
def test_a_choice_leaves_those_whom_it_is_of(wanted: dict[str, str], names: list[str], totals: dict[str, int]) -> None:
    found = shown(WHOLE, "en", ANY | wanted)

    assert [group["recipient"] for group in found["groups"]] == names and found["totals"] == totals


def test_a_country_shows_what_is_there_and_the_shares_that_name_it() -> None:
    found = shown(WHOLE, "en", ANY | {"country": "US"})

    assert [(each["holder"], each["holdings"]) for each in found["places"]] == [("b", 7), ("a", 20)] and shown(WHOLE, "en", ANY)["places"] == []
    assert [row["total"] for row in found["months"]["rows"]] == [4] and [row["total"] for row in shown(WHOLE, "en", ANY)["months"]["rows"]] == [7]
    assert [number for _, number, _ in found["by_country"]] == [27]


def test_each_bar_leads_to_the_choice_that_it_is_of_and_keeps_the_others() -> None:
    earlier = {"sharing": WHOLE["sharing"] | {"last_month": "2025-01-01"}}
    found = shown(earlier, "en", ANY | {"role": "mailing", "until": "2025-01"}, "c", "2026-02-15")
    ((name, _, address),) = [each for each in found["by_country"] if each[1] == 7]

    assert name.startswith("United States") and urlsplit(address).fragment == "places"
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "controller": "c", "on": "2026-02-15", "role": "mailing", "country": "US", "until": "2025-01"
    }  # fmt: skip
    assert [(each[1], urlsplit(each[2]).fragment) for each in found["by_role"]] == [(30, "recipients")]


@pytest.mark.parametrize(("last", "first", "goes_on"), [
    ("2026-02-01", "2020-03-01", {"earlier": "2024-02"}), ("2024-02-01", "2020-03-01", {"earlier": "2022-02", "later": ""}),
    ("2022-02-01", "2020-03-01", {"later": "2024-02"}), ("2022-02-01", "2020-02-01", {"earlier": "2020-02", "later": "2024-02"}),
    ("2026-02-01", "2024-03-01", {}), ("2026-02-01", None, {}), (None, None, {}),
])  # fmt: skip
def test_months_go_on_until_the_first_and_back_to_the_ledgers_own(last: str | None, first: str | None, goes_on: dict[str, str]) -> None:
    assert months_on(sharing(first_month=first, last_month=last)["sharing"]) == goes_on


@pytest.mark.parametrize(("asked", "last", "named"), [
    ("2030-05", "2026-02-01", ""), ("2026-02", "2026-02-01", ""), ("2025-11", "2025-11-01", "2025-11"), ("", "2026-02-01", ""), ("2025-11", None, ""),
])  # fmt: skip
def test_the_month_that_is_shown_is_named_and_not_the_one_that_was_asked_for(asked: str, last: str | None, named: str) -> None:
    assert shown(sharing(first_month=None, last_month=last), "en", ANY | {"until": asked})["wanted"]["until"] == named


def cell(of: str, name: str, number: int, category: str = "pd:Name") -> dict[str, Any]:
    return {"controller": of, "recipient": name, "role": term("registry"), "category": term(category), "holdings": number}


def test_what_most_have_stands_first_and_who_has_most_and_the_most_is_darkest() -> None:
    found = matrix([cell("c", "a", 1), cell("c", "b", 8, "pd:Iban"), cell("d", "a", 4), cell("d", "b", 1, "pd:Name")])

    assert [each["recipient"] for each in found["columns"]] == ["b", "a"]
    assert [row["category"]["term"] for row in found["rows"]] == ["pd:Iban", "pd:Name"]
    assert [[(each["number"], each["level"]) for each in row["cells"]] for row in found["rows"]] == [[(8, 4), (0, 0)], [(1, 1), (5, 3)]]
    assert [each["asked"] for each in found["columns"]] == [{"holder": "b"}, {"holder": "a"}]


def test_of_a_part_of_what_somebody_has_each_organisation_has_its_column_and_its_list() -> None:
    found = matrix([cell("c", "a", 1), cell("d", "a", 4)], is_apart=True)

    assert [(each["recipient"], each["of"], each["number"]) for each in found["rows"][0]["cells"]] == [("a", "d", 4), ("a", "c", 1)]
    assert found["columns"][0]["asked"] == {"holder": "a", "controller": "d", "role": "registry"}


def test_shares_by_month_are_shown_of_everybody_or_not_at_all() -> None:
    for without in ("agreement", "safeguard"):
        found = shown(WHOLE, "en", ANY | {"without": without})
        assert found["months"] is None and found["months_on"] == {}
