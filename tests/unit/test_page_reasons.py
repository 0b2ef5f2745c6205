"""Why something is still kept, said on a page in its language: every way in which a term can stand, on small logs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ledger.answers import not_covered as law_asks
from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.web.pages.reasons import not_covered, reason, term_of_rule
from tests.histories import CONTROLLER, Event, collected, fact, milestone, policy, project, rule
from tests.memory_answers import MemoryAnswers

NL, EN = "nl", "en"
RAW = re.compile(r"\b[A-Z]{2,}_[A-Z_]+\b|[{}]")
SERVICE = (milestone(2, 0, "SERVICE_STARTED"), milestone(3, 4, "SERVICE_ENDED"))
ACCOUNT = (milestone(8, 0, "ACCOUNT_OPENED"),)


def said(*log: Event) -> tuple[str, str]:
    """In Dutch and in English, of the one holding."""
    found: Any = as_json(Query(MemoryAnswers(project(list(log)))).subject(CONTROLLER, "s1"))
    (holding,) = found["holdings"]
    return reason(holding, NL), reason(holding, EN)


def under(about: dict[str, Any], *log: Event, anchors: tuple[str, ...] = ("SERVICE_ENDED",), ref: str | None = None) -> tuple[str, str]:
    """What is said of data collected on the first day under one rule of ten days."""
    return said(policy(1001, 0, [rule("R", 10, list(anchors), **about)]), collected(1, 0, ref=ref), *log)


WAYS = {
    "no statement": (lambda: said(collected(1, 0)), "Er is geen privacyverklaring gepubliceerd.", "No statement of the controller is published."),
    "no rule": (
        lambda: said(policy(1001, 0, []), collected(1, 0)), "De privacyverklaring noemt geen bewaartermijn.", "The privacy statement names no term.",
    ),
    "runs": (
        lambda: under({}, *SERVICE),
        "10 dagen nadat de laatste dienst van de betrokkene is beëindigd (5 juni 2018).",
        "10 days after the person's last service has ended (5 June 2018).",
    ),
    "to the end of the year, by law": (
        lambda: under({"statute": "nl-awr-52", "rounding": "calendar_year_end"}, *SERVICE),
        "10 dagen nadat de laatste dienst van de betrokkene is beëindigd (5 juni 2018), en dan tot het einde van dat kalenderjaar, zoals de wet eist "
        "(art. 52 AWR, fiscale bewaarplicht).",
        "10 days after the person's last service has ended (5 June 2018), and then to the end of that calendar year, as the law demands "
        "(Art. 52 AWR, tax records).",
    ),
    "waits": (
        lambda: under({}, *ACCOUNT, anchors=("ACCOUNT_CLOSED",)),
        "Nog niet begonnen, wacht tot het account is opgeheven. Daarna 10 dagen.",
        "Not started, counts from when the account was closed. Then 10 days.",
    ),
    "waits for both": (
        lambda: under({"mode": "ALL"}, SERVICE[0], *ACCOUNT, anchors=("SERVICE_ENDED", "ACCOUNT_CLOSED")),
        "Nog niet begonnen, wacht tot de laatste dienst van de betrokkene is beëindigd en het account is opgeheven. Daarna 10 dagen.",
        "Not started, counts from when the person's last service has ended and the account was closed. Then 10 days.",
    ),
    "waits for one of both": (
        lambda: under({"mode": "ANY"}, SERVICE[0], *ACCOUNT, anchors=("SERVICE_ENDED", "ACCOUNT_CLOSED")),
        "Nog niet begonnen, wacht tot de laatste dienst van de betrokkene is beëindigd of het account is opgeheven. Daarna 10 dagen.",
        "Not started, counts from when the person's last service has ended or the account was closed. Then 10 days.",
    ),
    "never began": (
        lambda: under({"per": "ref"}, anchors=("ORDER_COMPLETED",), ref="o-1"),
        "Nog niet begonnen, wacht tot die bestelling is afgerond. Daarna 10 dagen. Onder dit kenmerk is nooit een bestelling vastgelegd, dus deze "
        "termijn begint niet vanzelf.",
        "Not started, counts from when that order was completed. Then 10 days. No order with this reference was ever recorded, so this term will not "
        "start by itself.",
    ),
    "over before": (
        lambda: said(policy(1001, 0, [rule("R", 1, ["SERVICE_ENDED"])]), *SERVICE, collected(1, 9)),
        "Nog niet begonnen, wacht tot de laatste dienst van de betrokkene is beëindigd. Daarna 1 dag. Van deze persoon liep geen dienst meer sinds "
        "de gegevens zijn verzameld, dus deze termijn begint niet vanzelf.",
        "Not started, counts from when the person's last service has ended. Then 1 day. No service of this person has gone on since the data was "
        "collected, so this term will not start by itself.",
    ),
    "not stated from when": (
        lambda: under({}, anchors=("NOT_STATED",)),
        "10 dagen, maar vanaf wanneer zegt de verklaring niet. Die termijn begint niet vanzelf.",
        "10 days, but the statement does not say from when. That term will not start by itself.",
    ),
    "a minimum": (
        lambda: under({"kept": "at_least"}, *SERVICE),
        "Minstens tot 15 juni 2018: 10 dagen nadat de laatste dienst van de betrokkene is beëindigd (5 juni 2018). Tot wanneer daarna, is niet "
        "gezegd.",
        "At least until 15 June 2018: 10 days after the person's last service has ended (5 June 2018). Until when after that is not stated.",
    ),
    "on hold": (
        lambda: under({}, fact("HoldPlaced", 5, 1, "s1", kind="LEGAL_HOLD", hold_ref="h"), anchors=("COLLECTION",)),
        "10 dagen nadat de gegevens zelf zijn verzameld of ontvangen (1 juni 2018). Er geldt een bewaarbevel of een beperking: zolang wordt dit niet "
        "gewist.",
        "10 days after the data itself was collected or received (1 June 2018). A legal hold or restriction stands: meanwhile this is not erased.",
    ),
    "consent": (
        lambda: under({}, anchors=("CONSENT_ENDED",)),
        "Nog niet begonnen, wacht tot de laatste toestemming voor het doel waarvoor de gegevens worden bewaard is geëindigd. Daarna 10 dagen. Van "
        "deze persoon is nooit een toestemming vastgelegd, dus deze termijn begint niet vanzelf.",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_page_says_why_in_its_language(way: str) -> None:
    made, dutch, english = WAYS[way]
    found = made()

    assert found[0] == dutch
    assert english is None or found[1] == english
    assert not RAW.search("".join(found))


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("HH-15: customers: 2 years after SERVICE_ENDED", "HH-15: klanten: 2 jaar nadat de laatste dienst van de betrokkene is beëindigd"),
        ("no term stated", "geen termijn genoemd"),
        (
            "HH-16: 7 years, to the end of that calendar year after INVOICE_ISSUED (nl-awr-52)",
            "HH-16: 7 jaar nadat een factuur is verstuurd, en dan tot het einde van dat kalenderjaar, art. 52 AWR, fiscale bewaarplicht",
        ),
        (
            "SO-04: customers: 7 years, to the end of that calendar year after NOT_STATED (nl-awr-52)",
            "SO-04: klanten: 7 jaar, tot het einde van dat kalenderjaar, vanaf wanneer zegt de verklaring niet, art. 52 AWR, fiscale bewaarplicht",
        ),
    ],
)
def test_a_term_of_the_register_is_said_in_both_languages_without_codes(english: str, dutch: str) -> None:
    assert term_of_rule(english, NL) == dutch
    assert not RAW.search(term_of_rule(english, EN)) and term_of_rule(english, EN).startswith(english.split(" after")[0].split(",")[0])


def test_what_no_event_tells_is_said_in_dutch_with_its_article() -> None:
    for text in (*law_asks.REGISTER, *law_asks.STATEMENT, *law_asks.BREACHES):
        dutch, numbers = not_covered(text, NL), re.findall(r"\d+", text)
        assert dutch != text and re.findall(r"\d+", dutch) == numbers, text
        assert not_covered(text, EN) == text
