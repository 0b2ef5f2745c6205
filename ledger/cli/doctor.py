"""`ledger doctor`: what is wrong with this installation, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import CallerError, DataError

if TYPE_CHECKING:
    from ledger.doctoring.checks import Finding
    from ledger.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", epilog="Example: ledger doctor --only kafka --only disk")(doctor)


def doctor(
    only: Annotated[list[str] | None, typer.Option(metavar="CHECK", help="This check alone; may be repeated. [default: all]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per check, and a last one with the counts.")] = False,
) -> None:
    """Look at everything that can be wrong: services, topics, tables, workers, duties, clocks, seals, keys, disks. Changes nothing.

    Each check says what it looked at, `ok`, `warning` or `wrong`, what to do, and which entry of docs/runbook.md to read. Works when half of the
    ledger is down. Ends with 1 when anything is wrong.
    """
    from ledger.doctoring.all_checks import CHECKS
    from ledger.doctoring.checks import run_all

    unknown = sorted(set(only or ()) - set(CHECKS))
    if unknown:
        raise CallerError(f"no such check: {', '.join(unknown)}", hint=f"checks: {', '.join(CHECKS)}")
    settings = _settings()
    wanted = {name: check for name, check in CHECKS.items() if not only or name in only}
    counts = {"ok": 0, "warning": 0, "wrong": 0}
    for finding in run_all(wanted, settings):
        counts[finding.verdict] += 1
        print(json.dumps(asdict(finding)) if as_json else "\n".join(_lines(finding)), flush=True)
    print(json.dumps(counts) if as_json else f"{counts['ok']} ok, {counts['warning']} to look at, {counts['wrong']} wrong")
    if counts["wrong"]:
        found = "1 check" if counts["wrong"] == 1 else f"{counts['wrong']} checks"
        raise DataError(f"{found} found something wrong", hint="see the lines above, and docs/runbook.md")


def _settings() -> Settings:
    """Those of the ledger; where it is down, what can be read without it: each check then says that it cannot look.

    Raises:
        CallerError: a variable is wrong: nothing can be looked at.
    """
    from ledger.settings import load_settings, read_settings

    settings = read_settings()
    try:
        return load_settings()
    except CallerError:
        return settings


def _lines(finding: Finding) -> list[str]:
    lines = [f"{finding.verdict:8} {finding.name}: {finding.said}"]
    if finding.verdict != "ok":
        lines += [f"         {each}" for each in (finding.remedy, f"runbook: {finding.runbook}") if each]
    return lines
