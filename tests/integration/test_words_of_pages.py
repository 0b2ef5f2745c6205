"""Every page, in Dutch and in English, for everybody who may open it: no code of ours stands where people read, and no English on a Dutch page.

What stands in code, details, a title, a field of a form or under a mark of another language is for those who check, and is left out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from ledger.web.gate import COOKIE, CSRF_HEADER, csrf_token
from ledger.web.roles import Role
from tests.everything import everything, world_of_everything  # noqa: F401  a fixture
from tests.unit.test_labels import ENUMS
from tests.web_world import WebWorld

HOSTER = "mijndomein"
LOOK = {"purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
HOLD = {
    "event_id": "0190a000-0000-7000-8000-000000000001", "step": "check", "controller": HOSTER, "subject_ref": "s1",
    "hold_ref": "hold-1", "kind": "LEGAL_HOLD",
}  # fmt: skip
REFUSED = {
    "looks like a person": {"hold_ref": "jan.jansen@voorbeeld.nl"}, "is no token": {"hold_ref": "-a"}, "is missing": {"hold_ref": ""},
    "is no term": {"categories": "pd:Nothing"}, "is no choice": {"kind": "SOMETHING"}, "is no moment": {"until": "2024-13-01T00:00"},
    "is far away": {"until": "1980-01-01T00:00"}, "is no id": {"event_id": "nothing"},
}  # fmt: skip
"""Forms that are refused, each with a field that is wrong."""
PAGES = [
    "/", "/sharing", "/deletion", "/deletion/list?state=OPEN", "/deletion/list?state=OVERDUE", "/deletion/list?state=MET", "/subject",
    "/duties", "/duties?state=MET", "/sharing/list", "/sharing/shares", "/deletion/gaps", "/deletion/holds?only=all",
    "/requests?only=all", "/breaches", "/disclosures", "/violations", "/violations?promise=MD-20", "/violations?promise=MD-13",
    "/register", "/register?facts=true", "/policies", "/acts/breach",
    "/acts/authority", "/acts/answer", "/acts/hold", "/acts/release", "/events/0/3", "/acts/nothing", "/health-of-ledger",
]  # fmt: skip
PEOPLE = ["s1", "s2", "s3"]
CODES = {symbol for _, symbol in ENUMS if len(symbol) > 2} | {"COMING", "HELD_BACK", "NO_RULE", "NOT_BEGUN", "UNSETTLED", "PAUSED", "CLOSED"}
ENGLISH = re.compile(r"\b(the|after|with|without|which|nothing|because|until|when|expected|data of|is not|must be|was)\b", re.IGNORECASE)
RAW = re.compile(r"\b(dpv|pd|ledger|eu-gdpr):[A-Z]|T\d\d:\d\d|[a-z]_[a-z]")
SILENT = {"code", "details", "pre", "script", "style", "title", "option", "input"}
VOID = {"input", "meta", "link", "br", "use", "rect", "path"}


class Read(HTMLParser):
    """What people read of a page. Void elements of SVG are closed by the parser where they close themselves."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.language, self._open = "", list[tuple[str, bool]]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        language = dict(attrs).get("lang")
        self.language = self.language or language or ""
        if tag not in VOID:
            self._open.append((tag, tag in SILENT or language not in (None, self.language)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(is_silent for _, is_silent in self._open):
            self.lines.append(" ".join(data.split()))


def pages(world: WebWorld, language: str) -> Iterator[tuple[str, Read]]:
    """(name, what is read) of every page that a data protection officer can open, of three people and of every event about them."""
    session = world.make("SESSION", Role.DPO, (HOSTER,)).text
    client = world.client()
    client.cookies.set(COOKIE, session, domain="ledger.test", path="/")
    headers = {"Accept": "text/html", "Accept-Language": language, CSRF_HEADER: csrf_token(session)}
    for path in PAGES:
        yield path, Read(client.get(path, headers=headers).text)
    for subject_ref in PEOPLE:
        yield subject_ref, Read(client.post("/subject", headers=headers, data=LOOK | {"controller": HOSTER, "subject_ref": subject_ref}).text)
    kinds = [type_name for type_name, _ in everything().log]
    for offset in sorted({kinds.index(each) for each in kinds} - {kinds.index("TimeReached")}):
        answer = client.post(f"/events/0/{offset}", headers=headers, data=LOOK)
        assert answer.status_code == 200, kinds[offset]
        yield f"a {kinds[offset]}", Read(answer.text)
    for name, typed in REFUSED.items():
        answer = client.post("/acts/hold", headers=headers, data=HOLD | typed)
        assert 'id="problem"' in answer.text, name
        yield name, Read(answer.text)
    own = world.make("SESSION", Role.SUBJECT, (HOSTER,), subject_ref="s1").text
    client.cookies.set(COOKIE, own, domain="ledger.test", path="/")
    yield "/my-data", Read(client.get("/my-data", headers=headers).text)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_page_has_a_code_of_ours_where_people_read_and_no_dutch_page_a_line_of_english(world: WebWorld, language: str) -> None:
    codes, english = [], []
    for name, read in pages(world, language):
        assert read.language == language and read.lines, name
        codes += [(name, line) for line in read.lines if CODES & set(re.findall(r"[A-Z_]{3,}", line)) or RAW.search(line)]
        english += [(name, line) for line in read.lines if len(ENGLISH.findall(line)) > 1]

    assert codes == []
    assert language == "en" or english == []


def test_what_the_doctor_finds_and_why_a_form_is_refused_is_said_in_dutch(world: WebWorld) -> None:
    shown = {name: " ".join(read.lines) for name, read in pages(world, "nl") if name == "/health-of-ledger" or name in REFUSED}

    assert "een dienst die hiervoor nodig is, antwoordt niet" in shown["/health-of-ledger"]
    assert "niet nagekeken: eerst moet `Kafka` kloppen" in shown["/health-of-ledger"]
    assert "de tabellen zijn van deze versie" in shown["/health-of-ledger"]
    said = {
        "looks like a person": "Kenmerk: dit lijkt op een e-mailadres", "is no token": "gebruik 1 tot 128 letters",
        "is missing": "dit moet u invullen",
        "is no term": "dit staat niet in de lijst", "is no choice": "kies een van de mogelijkheden", "is no moment": "een tijd die bestaan",
        "is far away": "noem een tijd tussen 1990 en 2200", "is no id": "dit is geen kenmerk van een gebeurtenis",
    }  # fmt: skip
    assert {name for name, text in said.items() if text not in shown[name]} == set()


def test_the_page_of_an_event_says_what_rests_on_it_and_has_the_raw_values_to_unfold(world: WebWorld) -> None:
    log = everything().log
    collection = next(place for place, (kind, fields) in enumerate(log) if kind == "DataCollected" and fields["subject_ref"] == "s1")
    published = next(place for place, (kind, _) in enumerate(log) if kind == "PolicyPublished")
    session = world.make("SESSION", Role.DPO, (HOSTER,)).text
    client = world.client()
    client.cookies.set(COOKIE, session, domain="ledger.test", path="/")

    def page(place: int) -> str:
        headers = {"Accept": "text/html", "Accept-Language": "nl", CSRF_HEADER: csrf_token(session)}
        return str(client.post(f"/events/0/{place}", headers=headers, data=LOOK).text)

    about_one, about_many = page(collection), page(published)
    assert "Gegevens die hierdoor bij een houder zijn" in about_one
    shown = about_one[about_one.index("<main") :]
    raw = shown[shown.index("<details") : shown.index("</details>")]
    assert "DATA_SUBJECT" in raw and "occurred_at" in raw and "DATA_SUBJECT" not in about_one.replace(raw, "").replace('title="DATA_SUBJECT"', "")
    assert f'href="/policies?controller={HOSTER}&amp;version=' in about_many


def test_the_page_on_the_register_reads_no_holding_and_leads_to_the_facts(world: WebWorld) -> None:
    session = world.make("SESSION", Role.DPO, (HOSTER,)).text
    client = world.client()
    client.cookies.set(COOKIE, session, domain="ledger.test", path="/")

    fast = client.get(f"/register?controller={HOSTER}", headers={"Accept": "text/html"}).text
    address = re.search(r'href="(/register\?[^"]*facts=true[^"]*)"', fast)
    assert address is not None
    whole = client.get(address[1].replace("&amp;", "&"), headers={"Accept": "text/html"}).text

    assert 0 <= fast.count('<details class="evidence">') < whole.count('<details class="evidence">')
    assert "facts=true" not in whole.partition("<main")[2]
    assert len(re.findall("<tr>", fast)) == len(re.findall("<tr>", whole)) > 5
