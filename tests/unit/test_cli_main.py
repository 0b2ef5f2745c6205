"""The door of the command line: every error is one line, one hint and an exit code."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer

from ledger.cli import main
from ledger.errors import CallerError, DataError, DependencyError, LedgerError, OperatorError, RefusedError


@pytest.fixture
def command_that(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Replace all commands by one, `try-it`, that does what it is told."""

    def replace(action: Callable[[], None]) -> None:
        app = typer.Typer(rich_markup_mode=None)
        app.callback()(lambda: None)
        app.command("try-it")(action)
        monkeypatch.setattr(main, "app", app)
        monkeypatch.setattr(main, "GROUPS", {})

    return replace


def raising(error: BaseException) -> Callable[[], None]:
    def action() -> None:
        raise error

    return action


@pytest.mark.parametrize(
    ("kind", "code"),
    [(DataError, 1), (OperatorError, 1), (CallerError, 2), (DependencyError, 3), (RefusedError, 4)],
)
def test_each_error_of_the_ledger_has_its_exit_code(
    kind: type[LedgerError], code: int, command_that: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    command_that(raising(kind("cannot do it: expected 1, got 2", hint="do this")))

    assert main.run(["try-it"]) == code

    captured = capsys.readouterr()
    assert captured.err == "ledger: error: cannot do it: expected 1, got 2\nledger: hint: do this\n"
    assert captured.out == ""


@pytest.mark.parametrize(("library", "extra"), [("faust", "worker"), ("psycopg", "worker"), ("psutil", "embedded")])
def test_a_missing_library_is_answered_with_the_extra_that_brings_it(
    library: str, extra: str, command_that: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    command_that(raising(ModuleNotFoundError(f"No module named '{library}'", name=f"{library}.part")))

    assert main.run(["try-it"]) == 2

    assert f"ledger: hint: pip install 'privacy-ledger[{extra}]'" in capsys.readouterr().err


def test_a_missing_module_of_our_own_is_a_bug_and_not_explained_away(command_that: Callable[..., None]):
    command_that(raising(ModuleNotFoundError("No module named 'ledger.gone'", name="ledger.gone")))

    with pytest.raises(ModuleNotFoundError):
        main.run(["try-it"])


def test_ctrl_c_ends_with_130(command_that: Callable[..., None]):
    command_that(raising(KeyboardInterrupt()))

    assert main.run(["try-it"]) == 130


@pytest.mark.parametrize("arguments", [["no-such-verb"], ["--no-such-option"], ["try-it", "too-much"]])
def test_a_command_line_that_does_not_parse_is_misuse(
    arguments: list[str], command_that: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    command_that(lambda: None)

    assert main.run(arguments) == 2

    assert capsys.readouterr().err.startswith("ledger: error: ")


def test_the_version_is_printed_to_stdout(capsys: pytest.CaptureFixture[str]):
    assert main.run(["--version"]) == 0

    assert capsys.readouterr().out.startswith("ledger 0.")


def test_showing_help_loads_no_library_of_the_extras():
    """The base install must be able to show its help."""
    script = (
        "import sys; from ledger.cli.main import run, EXTRA_OF_LIBRARY; run(['--help']);"
        "sys.exit(', '.join(sorted(set(EXTRA_OF_LIBRARY) & set(sys.modules))) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def commands_of(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from commands_of(each, (*path, name))


def test_every_help_says_what_to_give_and_not_the_type_that_python_has_for_it(capsys: pytest.CaptureFixture[str]):
    main.register_groups()
    found = list(commands_of(typer.main.get_command(main.app)))
    assert len(found) > 20

    for path in found:
        assert main.run([*path, "--help"]) == 0
        assert not re.search(r"<(?:str|int|float|path|list|Path)\b", capsys.readouterr().out), path


@pytest.mark.parametrize("group", ["report", "subject"])
def test_each_report_and_each_answer_about_a_subject_takes_json_and_shows_an_example(capsys: pytest.CaptureFixture[str], group: str):
    main.register_groups()
    commands = typer.main.get_command(main.app).commands[group].commands
    assert len(commands) > 1

    for name in commands:
        assert main.run([group, name, "--help"]) == 0
        said = capsys.readouterr().out
        assert "--json" in said and f"Example: ledger {group} {name} " in said, name


def test_a_help_names_its_arguments(capsys: pytest.CaptureFixture[str]):
    assert main.run(["subject", "show", "--help"]) == 0

    assert re.search(r"(?m)^  REF +The subject's reference\.", capsys.readouterr().out)


@pytest.mark.parametrize(("given", "hint"), [(",", "broadcaster"), ("", "broadcaster"), ("relay,relais", "broadcaster")])
def test_work_needs_parts_that_it_has(capsys: pytest.CaptureFixture[str], given: str, hint: str):
    assert main.run(["work", "--only", given]) == 2

    said = capsys.readouterr().err
    assert hint in said
    assert "cannot run :" not in said
    assert "cannot run ," not in said


def test_a_process_that_runs_many_command_lines_has_each_command_once() -> None:
    main.register_groups()
    first = len(main.app.registered_commands), len(main.app.registered_groups)

    main.register_groups()

    assert (len(main.app.registered_commands), len(main.app.registered_groups)) == first


@pytest.mark.parametrize("group", main.GROUPS)
def test_each_group_adds_the_commands_that_are_written_beside_it(group):
    app = typer.Typer()
    app.callback()(lambda: None)
    importlib.import_module(f"ledger.cli.{group}").register(app)

    assert set(typer.main.get_command(app).commands) == set(main.GROUPS[group])


def test_a_command_line_needs_its_own_group_alone():
    script = "import sys; from ledger.cli.main import run; run(['tick', '--help']); print(sorted(sys.modules))"

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert "ledger.cli.tick" in told
    assert "ledger.cli.policy" not in told
