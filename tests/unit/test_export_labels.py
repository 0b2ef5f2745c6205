"""The names of codes beside the codes, in a register as CSV: every code that can stand there has one, and nothing else of the file changes."""

from __future__ import annotations

import csv
import io
from typing import Any, get_args

import pytest

from ledger.answers import terms_held
from ledger.answers.query import Query
from ledger.contract import vocabulary
from ledger.core.retention_rule import COLLECTION, CONSENT_ENDED, NOT_STATED, Mode, Per
from ledger.errors import CallerError
from ledger.exporting.asked import Parameters
from ledger.exporting.exporting import formats, make
from ledger.exporting.labels import ENDING, NAMED, code_names, label, labelled_columns, labelled_rows, rule_names
from ledger.exporting.registers import REGISTERS
from tests.exported import asked, exported, parameters_of
from tests.unit.test_export_forms import _Many, _resident
from tests.unit.test_labels import ENUMS, REASONS

ENUM_OF = {
    "risk": "BreachRisk", "decision": "DisclosureDecision", "right": "Right", "identity": "IdentityCheck", "outcome": "RequestOutcome",
    "duty": "ObligationKind", "severity": "Severity", "milestone": "MilestoneKind",
}  # fmt: skip
NO_CODES = {
    "controller", "recipient", "country", "countries", "silent", "rests_on", "agreement", "holder", "store", "breach_ref", "report_ref",
    "authorities", "subject_ref", "disclosure_ref", "shared",
    "request_ref", "extended_by", "rule", "activities", "statute", "activity", "examples", "ref",
    "obligation_id", "promise", "event", "about", "certificate_ref", "raised", "received_from", "product", "ticket_ref", "incident_ref",
    "permission_ref",
}  # fmt: skip
"""Names, references, places: what stands there is what it is called."""


def labelled(name: str, language: Any = "nl") -> list[dict[str, str]]:
    of = parameters_of(name)
    _, data = exported(asked(), name, "csv", Parameters(of.controller, of.subject_ref, of.audience, language, labels=True))
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_every_column_with_codes_of_every_register_has_a_label() -> None:
    assert set(NAMED) == {each.name for each in REGISTERS}
    for register in REGISTERS:
        texts = {column.name for column in register.columns if column.kind in ("text", "list")}
        assert texts - NO_CODES - set(NAMED[register.name]) == set(), register.name
        assert set(NAMED[register.name]) - texts == set(), register.name


def test_every_way_to_name_codes_is_there() -> None:
    ways = {part for named in NAMED.values() for way in named.values() for one in way.split(": ") for part in one.split(" ")}

    assert ways - {"-", "length", "broken"} - set(vocabulary.KINDS) == set(code_names())


@pytest.mark.parametrize("group", sorted(ENUM_OF))
def test_every_value_of_a_fixed_list_of_the_schemas_has_a_name(group: str) -> None:
    assert {symbol for name, symbol in ENUMS if name == ENUM_OF[group]} - set(code_names()[group]) == set()


def test_every_code_of_our_own_has_a_name() -> None:
    lists = {
        "gap": set(get_args(terms_held.Reason)), "called_off": REASONS, "mode": set(get_args(Mode)), "per": set(get_args(Per)),
        "milestone": {COLLECTION, CONSENT_ENDED, NOT_STATED},
    }  # fmt: skip

    assert {(group, value) for group, values in lists.items() for value in values if value not in code_names()[group]} == set()


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_a_register_says_of_itself_is_among_the_names(name: str) -> None:
    """The lists of states that the page on exports has for a column: each of them has a name."""
    (register,) = [each for each in REGISTERS if each.name == name]
    for column in register.columns:
        way = NAMED[name].get(column.name, "")
        if way in code_names():
            said = {word.strip(",.:;") for word in column.about.split() if word.strip(",.:;").isupper() and len(word) > 3}
            assert said - set(code_names()[way]) == set(), column


