"""Who answers, whose data it is and how it is secured: from the file to the registers of Art. 30, and no person on the way."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from ledger.answers import not_covered
from ledger.answers.query import Query
from ledger.answers.stated_record import contacts_of, data_subjects_of, register_leaves_open, security_of, statement_leaves_open
from ledger.cli.register_tables import register_markdown
from ledger.contract.term_names import Language
from ledger.core.compiled_policy import PolicyError, policy_from_json
from ledger.exporting.asked import Parameters
from ledger.policies.checks import PolicyFileError
from ledger.policies.comparing import compare
from ledger.policies.files import compile_policy, load_policy
from tests.exported import exported
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import customer
from tests.unit.test_policy_files import GOOD

NOT_TOLD = "niet in dit register vastgelegd; zelf aan te vullen"
WHO = "naam en contactgegevens verwerkingsverantwoordelijke (name and contact details of the controller)"
PEOPLE = "categorieën betrokkenen (categories of data subjects)"
SECURITY = "beveiligingsmaatregelen (security measures)"
SAYS = """\
contacts:
  controller: {name: Shop B.V., address: "Straat 1, Plaats", email: info@shop.example, phone: 010-123 45 67}
  officer: {name: Functionaris gegevensbescherming, email: fg@shop.example}
  joint_controllers: [{name: Zuster N.V.}, {name: Andere B.V.}]
