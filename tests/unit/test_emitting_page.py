"""docs/emitting.md says what is so: its first event runs, its verbs and errors exist."""

from __future__ import annotations

import re
from pathlib import Path

import ledger.sdk.receipts
from ledger import errors
from ledger.sdk import validation
from ledger.sdk.verbs import Verbs
from ledger.testing import RecordingEmitter

PAGE = (Path(__file__).parents[2] / "docs" / "emitting.md").read_text(encoding="utf-8")


def test_the_first_event_is_a_good_one(capsys):
    code = PAGE.split("```python\n")[1].split("```")[0].replace("from ledger import Emitter", "")

    exec(compile(code, "docs/emitting.md", "exec"), {"Emitter": RecordingEmitter})  # noqa: S102  our own page

    partition, offset, *_ = capsys.readouterr().out.split()
    assert (int(partition) in range(4), offset) == (True, "0")
    assert len(code.strip().splitlines()) <= 5


def test_every_verb_is_named():
    named = set(re.findall(r"[a-z_]+", PAGE.split("There is a verb for every event: ")[1].split("Parameters are")[0]))

    assert {name for name in vars(Verbs) if not name.startswith("_")} - {"emit"} <= named


def test_every_error_is_in_the_table_with_its_exit_code():
    rows = dict(re.findall(r"^\| `(\w+Error)` .* (\d) \|$", PAGE, re.MULTILINE))
    made = {name: cls for module in (ledger.sdk.receipts, validation) for name, cls in vars(module).items() if name.endswith("Error")}
    ours = {name: cls for name, cls in made.items() if cls.__module__ in ("ledger.sdk.receipts", "ledger.sdk.validation")}

    assert set(rows) == {*ours, "RefusedError"}
    assert {name: int(code) for name, code in rows.items()} == {
        name: cls.exit_code for name, cls in {**ours, "RefusedError": errors.RefusedError}.items()
    }


def test_every_line_of_the_contract_names_tests_that_exist():
    contract = PAGE.split("## The contract\n")[1].split("\n## ")[0]
    lines = re.split(r"^\d+\. ", contract, flags=re.MULTILINE)[1:]
    defined = {
        name
        for path in (Path(__file__).parents[1]).rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    named = [re.findall(r"`(test_\w+)`", line) for line in lines]
    assert len(lines) == 14
    assert all(named)
    assert {name for names in named for name in names} <= defined
