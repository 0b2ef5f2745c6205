"""The report of Art. 15 and the registers of Art. 30 on paper: what people read, in Dutch and English, and that nothing breaks out of the page."""

from __future__ import annotations

import csv
import io
import re
import string
from html.parser import HTMLParser

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledger.answers.presentation import duration
from ledger.answers.query import Query
from ledger.core.calendar import parse_duration
from ledger.exporting.asked import Parameters
from ledger.exporting.authority_paper import PROCESSORS, REGISTER, STATEMENT
from ledger.exporting.authority_sheets import sheets
from ledger.exporting.columns import Column
from ledger.exporting.html_form import html_chunks
from ledger.exporting.paper import Paper, Part, Table
from ledger.exporting.paper_words import SAID
from ledger.exporting.pdf_form import latin, pdf_chunks
from ledger.exporting.words import Saying
from tests.exported import CONTROLLER, PERSON, asked, exported
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.pdf_text import text_of_pdf
from tests.promises.stories import customer

HOSTILE = Paper(
    "<script>alert(1)</script>", "nl", (("a&b", '"><img src=x onerror=y>'),),
    (Part("<b>", ("</p><script>",), Table(("<th>",), (("<td>\nsecond",),))),), "<foot>", "<warn>",
)  # fmt: skip


class _Read(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def paper(name: str, form: str, language: str = "nl", audience: str = "subject", query: Query | None = None) -> bytes:
    person = PERSON if name == "access" else None
    return exported(query or asked(), name, form, Parameters(CONTROLLER, person, audience, language))[1]  # type: ignore[arg-type]


def test_a_page_is_of_its_own_without_script_and_escapes_all_that_it_is_given() -> None:
    data = b"".join(html_chunks(HOSTILE))
    page = _Read(data)

    assert "script" not in page.elements and "img" not in page.elements
    assert not any(name.startswith("on") or name in ("src", "href") for name, _ in page.attributes), "nothing from elsewhere"
    assert "url(" not in data.decode() and "@import" not in data.decode()
    for text in ("<script>alert(1)</script>", '"><img src=x onerror=y>', "</p><script>", "<th>", "<td>", "<foot>", "<warn>"):
        assert text in page.text
    assert ("lang", "nl") in page.attributes and page.elements.count("h1") == 1


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_the_report_of_a_person_is_in_plain_dutch_unless_asked_otherwise(form: str) -> None:
    read = (lambda data: " ".join(_Read(data).text.split())) if form == "html" else text_of_pdf
    dutch, english = read(paper("access", form)), read(paper("access", form, "en"))

    for words in ("Overzicht van uw persoonsgegevens", "Wat er van u wordt bewaard", "e-mailadres", "Uw rechten", "31 december 2026"):
        assert words in dutch and words not in english, words
    for words in ("Overview of your personal data", "What is held about you", "e-mail address", "Your rights", "31 December 2026"):
        assert words in english and words not in dutch, words
    own_words = dutch.partition("De gegevens zelf")[2].partition("Waar de privacyverklaring")[0]
    assert "tot het einde van dat kalenderjaar" in dutch and not re.search(r"\d years|after", own_words)
    assert "verzonnen" in dutch, "a simulated ledger says so"


def test_the_report_says_all_parts_of_the_answer_and_no_more() -> None:
    answer, text = asked().access(CONTROLLER, PERSON), _Read(paper("access", "html")).text

    saying = Saying("nl")
    for receiver in answer.receivers:
        assert receiver.recipient in text
    for held in answer.held:
        assert saying.name("purposes", held.holding.purpose) in text
    for request in answer.requests:
        assert request.request_ref in text
    assert "gebroken beloften" not in text.lower() and "gebroken beloften" in _Read(paper("access", "html", "nl", "officer")).text.lower()
    barred = exported(asked(), "access", "html", Parameters(CONTROLLER, "s2"))[1]
    assert b"politie" not in barred and b"police" not in barred, "what an order keeps from the person"
    assert "politie" in exported(asked(), "access", "html", Parameters(CONTROLLER, "s2", "officer"))[1].decode().lower()


def test_of_nobody_it_says_so() -> None:
    export, data = exported(asked(), "access", "html", Parameters(CONTROLLER, "nobody"))
    assert not export.is_known and "niets bekend" in data.decode()


def test_a_pdf_has_title_language_outline_and_numbered_pages_and_is_the_same_each_time() -> None:
    data = paper("access", "pdf")

    assert data.startswith(b"%PDF-") and data == paper("access", "pdf")
    assert b"/Lang (nl)" in data and b"/Outlines" in data and b"/Title" in data
    count = len(re.findall(rb"/Type /Page\b", data))
    assert count > 1 and f"bladzijde {count} van {count}" in text_of_pdf(data)
    assert text_of_pdf(data).count("Tot wanneer, en waarom") > 1, "the head of a table comes back on each page"


def test_letters_that_the_fonts_lack_lose_their_accent_and_no_paper_fails_on_them() -> None:
    assert latin("Łódź \u2013 “ëé” → 中") == '?ódz - "ëé" > ?'
    odd = Paper("中", "en", (), (Part("Ω", (), Table(("x",), (("\u200b" * 3,), ("word" * 200,)))),), "")
    assert b"".join(pdf_chunks(odd)).startswith(b"%PDF-")


def test_both_languages_say_the_same_with_the_same_places() -> None:
    for key, (dutch, english) in SAID.items():
        places = [sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in (dutch, english)]
        assert dutch and english and places[0] == places[1], key
        assert dutch.count("|") == english.count("|"), key


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("P1Y", "1 jaar"), ("P2Y", "2 jaar"), ("P1M", "1 maand"), ("P18M", "1 jaar en 6 maanden"), ("P1D", "1 dag"), ("P14D", "14 dagen"),
        ("P1Y2M3D", "1 jaar, 2 maanden en 3 dagen"), ("P0D", "meteen"),
    ],
)  # fmt: skip
def test_a_term_is_said_in_dutch(english: str, dutch: str) -> None:
    said = duration(parse_duration(english))

    assert Saying("nl").length(said) == dutch
    assert Saying("nl").length(f"{said}, then {said}, to the end of that calendar year") == (
        f"{dutch}, daarna {dutch}, tot het einde van dat kalenderjaar"
    )
    assert Saying("en").length(said) == said