@pytest.mark.parametrize("name", sorted(NAMED))
def test_each_label_stands_behind_its_code_and_all_the_rest_is_as_without(name: str) -> None:
    _, plain = exported(asked(), name, "csv")
    codes = list(csv.DictReader(io.StringIO(plain.decode(), newline="")))
    rows = labelled(name)

    (register,) = [each for each in REGISTERS if each.name == name]
    names = [column.name for column in labelled_columns(name, register.columns)]
    assert rows and list(rows[0]) == names
    assert [names[names.index(column) + 1] for column in NAMED[name]] == [f"{column}{ENDING}" for column in NAMED[name]]
    assert [{column: value for column, value in row.items() if not column.endswith(ENDING)} for row in rows] == codes
    assert all(bool(row[column]) == bool(row[f"{column}{ENDING}"]) for row in rows for column in NAMED[name])


def test_the_rule_of_a_violation_is_named_and_the_rule_of_a_term_is_a_promise() -> None:
    broken = {row["rule"]: row["rule_label"] for row in labelled("violations")}

    assert broken and all(broken[rule] == rule_names()[rule]["nl"] for rule in broken)
    assert "rule_label" not in labelled("due")[0]


def test_names_are_in_the_language_that_is_asked() -> None:
    dutch, english = (labelled("recipients", language)[0] for language in ("nl", "en"))

    assert dutch["purpose"] == english["purpose"] and dutch["purpose_label"] != english["purpose_label"]
    assert dutch["purpose_label"] == vocabulary.terms("purposes")[dutch["purpose"]].label_nl
    assert dutch["categories_label"] == "; ".join(vocabulary.terms("categories")[one].label_nl for one in dutch["categories"].split("; "))


@pytest.mark.parametrize(("way", "value", "dutch"), [
    ("duty_state", "HELD_BACK", "tegengehouden"), ("duty_state", "SOMETHING_NEW", "something new"), ("-", "bank", "bank"),
    ("length", "2 years, then 7 years, to the end of that calendar year", "2 jaar, daarna 7 jaar, tot het einde van dat kalenderjaar"),
    ("requester_kinds recipient_roles", "police", vocabulary.terms("requester_kinds")["police"].label_nl),
    ("requester_kinds recipient_roles", "debt_collector", vocabulary.terms("recipient_roles")["debt_collector"].label_nl),
])  # fmt: skip
def test_a_code_is_named_by_its_list_and_one_that_nobody_knows_is_spelt_out(way: str, value: str, dutch: str) -> None:
    assert label(way, value, "nl") == dutch


def test_two_codes_with_a_colon_are_named_both_and_a_name_before_it_stays() -> None:
    (register,) = [each for each in REGISTERS if each.name == "requests"]
    row = tuple(("bank: a: ledger:LegalHold",) if column.name == "refused" else None for column in register.columns)
    [wide] = labelled_rows("requests", register.columns, [row], "nl")

    assert wide[[column.name for column in labelled_columns("requests", register.columns)].index("refused_label")] == (
        f"bank: a: {vocabulary.terms('refusal_reasons')['ledger:LegalHold'].label_nl}",
    )


OTHERS = [(name, form) for name, forms in formats().items() for form in forms if form != "csv" or name not in NAMED]


@pytest.mark.parametrize(("name", "form"), OTHERS)
def test_only_a_register_as_csv_has_labels(name: str, form: str) -> None:
    of = parameters_of(name)

    with pytest.raises(CallerError) as refused:
        make(asked(), name, Parameters(of.controller, of.subject_ref, labels=True), form)
    assert refused.value.field == "labels"


def test_the_manifest_and_the_name_of_the_file_say_so() -> None:
    of = parameters_of("due")
    export, _ = exported(asked(), "due", "csv", Parameters(of.controller, language="en", labels=True))
    said = export.manifest()
    plain, _ = exported(asked(), "due", "csv")

    assert export.name == "due-mijndomein.en.csv" and plain.name == "due-mijndomein.csv"
    assert (said["asked"]["labels"], said["asked"]["language"]) == (True, "en")
    assert (plain.manifest()["asked"]["labels"], plain.manifest()["asked"]["language"]) == (False, None)
    assert {"name": "state_label", "kind": "text"} in said["columns"] and {"name": "categories_label", "kind": "list"} in said["columns"]


def test_memory_does_not_grow_with_the_labels() -> None:
    def peak(count: int) -> int:
        export = make(Query(_Many(count)), "holdings", Parameters("hoster", labels=True), "csv")
        most = max(_resident() for _ in export.chunks())
        assert export.rows == count
        return most

    few, many = peak(20_000), peak(100_000)
    assert many - few < 25_000_000, (few, many)
