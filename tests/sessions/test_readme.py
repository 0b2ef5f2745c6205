"""Everything in README.md happens: each command is run on the real stack, each output compared, each Python block executed.

`make` runs the repository's own Makefile, with this environment instead of a new one; `make test` only collects, since it is running already.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.stack import down
from tests.sessions.transcripts import Command, File, Shell, fits, steps

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name, and what a clone has in it."""
    made = Path(tempfile.mkdtemp(prefix="readme-"))
    (made / ".venv").symlink_to(sys.prefix)
    bin_folder = Path(sys.executable).parent
    made.joinpath("Makefile").write_text(
        f"override BIN := {bin_folder}\noverride STAMP := {made}/made\n"
        f"override ARGS := --collect-only -qq {ROOT}/tests\ninclude {ROOT}/Makefile\n"
    )
    made.joinpath("made").touch()  # newer than the two files that it depends on
    for name in ("requirements.lock", "pyproject.toml"):
        made.joinpath(name).symlink_to(ROOT / name)
    try:
        yield made
    finally:
        down(made / "try" / ".ledger")  # when a step failed before it got there
        shutil.rmtree(made, ignore_errors=True)


def test_everything_in_the_readme_happens(folder: Path) -> None:
    # Below a `make test`, make would speak of the folders it enters.
    left_out = ("LEDGER__HOME", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in left_out} | {"PYTHONPATH": str(ROOT)}
    ignored = {line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    with Shell(folder, environment) as shell:
        before = {path.name for path in folder.iterdir()}
        for step in steps(README):
            if isinstance(step, File):
                (folder / step.name).write_text(step.text, encoding="utf-8")
                continue
            _, printed = shell.run(step.text)
            assert fits(step.expected, printed), f"README.md:{step.line}: {step.text}\n--- expected\n{step.expected}\n--- printed\n{printed}"
        left = {path.name for path in folder.iterdir()} - before
    assert left <= ignored, "a clone stays clean"
    assert "try" not in left, "and what was tried is thrown away at the end"


def test_the_readme_emits_asks_audits_and_operates() -> None:
    commands = [step.text for step in steps(README) if isinstance(step, Command)]
    asks = ("ledger subject show", "ledger holders", "python eraser.py", "ledger rebuild", "ledger digest")
    for wanted in ("make demo", "make test", "ledger up", *asks, "ledger down"):
        assert any(command.startswith(wanted) for command in commands), wanted
    assert [step.name for step in steps(README) if isinstance(step, File)]


def test_the_readme_names_no_machine_and_only_files_that_are_there() -> None:
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work|Users)/", README)
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_a_difference_is_found() -> None:
    assert fits("a … c\n…\nlast", "a b c\nx\ny\nlast\n")
    assert fits("", "")
    assert not fits("a", "a\nb")
    assert not fits("", "something")
    assert not fits("12 rows", "13 rows")
