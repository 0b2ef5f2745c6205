"""What the shipped law answers, at the second before a day begins in Amsterdam and the second itself. Expected values by hand."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.core.calendar import Duration
from ledger.core.law import LAWFUL, Clock, Law, LawError, law_from
from ledger.law.library import load_law

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAW = law_from(load_law("2026-11-21"))


def micros(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def transfer(country: str, safeguard: str | None, at: str) -> str:
    return LAW.in_zone(AMSTERDAM).transfer(country, safeguard, micros(at))


@pytest.mark.parametrize(
    ("country", "safeguard", "last", "before", "first", "after"),
    [
        # frameworks with the United States
        ("US", "ledger:SafeHarbour", "2015-10-05T23:59:59+02:00", "safeguarded", "2015-10-06T00:00:00+02:00", "lapsed"),
        ("US", "ledger:PrivacyShield", "2016-07-11T23:59:59+02:00", "lapsed", "2016-07-12T00:00:00+02:00", "safeguarded"),
        ("US", "ledger:PrivacyShield", "2020-07-15T23:59:59+02:00", "safeguarded", "2020-07-16T00:00:00+02:00", "lapsed"),
        ("US", "ledger:DataPrivacyFramework", "2023-07-09T23:59:59+02:00", "lapsed", "2023-07-10T00:00:00+02:00", "safeguarded"),
        # standard clauses: the new set, and the last day of the old ones
        ("US", "ledger:StandardClauses2021", "2021-06-26T23:59:59+02:00", "lapsed", "2021-06-27T00:00:00+02:00", "safeguarded"),
        ("US", "ledger:StandardClauses2001", "2022-12-27T23:59:59+01:00", "safeguarded", "2022-12-28T00:00:00+01:00", "lapsed"),
        ("IN", "ledger:StandardClauses2010", "2022-12-27T23:59:59+01:00", "safeguarded", "2022-12-28T00:00:00+01:00", "lapsed"),
        # what the GDPR brought
        ("US", "eu-gdpr:A46-2-f", "2018-05-24T23:59:59+02:00", "lapsed", "2018-05-25T00:00:00+02:00", "safeguarded"),
        # members, the transition, the bridge, and the decision that followed at once
        ("HR", None, "2013-06-30T23:59:59+02:00", "none", "2013-07-01T00:00:00+02:00", "inside"),
        ("GB", None, "2020-12-31T23:59:59+01:00", "inside", "2021-01-01T00:00:00+01:00", "inside"),
        ("GI", None, "2020-12-31T23:59:59+01:00", "inside", "2021-01-01T00:00:00+01:00", "none"),
        ("GB", None, "2021-06-27T23:59:59+02:00", "inside", "2021-06-28T00:00:00+02:00", "adequate"),
        ("GB", None, "2031-12-27T23:59:59+01:00", "adequate", "2031-12-28T00:00:00+01:00", "none"),
        ("BL", None, "2011-12-31T23:59:59+01:00", "inside", "2012-01-01T00:00:00+01:00", "none"),
        # adequacy decisions, named or not
        ("HU", None, "2004-04-30T23:59:59+02:00", "adequate", "2004-05-01T00:00:00+02:00", "inside"),
        ("JP", None, "2019-01-22T23:59:59+01:00", "none", "2019-01-23T00:00:00+01:00", "adequate"),
        ("KR", None, "2021-12-16T23:59:59+01:00", "none", "2021-12-17T00:00:00+01:00", "adequate"),
        ("BR", None, "2026-01-25T23:59:59+01:00", "none", "2026-01-26T00:00:00+01:00", "adequate"),
        ("JP", "eu-gdpr:A45-3", "2019-01-22T23:59:59+01:00", "lapsed", "2019-01-23T00:00:00+01:00", "adequate"),
        # a country that is adequate needs nothing, so what was named no longer matters
        ("JP", "ledger:ProcessingAgreement", "2019-01-22T23:59:59+01:00", "not_a_safeguard", "2019-01-23T00:00:00+01:00", "adequate"),
    ],
)  # fmt: skip
def test_a_transfer_rests_on_other_law_from_the_second_that_the_day_begins(
    country: str, safeguard: str | None, last: str, before: str, first: str, after: str
) -> None:
    assert micros(first) - micros(last) == 1_000_000
    assert (transfer(country, safeguard, last), transfer(country, safeguard, first)) == (before, after)


@pytest.mark.parametrize(
    ("country", "safeguard", "state"),
    [
        ("NL", None, "inside"),
        ("NO", None, "inside"),
        ("IS", None, "inside"),
        ("LI", None, "inside"),
        ("GP", None, "inside"),
        ("CW", None, "none"),
        ("US", None, "none"),
        ("XX", None, "none"),
        ("US", "our word", "unknown"),
        ("US", "", "unknown"),
        # a processing agreement carries no transfer (MD-14), nor does a decision that there is none of
        ("US", "ledger:ProcessingAgreement", "not_a_safeguard"),
        ("US", "eu-gdpr:A45-3", "not_a_safeguard"),
        # a framework with one country says nothing about another
        ("IN", "ledger:PrivacyShield", "not_a_safeguard"),
        # instruments and derogations go anywhere (SH-06)
        ("US", "eu-gdpr:A49-1-b", "safeguarded"),
        ("IN", "eu-gdpr:A46-2-b", "safeguarded"),
        ("IN", "eu-gdpr:A46-2-c", "safeguarded"),
    ],
)
def test_transfers_in_the_year_of_the_statements(country: str, safeguard: str | None, state: str) -> None:
    assert transfer(country, safeguard, "2018-06-01T12:00:00+02:00") == state


def test_only_three_states_allow_a_transfer() -> None:
    assert {"inside", "adequate", "safeguarded"} == LAWFUL


@pytest.mark.parametrize(
    ("country", "at", "entry"),
    [
        ("GB", "2021-03-01T00:00:00+01:00", "uk-bridge"),
        ("GB", "2022-03-01T00:00:00+01:00", "gb-2021"),
        ("JP", "2018-06-01T00:00:00+02:00", None),
        ("US", "2024-06-01T00:00:00+02:00", None),
    ],
)
def test_the_decision_that_covers_a_country_has_a_name(country: str, at: str, entry: str | None) -> None:
    assert LAW.in_zone(AMSTERDAM).covered_by(country, micros(at)) == entry


@pytest.mark.parametrize(
    ("statute", "at", "in_force"),
    [
        ("nl-tw-13-2a", "2009-08-31T23:59:59+02:00", False),
        ("nl-tw-13-2a", "2009-09-01T00:00:00+02:00", True),
        ("nl-tw-13-2a", "2015-03-10T23:59:59+01:00", True),
        ("nl-tw-13-2a", "2015-03-11T00:00:00+01:00", False),
        ("nl-tw-13-2a-telephony", "2018-06-01T12:00:00+02:00", False),
        ("nl-awr-52", "2018-06-01T12:00:00+02:00", True),
        ("nl-awr-52", "1970-01-01T00:00:00+00:00", True),
        ("eu-vat-369k", "2014-12-31T23:59:59+01:00", False),
        ("eu-vat-369k", "2015-01-01T00:00:00+01:00", True),
        ("nl-awr-25", "2018-06-01T12:00:00+02:00", None),
    ],
)
def test_a_statute_is_in_force_from_its_first_day_until_it_was_set_aside(statute: str, at: str, in_force: bool | None) -> None:
    assert LAW.in_zone(AMSTERDAM).statute_in_force(statute, micros(at)) is in_force


def test_terms_of_statutes() -> None:
    assert LAW.term_of("nl-awr-52") == (Duration(months=84), "calendar_year_end")
    assert LAW.term_of("nl-ob-34a") == (Duration(months=120), "calendar_year_end")
    assert LAW.term_of("eu-vat-369k") == (Duration(months=120), "calendar_year_end")
    assert LAW.term_of("nl-tw-13-2a") == (Duration(months=6), "none")
    assert LAW.term_of("nl-awr-25") is None
    statute = LAW.statute("nl-awr-52")
    assert statute is not None
    assert statute.name_nl == "fiscale bewaarplicht"
    assert LAW.statute("nl-awr-25") is None


@pytest.mark.parametrize(
    ("clock", "counted", "within", "extendable_by"),
    [
        ("gdpr-12-3", "regulation_1182_71", Duration(months=1), Duration(months=2)),
        ("gdpr-33", "real_time", Duration(seconds=72 * 3600), None),
        ("gdpr-34", "without_undue_delay", None, None),
        ("nis2-28", "real_time", Duration(seconds=72 * 3600), None),
        ("e-evidence-10", "regulation_1182_71", Duration(days=10), None),
        ("e-evidence-10-emergency", "real_time", Duration(seconds=8 * 3600), None),
    ],
)
def test_clocks(clock: str, counted: str, within: Duration | None, extendable_by: Duration | None) -> None:
    found = LAW.clock(clock)

    assert isinstance(found, Clock)
    assert (found.counted, found.within, found.extendable_by) == (counted, within, extendable_by)


def test_a_clock_runs_from_the_day_its_law_applies() -> None:
    law = LAW.in_zone(AMSTERDAM)

    assert law.clock_in_force("e-evidence-10", micros("2026-08-17T23:59:59+02:00")) is False
    assert law.clock_in_force("e-evidence-10", micros("2026-08-18T00:00:00+02:00")) is True
    assert law.clock_in_force("e-evidence-99", 0) is None
    assert LAW.clock("e-evidence-99") is None


def test_a_day_begins_at_midnight_in_the_zone_that_is_asked_about() -> None:
    at = micros("2020-07-15T22:30:00+00:00")  # already the 16th in Amsterdam

    assert LAW.in_zone(AMSTERDAM).transfer("US", "ledger:PrivacyShield", at) == "lapsed"
    assert LAW.in_zone(ZoneInfo("UTC")).transfer("US", "ledger:PrivacyShield", at) == "safeguarded"
    assert LAW.in_zone(AMSTERDAM) is LAW.in_zone(AMSTERDAM)


def test_many_zones_do_not_pile_up() -> None:
    law = law_from(load_law("2026-11-21"))
    for minutes in range(100):
        law.in_zone(timezone(timedelta(minutes=minutes)))

    assert len(law._zones) <= 16
    assert law == LAW


def changed(*path: str, value: Any = None) -> dict[str, Any]:
    """The shipped law with one value replaced, or removed."""
    data: dict[str, Any] = json.loads(json.dumps(load_law("2026-11-21")))
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    "data",
    [
        {},
        changed("format"),
        changed("clocks"),
        changed("version", value="yesterday"),
        changed("law", value=7),
        changed("statutes", value=["nl-awr-52"]),
        changed("statutes", value={f"nl-{number}": {"title": "T", "source": "S"} for number in range(501)}),
        changed("statutes", "x" * 501, value={"title": "T", "source": "S"}),
        # texts that no column or message can hold
        changed("law", value="nl\0eu"),
        changed("statutes", "nl-\0", value={"title": "T", "source": "S"}),
        changed("statutes", "nl-awr-52", "title", value="\ud800"),
        changed("statutes", "nl-awr-52", "note", value="a zero byte \0"),
        changed("statutes", "nl-awr-52", value="P7Y"),
        changed("statutes", "nl-awr-52", "title"),
        changed("statutes", "nl-awr-52", "source", value=["Art. 52"]),
        changed("statutes", "nl-awr-52", "term", value="seven years"),
        changed("statutes", "nl-awr-52", "term", value=7),
        changed("statutes", "nl-awr-52", "rounding", value="week"),
        changed("statutes", "nl-tw-13-2a", "until", value="2009-09-01"),
        changed("statutes", "nl-tw-13-2a", "until", value="2015-02-30"),
        changed("inside", "eu-2013", "countries", value="HR"),
        changed("inside", "eu-2013", "countries", value=[385]),
        changed("inside", "eu-2013", "countries", value=["HR"] * 501),
        changed("safeguards", "ledger:PrivacyShield", "kind", value="handshake"),
        changed("clocks", "gdpr-33", "counted", value="slowly"),
        changed("clocks", "gdpr-33", "within", value="72"),
    ],
)
def test_what_is_no_compiled_law_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(LawError, match="expected the compiled form"):
        law_from(data)


def test_another_format_is_refused_with_a_remedy() -> None:
    with pytest.raises(LawError, match="expected format 1") as caught:
        law_from(changed("format", value=2))

    assert caught.value.hint == "install the release that wrote it"


def test_the_law_survives_the_way_through_json() -> None:
    copy = law_from(json.loads(json.dumps(load_law("2026-11-21"))))

    assert isinstance(copy, Law)
    assert copy == LAW


def test_statutes_that_follow_each_other_in_a_circle_stop_nobody() -> None:
    """What comes with a policy is read as it is: a worker that hung on it would hang for good."""
    data = load_law("2026-11-21")
    body = dict(data["statutes"]["nl-awr-52"])
    circle = {"one": body | {"follows": "two"}, "two": body | {"follows": "one"}, "three": body | {"follows": "nl-awr-52"}}
    law = law_from({**data, "statutes": {**data["statutes"], **circle}}).in_zone(ZoneInfo("Europe/Amsterdam"))

    assert not law.is_same_statute("one", "nl-awr-52")
    assert law.is_same_statute("three", "nl-awr-52")
