"""What a form is refused for is said in the page's language: every code of a rule has words, every words a code, and none repeats a value."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import orjson
import pytest

from ledger.contract.broken_rules import BrokenRuleError, Rule, did_you_mean
from ledger.contract.json_form import FieldError
from ledger.sdk import field_rules, personal_values
from ledger.sdk.field_rules import string_rule
from ledger.web.pages.labels import words
from ledger.web.pages.refusals import hint_of, refusal, said_of
from ledger.web.problems import problem_of

CODE = Path(__file__).resolve().parents[2] / "ledger"
KINDS = {value for name, value in vars(personal_values).items() if name.isupper() and str(value).startswith(("a ", "an "))}
NO_RULE = {"refused_clock"}
"""Words of a whole event, not of a field."""


def made_in_the_code(name: str) -> Mapping[str, set[frozenset[str]]]:
    """code -> which parts of its sentence change, wherever a `Rule` or a `Hint` is made."""
    found: dict[str, set[frozenset[str]]] = {}
    for path in sorted(CODE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "broken_rules" not in f"{path} {text}":  # other things are called `Rule` too
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{path.name}, line {node.lineno}: a code is a constant"
                found.setdefault(code.value, set()).add(frozenset(each.arg or "" for each in node.keywords))
    return found


RULES, HINTS = made_in_the_code("Rule"), made_in_the_code("Hint")


def places(key: str, language: str) -> set[str]:
    """The places in a text that something is put into."""
    return {name for _, name, _, _ in Formatter().parse(words()[key][language]) if name}


def test_every_code_of_a_rule_has_words_and_every_words_of_a_refusal_a_code() -> None:
    assert len(RULES) > 20
    assert {f"refused_{code}" for code in RULES} == {key for key in words() if key.startswith("refused_")} - NO_RULE


def test_every_code_of_a_hint_has_words_and_every_words_of_a_hint_a_code() -> None:
    assert {f"hint_{code}" for code in HINTS} == {key for key in words() if key.startswith("hint_")}


@pytest.mark.parametrize(("kind", "codes"), [("refused", RULES), ("hint", HINTS)])
def test_the_words_of_a_code_differ_by_language_and_every_place_in_them_is_filled(kind: str, codes: Mapping[str, set[frozenset[str]]]) -> None:
    for code, given in codes.items():
        key = f"{kind}_{code}"
        assert words()[key]["nl"] != words()[key]["en"]
        for language in ("nl", "en"):
            assert all(places(key, language) <= each for each in given), code


def test_a_rule_is_its_sentence_for_everybody_else() -> None:
    problem = problem_of(FieldError("read", "DataShared", "country", Rule("no_country", "expected a code")))

    assert orjson.loads(orjson.dumps(problem.members()))["rule"] == "expected a code"
    assert type(pickle.loads(pickle.dumps(problem.members()["rule"]))) is str  # noqa: S301  our own


def test_everything_that_looks_like_a_person_has_a_name() -> None:
    assert len(KINDS) == 10
    assert {f"looks_like_{kind}" for kind in KINDS} - set(words()) == set()


@pytest.mark.parametrize(("field", "value", "dutch"), [
    ("breach_ref", "jan.jansen@voorbeeld.nl", "dit lijkt op een e-mailadres; zoiets mag hier niet staan"),
    ("breach_ref", "-x", "gebruik 1 tot 128 letters"), ("recipient", "a" * 129, "gebruik 1 tot 128 letters"),
    ("subject_ref", "register", "dit woord is voor de organisatie zelf"), ("controller", "a/b", "hierin mag geen / staan"),
])  # fmt: skip
def test_what_a_field_refuses_is_said_without_the_value(field: str, value: str, dutch: str) -> None:
    with pytest.raises(BrokenRuleError) as broken:
        string_rule(field, None)(value)
    problem = {"status": 422, "field": field, "rule": broken.value.rule, "hint": broken.value.hint, "detail": "x"}
    told = refusal(problem, "nl")

    assert told.why.startswith(dutch) and told.language == "nl"
    assert value not in f"{told}"


def test_a_term_that_is_not_in_the_list_is_refused_with_what_was_meant() -> None:
    with pytest.raises(BrokenRuleError) as broken:
        string_rule("categories", "categories")("pd:EmailAdress")
    told = refusal({"status": 422, "field": "categories", "rule": broken.value.rule, "hint": broken.value.hint, "detail": "x"}, "nl")

    assert told.why == "dit staat niet in de lijst waaruit hier gekozen wordt" and told.hint.startswith("bedoelt u pd:")


def test_a_field_within_a_field_is_named_and_a_rule_that_nobody_knows_is_told_as_it_is() -> None:
    within = Rule("no_moment", "expected a time that exists").within("until")
    assert (within, said_of(within, "nl")) == ("in until: expected a time that exists", "Tot: noem een dag en een tijd die bestaan")
    unknown = refusal({"status": 422, "field": "x", "rule": "expected the moon", "hint": "look up", "detail": "d"}, "nl")
    assert (unknown.why, unknown.hint, unknown.language) == ("expected the moon", "look up", "en")


def test_what_is_of_no_field_is_said_by_its_kind() -> None:
    assert refusal({"status": 409, "detail": "d"}, "nl").why == "Dit past niet bij wat er al is."
    assert refusal({"status": 422, "detail": "d", "event_id": "x"}, "nl").why.startswith("de klok van de server")
    assert refusal({"status": 418, "detail": "d"}, "nl") == ("d", "", "en")


def test_a_hint_is_said_in_words_or_left_to_the_form() -> None:
    assert hint_of(field_rules._OPAQUE_HINT, "nl").startswith("gebruik een kenmerk")
    assert hint_of(did_you_mean("pd:Name"), "nl") == "bedoelt u pd:Name?"
    assert hint_of("`ledger schema show DataShared` lists its fields", "nl") == hint_of("", "en") == ""
