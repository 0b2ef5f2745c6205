"""What `ledger doctor` says, on the command line and on the page: one saying for each key, in English and in Dutch, made from the same parts."""

from __future__ import annotations

import ast
import json
import string
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from ledger.adapters.postgres_duties import LOCKS
from ledger.adapters.postgres_watching import Check as Noted
from ledger.answers.shapes import as_json
from ledger.contract.codec import REASONS
from ledger.doctoring.all_checks import CHECKS
from ledger.doctoring.checks import Finding, Found, found, run, waiting
from ledger.doctoring.sayings import CLAUSES, NUMBER, SAYINGS, Clause, english
from ledger.errors import DependencyError
from ledger.reconciling import facts, outcomes
from ledger.settings import Settings
from ledger.web.pages.findings import NAMES, said_of
from ledger.web.pages.labels import words

ROOT = Path(__file__).resolve().parents[2]
DOCTORING = ROOT / "ledger" / "doctoring"
SAMPLES: dict[str, Any] = {
    "check": "kafka", "checks": ("verify", "reconcile"), "disk": "archive", "duties": {"ERASE": 1_200, "ANSWER": 3}, "idle": ("relay", "ticker"),
    "led": ("broadcaster",), "letters": {"bad_magic": 2}, "mismatches": {"missing_row": 4}, "mode": "simulated", "kind": "OSError", "cluster": "c-1",
    "migrations": ("0007_watching",), "number": 2_500, "partitions": 4, "topics": 6, "version": 16, "skew": -1.25, "ahead": 3_000.5, "minutes": 12.0,
    "hours": 2.5, "days": 3.25, "megabytes": 1_900.4, "gigabytes": 12.3, "over": 2,
    "differs": (Clause("other_cluster", {"there": "a", "recorded": "b"}), Clause("topic_gone", {"topic": "facts"})),
    "wrong": (Clause("topic_partitions", {"topic": "facts", "there": 3, "wanted": 4}),),
    "small": (Clause("topic_small", {"topic": "facts", "setting": "max.message.bytes", "there": "5", "wanted": "9"}),),
    "keys": (Clause("key_open", {"key": "vault", "mode_bits": "0640"}), Clause("key_stored", {"key": "sealing"})),
    "tight": (Clause("disk_share", {"share": 0.05, "disk": "home"}),),
}  # fmt: skip


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def finding(key: str, **parts: Any) -> Finding:
    told = found(key, **parts)
    return Finding(name="kafka", verdict=told.verdict, looked_at="", said=told.said, remedy=told.remedy, runbook="", key=key, parts=parts)


def given(key: str) -> dict[str, Any]:
    """A value for each part of a saying."""
    saying = SAYINGS[key]
    return {part: SAMPLES[part] for part in places(saying.said + saying.remedy + saying.one) | ({NUMBER} if saying.one else set())}


def test_every_saying_has_words_in_dutch_and_the_english_ones_are_those_of_the_command_line() -> None:
    wanted = {f"doctor_{key}": saying.said for key, saying in SAYINGS.items()}
    wanted |= {f"doctor_{key}_one": saying.one for key, saying in SAYINGS.items() if saying.one}
    wanted |= {f"mend_{key}": saying.remedy for key, saying in SAYINGS.items() if saying.remedy}
    wanted |= {f"clause_{key}": text for key, text in CLAUSES.items()}

    assert {key: said["en"] for key, said in words().items() if key.startswith(("doctor_", "mend_", "clause_"))} == wanted


def test_every_check_says_what_there_is_a_saying_for_with_all_of_its_parts_and_every_saying_is_said() -> None:
    said = set()
    for path in DOCTORING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "found" and node.args:
                keys = {each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)} & set(SAYINGS)
                parts = {each.arg for each in node.keywords}
                assert keys or isinstance(node.args[0], ast.Name), ast.unparse(node)
                assert [key for key in keys if places(SAYINGS[key].said + SAYINGS[key].remedy + SAYINGS[key].one) - parts] == [], ast.unparse(node)
                assert [key for key in keys if SAYINGS[key].one and NUMBER not in parts] == [], ast.unparse(node)
                said |= keys
    errors = {key for key in SAYINGS if key.startswith("error_")}

    assert said | errors == set(SAYINGS)


@pytest.mark.parametrize("key", SAYINGS)
def test_each_is_said_in_both_languages_with_all_that_it_tells(key: str) -> None:
    told = finding(key, **given(key))
    dutch, other = said_of(told, "nl"), said_of(told, "en")

    assert (dutch.language, other.language) == ("nl", "en")
    assert dutch.said and bool(dutch.remedy) == bool(other.remedy) == (told.verdict != "ok")
    assert "{" not in dutch.said + dutch.remedy + other.said + other.remedy
    if not set(told.parts) & {*NAMES, "keys", "tight"}:  # of ours in them: the page has names for these, the command line its codes
        assert (other.said, other.remedy) == (told.said, told.remedy) == english(key, told.parts)