data_subjects: [dpv:Customer]
security: {measures: [ledger:NeedToKnow], note: doors are shut, note_nl: deuren dicht}
activities:
"""
FULL = GOOD.replace("activities:\n", SAYS, 1).replace(
    "{crm: NL}", "{crm: NL}\n    data_subjects: [dpv:Visitor]\n    security: {measures: [dpv:EncryptionAtRest]}"
)


def test_what_the_file_says_is_read_back_and_judges_nobody() -> None:
    full, bare = compile_policy(FULL.encode(), file="x"), compile_policy(GOOD.encode(), file="x")
    account = full.policy.activities["account"]

    contacts = contacts_of(full.policy)
    assert contacts.controller is not None and contacts.officer is not None
    assert (contacts.controller.name, contacts.controller.email, contacts.officer.phone) == ("Shop B.V.", "info@shop.example", None)
    assert [each.name for each in contacts.joint_controllers] == ["Zuster N.V.", "Andere B.V."], "in the order of the file"
    assert [each.term for each in data_subjects_of(full.policy, account)] == ["dpv:Customer", "dpv:Visitor"]
    secured = security_of(full.policy, account)
    assert [each.term for each in secured.measures] == ["ledger:NeedToKnow", "dpv:EncryptionAtRest"]
    assert (secured.note, secured.note_nl) == ("doors are shut", "deuren dicht")
    assert json.loads(full.compiled_json)["format"] == json.loads(bare.compiled_json)["format"], "older readers read it"


def test_a_policy_published_before_there_were_the_fields_is_read_as_saying_nothing() -> None:
    bare = compile_policy(GOOD.encode(), file="x")

    assert not {"contacts", "data_subjects", "security"} & set(json.loads(bare.compiled_json))
    assert contacts_of(bare.policy) == contacts_of(None) and contacts_of(bare.policy).controller is None
    assert register_leaves_open(bare.policy) == register_leaves_open(None) == not_covered.REGISTER
    assert statement_leaves_open(bare.policy) == not_covered.STATEMENT


@pytest.mark.parametrize(
    "more",
    [
        {"contacts": []}, {"contacts": {"controller": {}}}, {"contacts": {"officer": {"name": 1}}},
        {"contacts": {"joint_controllers": {"name": "x"}}},
        {"contacts": {"controller": {"name": "x", "email": "x" * 501}}}, {"data_subjects": "dpv:Customer"}, {"security": ["dpv:Encryption"]},
        {"security": {"measures": [1]}}, {"security": {"note": "\0"}},
    ],
)  # fmt: skip
def test_a_compiled_policy_with_something_else_there_is_refused(more: dict[str, Any]) -> None:
    data = json.loads(compile_policy(GOOD.encode(), file="x").compiled_json)

    with pytest.raises(PolicyError):
        policy_from_json(json.dumps(data | more))


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("Shop B.V.", "dhr. Jansen", "contacts.controller.name", "may name a person"),
        ("Shop B.V.", "J.P. Jansen", "contacts.controller.name", "may name a person"),
        ("Functionaris gegevensbescherming,", "Mevrouw De Vries,", "contacts.officer.name", "may name a person"),
        ("Zuster N.V.", "A. Bakker", "contacts.joint_controllers[0].name", "may name a person"),
        ('"Straat 1, Plaats"', '"t.a.v. Jansen, Straat 1"', "contacts.controller.address", "may name a person"),
        ("fg@shop.example", "j.jansen@shop.example", "contacts.officer.email", "may be a person's address"),
        ("fg@shop.example", "fg.jansen@shop.example", "contacts.officer.email", "may be a person's address"),
        ("fg@shop.example", "fg at shop", "contacts.officer.email", "not an e-mail address"),
        ("010-123 45 67", "+31 6 12345678", "contacts.controller.phone", "may be a person's telephone"),
        ("010-123 45 67", "06-12345678", "contacts.controller.phone", "may be a person's telephone"),
        ("{name: Zuster N.V.}", "{address: Straat 2}", "contacts.joint_controllers[0].name", "missing field"),
        ("[dpv:Customer]", "[dpv:Custmer]", "data_subjects[0]", "did you mean dpv:Customer"),
        ("[dpv:Visitor]", "[dpv:Name]", "activities.account.data_subjects[0]", "code list data_subjects"),
        ("[ledger:NeedToKnow]", "[dpv:Marketing]", "security.measures[0]", "code list security_measures"),
        ("[dpv:EncryptionAtRest]", "[dpv:EncryptionAtRst]", "activities.account.security.measures[0]", "did you mean dpv:EncryptionAtRest"),
    ],
)
def test_a_person_and_a_word_of_no_list_are_found_and_never_repeated(old: str, new: str, field: str, says: str) -> None:
    assert old in FULL
    with pytest.raises(PolicyFileError) as caught:
        compile_policy(FULL.replace(old, new, 1).encode(), file="x")

    (finding,) = caught.value.findings
    assert finding.field == field and says in f"{finding.message} {finding.hint}"
    assert new.strip('"[]{},') not in str(finding)


@pytest.mark.parametrize("email", ["privacy@shop.example", "fg@shop.example", "data-protection.officer@shop.example", "shop@shop.example"])
@pytest.mark.parametrize("name", ["N.V. Gasfabriek", "Shop B.V.", "Functionaris voor gegevensbescherming", "Mrsa-lab Noord"])
def test_organisations_and_offices_pass(email: str, name: str) -> None:
    contacts = compile_policy(FULL.replace("info@shop.example", email).replace("Shop B.V.", name).encode(), file="x").policy.contacts

    assert contacts.controller is not None and (contacts.controller.email, contacts.controller.name) == (email, name)


def test_two_versions_differ_in_what_they_say_for_the_record() -> None:
    bare, full = (compile_policy(text.encode(), file="x").policy for text in (GOOD, FULL))
    changes = {(each.part, field.field): (field.old, field.new) for each in compare(bare, full) for field in each.fields}

    assert changes["record", "contacts.officer"] == (None, ("Functionaris gegevensbescherming, fg@shop.example",))
    assert changes["record", "measures"] == (None, ("ledger:NeedToKnow",)) and changes["record", "note_nl"] == (None, "deuren dicht")
    assert changes["activity", "data_subjects"] == (None, ("dpv:Visitor",)) and changes["activity", "measures"] == (None, ("dpv:EncryptionAtRest",))


def query_of(hoster: str) -> Query:
    return Query(MemoryAnswers(project(customer(hoster).clock("2019-03-01").log)))


def rows(hoster: str, name: str = "processing", language: Language = "nl") -> list[dict[str, str]]:
    parameters = Parameters(hoster, None, "subject", language)
    data = exported(query_of(hoster), name, "csv", parameters)[1].decode()
    return list(csv.DictReader(io.StringIO(data, newline="")))


def test_the_register_of_the_authority_says_what_the_statement_says() -> None:
    found = {row["verwerkingsactiviteit (processing activity)"]: row for row in rows("sohosted")}

    account, site = found["Het account"], found["Google Analytics, met geanonimiseerde IP-adressen"]
    assert account[WHO] == f"Sohosted Webhosting B.V.; Dopheide 14, 9202PB Drachten; functionaris gegevensbescherming: {NOT_TOLD}"
    assert (account[PEOPLE], site[PEOPLE]) == ("klanten", "bezoekers")
    for measure in ("gebruikersnaam en wachtwoord", "apart, afgeschermd systeem", "logboek van opvragingen", "geheimhoudingsverklaringen"):
        assert measure in account[SECURITY].split("; ")
    role = found["verstrekking aan: leverancier"]
    assert role[PEOPLE] == NOT_TOLD and role[SECURITY] == account[SECURITY], "of a role is known what holds of every activity"


def test_what_a_statement_leaves_open_the_register_leaves_open() -> None:
    shut, silent, logs = rows("smallhold"), rows("webhoster"), rows("hostinghuis", language="en")

    assert {row[SECURITY] for row in shut} == {NOT_TOLD} and all("info@smallhold.nl" in row[WHO] for row in shut)
    assert {row[WHO] for row in silent} == {f"webhoster; {NOT_TOLD}"}
    server = next(row for row in logs if row["verwerkingsactiviteit (processing activity)"] == "Log files of the servers")
    assert server[PEOPLE] == "not on the ledger; to be added" and "encryption" in server[SECURITY].split("; ")
    assert "what can reasonably be done" in server[SECURITY]


def test_the_register_and_the_statement_name_what_is_still_missing() -> None:
    query = query_of("sohosted")
    register = query.processing_register("sohosted")

    assert not {not_covered.CONTROLLER, not_covered.MEASURES} & set(register.not_covered)
    assert {not_covered.OFFICER, not_covered.PEOPLE} <= set(register.not_covered), "of the log of look-ups is not said whose data it is"
    assert not_covered.MEASURES in query_of("smallhold").processing_register("smallhold").not_covered
    page = exported(query, "processing", "html", Parameters("sohosted"))[1].decode()
    assert "functionaris gegevensbescherming, als die er is" in page and "de beveiligingsmaatregelen (art. 30 lid 1" not in page
    assert "controller: Sohosted Webhosting B.V., Dopheide 14, 9202PB Drachten" in register_markdown(register)


def test_the_processors_register_has_contact_and_measures_too() -> None:
    (row,) = rows("smallhold", "processor-statement")

    assert row["naam en contactgegevens verwerker (name and contact details of the processor)"].startswith("Smallhold B.V.; Het Fort 106")
    assert row[SECURITY] == NOT_TOLD
    statement = query_of("smallhold").processor_statement("smallhold")
    assert not_covered.PROCESSOR not in statement.not_covered and not_covered.MEASURES_OF_PROCESSOR in statement.not_covered


@pytest.mark.parametrize("hoster", ["hostinghuis", "mijndomein", "sohosted"])
def test_each_activity_of_a_statement_that_speaks_of_security_has_measures(hoster: str) -> None:
    policy = load_policy(hoster).policy

    assert all(security_of(policy, each).measures for each in policy.activities.values())
