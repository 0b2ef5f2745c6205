"""Every term that a page can show has a name in Dutch and in English: the lists are those of the schemas and of the code, not written down here."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from ledger.answers import terms_held
from ledger.contract import schema_store, vocabulary
from ledger.core.retention_rule import COLLECTION, CONSENT_ENDED, NOT_STATED
from ledger.exporting.labels import code_names, rule_names
from ledger.law.library import load_law
from ledger.web.pages.labels import GROUPS, anywhere, label, words
from ledger.web.pages.rendering import WAYS, Words, term_in
from ledger.web.roles import Role

ROOT = Path(__file__).resolve().parents[2]
CORE, TEMPLATES = ROOT / "ledger" / "core", ROOT / "ledger" / "web" / "pages" / "templates"
SLUG = re.compile(r"[a-z]+(-[a-z]+)+")
REASONS = {"refused", "not-affected", "not-due", "re-anchored", "barred"}


def nodes_of(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """("field" or "enum", node), of a schema and the records in it."""
    for field in schema["fields"]:
        yield "field", field
        for kind in field["type"] if isinstance(field["type"], list) else [field["type"]]:
            inner = kind["items"] if isinstance(kind, dict) and kind["type"] == "array" else kind
            if isinstance(inner, dict) and inner["type"] == "enum":
                yield "enum", inner
            elif isinstance(inner, dict) and inner["type"] == "record":
                yield from nodes_of(inner)


NODES = [node for row in schema_store.published() for node in nodes_of(schema_store.schema(row.name, row.version))]
ENUMS = {(node["name"], symbol) for what, node in NODES if what == "enum" for symbol in node["symbols"]}


def strings_of(folder: Path) -> set[str]:
    """Every text in the code of a folder."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def unnamed(prefix: str, values: set[str]) -> set[str]:
    return {value for value in values if f"{prefix}_{value}" not in words()}


def test_every_value_of_every_fixed_list_of_the_schemas_has_a_name() -> None:
    assert {name for name, _ in ENUMS} == set(GROUPS)
    assert {(name, symbol) for name, symbol in ENUMS if f"{GROUPS[name]}_{symbol}" not in words()} == set()


def test_every_field_and_every_type_of_event_has_a_name() -> None:
    assert unnamed("field", {node["name"] for what, node in NODES if what == "field"}) == set()
    assert unnamed("type", {row.name for row in schema_store.published()}) == set()


def test_what_a_term_counts_from_has_a_name_and_so_has_every_gap() -> None:
    assert unnamed("milestone", {COLLECTION, CONSENT_ENDED, NOT_STATED}) == set()
    assert unnamed("gap", set(get_args(terms_held.Reason))) == set()


def test_every_way_to_break_a_promise_has_a_name_and_nothing_else_has_one() -> None:
    in_code = {text for text in strings_of(CORE) if SLUG.fullmatch(text)} - REASONS
    documented = {text for name in ("judging", "duties") for text in re.findall(r"`([a-z-]+)`", (ROOT / f"docs/{name}.md").read_text())}
    rules = in_code | {text for text in documented if re.fullmatch(r"[a-z-]+-(consent|withdrawal|objection|restricted|identity-check)", text)}

    assert len(rules) > 75
    assert {key.removeprefix("broken_") for key in words() if key.startswith("broken_")} == rules


def test_every_reason_for_which_a_duty_is_called_off_has_a_name() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in CORE.rglob("*.py")]
    given = [each.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) for each in node.keywords if each.arg == "reason"]
    reasons = {node.value for value in given for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)} - {""}

    assert reasons == REASONS
    assert unnamed("called_off", reasons) == set()


def test_every_statute_of_the_law_library_has_a_name() -> None:
    assert unnamed("statute", set(load_law()["statutes"])) == set()


def test_every_role_and_every_page_of_the_menu_has_a_name() -> None:
    assert unnamed("role", {str(role) for role in Role}) == set()
    assert unnamed("menu", set(WAYS)) == set()


@pytest.mark.parametrize("kind", vocabulary.KINDS)
def test_a_term_of_a_code_list_has_the_name_of_that_list(kind: str) -> None:
    for term, entry in vocabulary.terms(kind).items():
        assert label(kind, term, "nl") == entry.label_nl
        assert kind == "occasions" or anywhere(term, "nl") is not None


def test_a_term_that_no_list_has_is_spelt_out_and_no_value_is_a_dash() -> None:
    assert label("broken", "some-new-rule", "nl") == "some new rule" and label("Right", "SOMETHING_NEW", "en") == "something new"
    assert label("purposes", None, "nl") == label("severity", None, "en") == "-"
    assert term_in({"term": "own:Thing", "label": "own thing"}, "nl") == "own thing"


def test_a_milestone_is_named_in_dutch_where_the_answer_has_it_in_english() -> None:
    assert term_in({"term": "ACCOUNT_CLOSED", "label": "account closed"}, "nl") == "account opgeheven"
    assert term_in({"term": "ACCOUNT_CLOSED", "label": "account closed"}, "en") == "account closed"


def test_one_thing_is_counted_as_one() -> None:
    dutch, english = Words("nl"), Words("en")

    assert [dutch.count("people", number) for number in (0, 1, 2)] == ["0 personen", "1 persoon", "2 personen"]
    assert [english.count("holdings", number) for number in (1, 1_200)] == ["1 holding", "1,200 holdings"]


def test_every_text_stands_in_both_languages_with_the_same_places() -> None:
    for key, said in words().items():
        assert set(said) == {"nl", "en"} and all(said.values()), key
        places = [sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in said.values()]
        assert places[0] == places[1], key


def test_no_text_of_the_pages_is_named_again_where_files_for_people_need_it_too() -> None:
    of_pages = json.loads((TEMPLATES.parent / "words.json").read_text(encoding="utf-8"))
    of_files = {f"{group}_{code}" for group, codes in code_names().items() for code in codes} | {f"broken_{rule}" for rule in rule_names()}

    assert len(of_files) > 150
    assert of_files & set(of_pages) == set()


def test_every_word_that_a_template_asks_for_is_there() -> None:
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text(encoding="utf-8")
        asked = set(re.findall(r"\bt\.([a-z_]+)\b(?!\()", text)) | set(re.findall(r"\bt\(\"([a-z_]+)\"[,)]", text))
        assert asked - set(words()) == set(), template.name


@pytest.mark.parametrize("key", ["tl_HOLD_PLACED", "tl_HOLD_RELEASED", "type_HoldPlaced", "type_HoldReleased"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_is_said_of_every_hold_names_no_kind_of_them(key: str, language: Any) -> None:
    kinds = [label("HoldKind", symbol, language) for kind, symbol in ENUMS if kind == "HoldKind" and symbol != "UNKNOWN"]

    assert len(kinds) >= 2
    assert not [each for each in kinds if each in words()[key][language].lower()]


def test_a_permission_to_look_is_not_called_a_consent() -> None:
    assert words()["field_permission_ref"]["nl"].lower() not in {words()["tl_CONSENTS"]["nl"].lower(), words()["person_consents"]["nl"].lower()}
