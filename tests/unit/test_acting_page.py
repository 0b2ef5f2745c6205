"""docs/acting.md says what is so: its blocks run, its answers and errors exist, each line of its contract names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import ledger.sdk.duty_errors
from ledger.cli import act
from ledger.contract import schema_store
from ledger.sdk.duty import KINDS, Duty
from ledger.testing import RecordingObligations

PAGE = (Path(__file__).parents[2] / "docs" / "acting.md").read_text(encoding="utf-8")
BLOCKS = [block.split("```")[0] for block in PAGE.split("```python\n")[1:]]


def test_the_blocks_run_one_after_the_other(capsys):
    deleted: list[str] = []
    fed = RecordingObligations(source="crm", controller="hostinghuis", stores=["crm"], kinds=["ERASE"], attempts=1)
    bad = fed.raise_duty("ERASE", "subj-7f3a9c21d4e8", store="crm", purpose="dpv:AccountManagement", categories=["pd:Name"])
    asked: list[dict[str, object]] = []

    def obligations(**wishes: object) -> RecordingObligations:
        asked.append(wishes)
        return fed

    def delete_from_crm(subject_ref: str, categories: tuple[str, ...]) -> str:
        deleted.append(subject_ref)
        if len(deleted) == 1:
            raise ConnectionError
        return "certificate-1"

    names = {"Obligations": obligations, "delete_from_crm": delete_from_crm}
    for number, block in enumerate(BLOCKS):
        code = block.replace("from ledger import Obligations", "")
        exec(compile(code, f"docs/acting.md, block {number + 1}", "exec"), names)  # noqa: S102  our own page

    assert asked == [{"source": "crm", "controller": "hostinghuis", "stores": ["crm"], "kinds": ["ERASE"]}]
    assert capsys.readouterr().out == f"{bad} ERASE ConnectionError\n"
    assert deleted == ["subj-7f3a9c21d4e8", "subj-7f3a9c21d4e8"], "the first failed, the third block is another service's test"
    assert len(BLOCKS) == 3


def test_every_kind_has_its_answer_and_every_fact_exists():
    table = PAGE.split("## What a handler says\n")[1].split("\n\n")[0]

    assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", table)) >= set(KINDS)
    methods = set(re.findall(r"duty\.(\w+)\(", PAGE))
    assert methods == {name for name, found in vars(Duty).items() if callable(found) and name[0] != "_"} - {"done", "as_json"}
    for fact in re.findall(r"\| `(\w+)`[^|]*\|$", table, re.MULTILINE):
        schema_store.latest(fact)


def test_every_error_is_in_the_table_with_its_exit_code():
    rows = dict(re.findall(r"^\| `(\w+Error)` .* (\d) \|$", PAGE, re.MULTILINE))
    module = ledger.sdk.duty_errors
    ours = {name: found for name, found in vars(module).items() if name.endswith("Error") and found.__module__ == module.__name__}

    assert {name: int(code) for name, code in rows.items()} == {name: found.exit_code for name, found in ours.items()}


def test_every_variable_of_a_command_is_named_and_is_a_part_of_the_duty():
    assert {*re.findall(r"`(LEDGER_[A-Z_]+)`", PAGE)} == set(act.IN_ENVIRONMENT)
    assert set(act.IN_ENVIRONMENT.values()) <= set(Duty.__dataclass_fields__)
    assert "$LEDGER_ANSWER" in PAGE


def test_every_line_of_the_contract_names_tests_that_exist():
    contract = PAGE.split("## The contract\n")[1].split("\n## ")[0]
    lines = re.split(r"^\d+\. ", contract, flags=re.MULTILINE)[1:]
    defined = {
        name
        for path in (Path(__file__).parents[1]).rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    named = [re.findall(r"`(test_\w+)`", line) for line in lines]
    assert len(lines) == 12
    assert all(named)
    assert {name for names in named for name in names} <= defined
