"""The units of deploy/systemd start commands that are there, with options that they take."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))


def section(path: Path, name: str) -> dict[str, str]:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # names of units keep their capitals
    unit.read_string(path.read_text())
    return dict(unit[name])


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_service_starts_a_command_that_is_there(path: Path) -> None:
    program, *words = section(path, "Service")["ExecStart"].split()
    command = [word for word in words if not word.startswith("-") and not word.isdigit()]
    done = subprocess.run([sys.executable, "-m", "ledger", *command, "--help"], capture_output=True, text=True, check=False)

    assert program == "/opt/privacy-ledger/bin/ledger" and done.returncode == 0, done.stderr
    assert {word for word in words if word.startswith("--")} <= set(done.stdout.split())


def test_each_service_is_bound_as_the_others_are_and_named_in_the_readme() -> None:
    text = (UNITS.parent / "README.md").read_text()

    for path in SERVICES:
        found = section(path, "Service")
        assert (found["User"], found["EnvironmentFile"], found["ProtectSystem"]) == ("ledger", "/etc/ledger/ledger.env", "strict"), path.name
        assert f"systemd/{path.name}" in text or f"systemd/{path.with_suffix('.timer').name}" in text, path.name


def test_what_runs_once_has_a_timer() -> None:
    once = {path.stem for path in SERVICES if section(path, "Service").get("Type") == "oneshot"}

    assert once == {path.stem for path in UNITS.glob("*.timer")} == {"ledger-verify"}