def test_a_rule_is_said_in_dutch_with_what_starts_it() -> None:
    saying = Saying("nl")

    assert saying.rule("HH-15: customers: 2 years after SERVICE_ENDED/DOMAIN_ENDED (nl-awr-52)") == (
        "HH-15: klanten: 2 jaar nadat de laatste dienst van de betrokkene is beëindigd of de laatste domeinnaam van de betrokkene is beëindigd "
        "(nl-awr-52)"
    )
    assert saying.rule("no term stated") == "geen termijn genoemd"
    assert Saying("en").rule("X-1: 1 day after COLLECTION").startswith("X-1: 1 day after ")


# -- Art. 30


def rows(name: str, query: Query | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(paper(name, "csv", query=query).decode(), newline="")))


def test_the_register_has_the_columns_of_the_authority_and_makes_nothing_up() -> None:
    found, answer = rows("processing"), asked().processing_register(CONTROLLER)

    for asked_for in ("verwerkingsverantwoordelijke", "doeleinden", "betrokkenen", "persoonsgegevens", "ontvangers", "doorgifte", "bewaartermijn"):
        assert any(asked_for in name and "(" in name for name in found[0]), asked_for
    assert list(found[0]) == [each.name for each in REGISTER]
    assert len(found) == len(answer.activities) + len(answer.recipients)
    shares = [row for row in found if row["verwerkingsactiviteit (processing activity)"].startswith("verstrekking aan")]
    untold = {row["categorieën betrokkenen (categories of data subjects)"] for row in shares}
    assert untold == {"niet in dit register vastgelegd; zelf aan te vullen"}, "of a role the statement does not say whose data it gets"
    by_name = {row["verwerkingsactiviteit (processing activity)"]: row for row in found}
    invoices = by_name[next(each.title_nl for each in answer.activities if each.activity == "invoice" and each.title_nl)]
    assert invoices["bewaartermijn (retention)"].startswith("MD-21: 7 jaar nadat een factuur is verstuurd, en dan tot het einde van dat kalenderjaar")
    assert "uitvoering van de overeenkomst (art. 6 lid 1 onder b AVG)" in invoices["rechtsgrond (legal basis)"]
    mailing = by_name["verstrekking aan: mailingdienst"]
    assert mailing["doorgifte (transfers outside the EEA)"].startswith("US: ") and "vervallen" in mailing["doorgifte (transfers outside the EEA)"]
    assert "mailer" in mailing["ontvangers (recipients)"]


