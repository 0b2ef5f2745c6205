"""Terms, durations and moments in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ledger.answers.presentation import age, duration, milestone, moment, moment_in_words, term
from ledger.contract import vocabulary
from ledger.contract.term_names import spelt
from ledger.core.calendar import parse_duration

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MIDNIGHT = 1_527_804_000_000_000  # 2018-06-01 00:00 in Amsterdam


@pytest.mark.parametrize(
    ("kind", "value", "label"),
    [
        ("categories", "pd:EmailAddress", "e-mail address"),
        ("categories", "pd:Name", "name"),
        ("categories", "ledger:NeverListed", "never listed"),
        ("recipient_roles", "certificate_authority", "certificate authority"),
        ("legal_bases", "eu-gdpr:A6-1-c", "legal obligation"),
        ("safeguards", "eu-gdpr:A46-2-c", "standard clauses of the Commission"),
    ],
)
def test_a_term_has_a_label_that_names_it(kind: str, value: str, label: str) -> None:
    assert term(kind, value) == (value, label)


def test_every_term_of_every_list_has_a_label() -> None:
    for kind in vocabulary.KINDS:
        for value in vocabulary.terms(kind):
            assert term(kind, value).label.strip()


@pytest.mark.parametrize(("value", "words"), [("IPAddress", "IP address"), ("SERVICE_ENDED", "service ended"), ("UID", "uid"), ("", "")])
def test_names_are_spelt_out(value: str, words: str) -> None:
    assert spelt(value) == words


def test_the_moment_of_collection_is_no_milestone() -> None:
    assert milestone("COLLECTION").label == "collection"
    assert milestone("INVOICE_ISSUED").label == "invoice issued"


@pytest.mark.parametrize(
    ("iso", "words"),
    [("P2Y", "2 years"), ("P1M", "1 month"), ("P0D", "at once"), ("PT72H", "72 hours"), ("P1Y2M3D", "1 year, 2 months and 3 days")],
)
def test_durations_are_words(iso: str, words: str) -> None:
    assert duration(parse_duration(iso)) == words


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (86_400 * 40, "40 d")])
def test_ages_are_in_their_largest_whole_unit(seconds: int, words: str) -> None:
    assert age(seconds) == words


def test_a_moment_shows_its_time_unless_it_is_midnight() -> None:
    assert moment(MIDNIGHT, AMSTERDAM) == "2018-06-01"
    assert moment(MIDNIGHT + 3_660_000_000, AMSTERDAM) == "2018-06-01 01:01"
    assert moment(None, AMSTERDAM) == "-"
    assert moment_in_words(MIDNIGHT - 1, AMSTERDAM) == "the end of 2018-05-31"
    assert moment_in_words(MIDNIGHT, AMSTERDAM) == "2018-06-01"