def put_aside_by_the_fold() -> set[str]:
    """Why the fold puts a record aside: what the functions that look give back, and what is put beside a record."""
    said: list[ast.expr | None] = []
    for node in ast.walk(ast.parse((ROOT / "ledger" / "folding" / "reading.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Return) or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "reason"):
            said.append(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "_put_aside"):
            said += [part for each in node.args for part in (each.elts if isinstance(each, ast.Tuple) else [each])]
    parts = [part for each in said for part in ((each.body, each.orelse) if isinstance(each, ast.IfExp) else (each,))]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)} - {""}


def test_what_stands_in_a_part_has_a_name_too() -> None:
    assert len(put_aside_by_the_fold()) > 9
    lists = {
        "check": set(CHECKS), "noted": set(get_args(Noted)), "leads": set(LOCKS), "ledger": {"real", "simulated"}, "disk": {"home", "archive"},
        "key_of": {"sealing", "vault", "suppression"}, "letter": REASONS | put_aside_by_the_fold(),
        "differs": {facts.MISSING_ROW, facts.OTHER_VALUE, "log_gap", *outcomes._KINDS.values()},
    }  # fmt: skip

    assert {f"{group}_{value}" for group, values in lists.items() for value in values} - set(words()) == set()
    assert {group for group in NAMES.values() if group != "duty"} == set(lists)  # those of a schema: tests/unit/test_labels.py


def test_numbers_are_written_as_the_language_does_and_one_is_said_as_one() -> None:
    many = said_of(finding("lag_old", number=12_345, minutes=1_234.0), "nl")
    assert many.said == "12.345 records zijn nog niet verwerkt, de oudste al 1.234 minuten"
    assert said_of(finding("lag_old", number=1, minutes=7.0), "nl").said == "1 record is nog niet verwerkt, al 7 minuten"
    assert said_of(finding("clocks_agree", skew=-0.5), "nl").said.startswith("de database wijkt -0,50 s af")
    assert english("lag_some", {"number": 1})[0] == "1 record is not folded" and english("lag_some", {"number": 1_200})[0][:5] == "1,200"


def test_names_of_ours_are_said_in_dutch_and_others_stand_for_themselves() -> None:
    letters = said_of(finding("letters_some", letters={"bad_magic": 2, "oversize": 1_000}), "nl")
    assert letters.said == "2 met een verkeerd eerste byte, 1.000 te groot"
    both = (Clause("key_open", {"key": "vault", "mode_bits": "0640"}), Clause("key_open", {"key": "sealing", "mode_bits": "0644"}))
    assert said_of(finding("keys_open", keys=both), "nl").said == (
        "anderen kunnen ze lezen: de sleutel van de kluis heeft rechten 0640; de sleutel van de verzegeling heeft rechten 0644"
    )
    gone = (Clause("topic_gone", {"topic": "facts"}),)
    assert said_of(finding("kafka_other", differs=gone), "nl").said == "topic facts is weg"


def test_programs_get_the_key_and_the_parts_of_a_finding_on_both_ways() -> None:
    told = finding("topics_wrong", wrong=SAMPLES["wrong"])
    of_the_command, over_http = (json.loads(each) for each in (json.dumps(asdict(told)), orjson.dumps(as_json(told))))

    assert of_the_command == over_http
    parts = {"wrong": [{"key": "topic_partitions", "parts": {"topic": "facts", "there": 3, "wanted": 4}}]}
    assert (over_http["key"], over_http["parts"], over_http["said"]) == ("topics_wrong", parts, "facts has 3 partitions, not 4")


def test_what_has_no_words_is_told_in_english_and_marked_so() -> None:
    plain = Finding(name="x", verdict="wrong", looked_at="y", said="it is broken", remedy="mend it", runbook="")

    assert [(each.said, each.remedy, each.language) for each in (said_of(plain, "nl"),)] == [("it is broken", "mend it", "en")]


def test_an_error_has_the_key_of_its_kind_and_what_waits_names_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Settings) -> Found:
        raise DependencyError("cannot reach /a/path")

    check = CHECKS["kafka"]._replace(look=away)
    here, abroad = (run(check, Settings(), is_told_abroad=is_abroad) for is_abroad in (False, True))
    waits = waiting(CHECKS["lag"], {"kafka": abroad})

    assert (here.said, here.key, abroad.key) == ("cannot reach /a/path", "error_dependency", "error_dependency")
    assert said_of(abroad, "nl").said == "een dienst die hiervoor nodig is, antwoordt niet"
    assert waits is not None and said_of(waits, "nl").said == "niet nagekeken: eerst moet `Kafka` kloppen"