def test_an_activity_has_the_recipients_that_get_its_data_for_its_purpose() -> None:
    story = customer("mijndomein").shares("mailer", "mailing", "pd:EmailAddress", purpose="ledger:Newsletter")
    query = Query(MemoryAnswers(project(story.clock("2019-03-01").log)))
    of = {row["verwerkingsactiviteit (processing activity)"]: row["ontvangers (recipients)"] for row in rows("processing", query)}
    with_newsletter = [
        each.title_nl or each.title or each.activity
        for each in query.processing_register(CONTROLLER).activities
        if {"ledger:Newsletter"} & {term.term for term in (*each.purposes.declared, *each.purposes.observed)}
        and {"pd:EmailAddress"} & {term.term for term in (*each.categories.declared, *each.categories.observed)}
    ]

    assert with_newsletter and {title for title, recipients in of.items() if "mailer" in recipients} == {
        *with_newsletter, "verstrekking aan: mailingdienst",
    }  # fmt: skip


def test_the_processors_register_says_what_is_done_on_behalf_and_that_nothing_is() -> None:
    assert rows("processor-statement") == []
    assert "in opdracht van klanten" in paper("processor-statement", "html").decode()
    story = customer("webhoster").clock("2019-03-01")
    query = Query(MemoryAnswers(project(story.log)))
    data = exported(query, "processor-statement", "csv", Parameters("webhoster"))[1].decode()
    found = list(csv.DictReader(io.StringIO(data, newline="")))

    answer = query.processor_statement("webhoster")
    assert answer.processing and len(found) == len(answer.processing)
    assert list(found[0]) == [each.name for each in STATEMENT]
    for row, each in zip(found, answer.processing, strict=True):
        assert row["categorieën verwerkingen (categories of processing)"] == (each.title_nl or each.title)
        assert row["beveiligingsmaatregelen (security measures)"].startswith("niet in dit register")
    for name in ("processing", "processor-statement"):
        page = _Read(exported(query, name, "html", Parameters("webhoster"))[1])
        assert "Wat artikel 30 vraagt en hier niet in staat" in page.text


@pytest.mark.parametrize(("name", "columns"), [("processing", REGISTER), ("processor-statement", STATEMENT)])
def test_the_registers_of_art_30_say_the_same_as_pdf_and_as_parquet_as_in_their_table(name: str, columns: tuple[Column, ...]) -> None:
    rows = list(csv.DictReader(io.StringIO(paper(name, "csv").decode(), newline="")))
    table = pq.read_table(pa.BufferReader(paper(name, "parquet")))

    assert table.column_names == [each.name for each in columns]
    assert [{key: value or "" for key, value in row.items()} for row in table.to_pylist()] == [
        {key: value.removeprefix("'") for key, value in row.items()} for row in rows
    ]
    drawn = text_of_pdf(paper(name, "pdf"))
    said = {word for row in rows for cell in (*row, *row.values()) for word in latin(cell.removeprefix("'")).replace(";", "").split()}
    if rows:
        assert len(said) > 100 and {word for word in said if word not in drawn} == set()


@pytest.mark.parametrize("columns", [REGISTER, STATEMENT, PROCESSORS], ids=["register", "statement", "processors"])
def test_a_block_is_drawn_however_much_one_cell_says(columns: tuple[Column, ...]) -> None:
    row = tuple(f"cell {place}" for place in range(len(columns) - 1))
    much = ("\n".join(f"line {number}" for number in range(500)), "word " * 3_000)
    wide = Paper("T", "nl", (), tuple(Part("P", ("before",), Table(tuple(each.name for each in columns), ((*row, cell),))) for cell in much), "foot")

    drawn = text_of_pdf(b"".join(pdf_chunks(sheets(wide))))

    assert all(f"line {number}" in drawn for number in range(500)) and drawn.count("word") == 3_000
    assert all(each in drawn for each in (*row, "before", "foot", "P"))
