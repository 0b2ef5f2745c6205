"""`ledger policy coverage`: every promise with how it stands, the rules that hold the hoster to it, and the tests that prove it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.policies.shapes import CoveredPromise


def register(group: typer.Typer) -> None:
    """Add the command to `ledger policy`."""
    group.command(epilog="Example: ledger policy coverage --controller sohosted --status silent")(coverage)


def coverage(
    file: Annotated[str | None, typer.Argument(metavar="[FILE|NAME]", help="The promises of this policy alone, by the statuses in it.")] = None,
    controller: Annotated[str, typer.Option(metavar="NAME|ALL", help="The promises of this hoster, or `law` for those of the law.")] = "ALL",
    status: Annotated[str | None, typer.Option(metavar="WORD", help="Only what stands so: checked, 'by law', witnessed, silent, outdated.")] = None,
    tests: Annotated[bool, typer.Option("--tests", help="Say what each test proves, not only how many there are; --json has their names.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List every promise of the five statements and of the law: how it stands, what holds the hoster to it, and what proves it.

    Of a file: its promises, as its own statuses say, and the rules under each.
    """
    from ledger.answers.shapes import as_json as in_json
    from ledger.policies.coverage import STATUSES, rows_of
    from ledger.policies.coverage import coverage as all_rows
    from ledger.policies.files import load_policy
    from ledger.policies.shapes import BY_LAW, covered

    rows = all_rows() if file is None else rows_of(load_policy(file).policy)
    known = sorted({row.controller or BY_LAW for row in rows})
    if controller != "ALL" and controller not in known:
        raise CallerError("cannot show coverage: expected a hoster whose statement ships, got another", hint=f"ALL, or one of {', '.join(known)}")
    if status is not None and status not in STATUSES:
        raise CallerError("cannot show coverage: expected a status, got something else", hint=f"one of {', '.join(STATUSES)}")
    chosen = covered(rows, None if controller == "ALL" else controller, status)
    if as_json:
        for row in chosen:
            print(json.dumps(in_json(row), ensure_ascii=False))
    elif chosen:
        _print(chosen, tests, has_tests=file is None)
    counted = Counter(each for row in chosen for each in row.status)
    found = ", ".join(f"{each} {counted[each]}" for each in STATUSES if counted[each])
    typer.echo(f"ledger: {len(chosen)} of {len(rows)} promises; {found or 'nothing stands so'} (one can stand in several ways)", err=True)


def _print(rows: Sequence[CoveredPromise], with_tests: bool, *, has_tests: bool) -> None:
    from rich.table import Table

    from ledger.cli.tables import console

    table = Table(box=None, pad_edge=False, show_edge=False)
    columns = (("promise", 4), ("how it stands", 4), ("held by", 5), ("proven by", 6 if with_tests else 2))
    for name, ratio in columns if has_tests else columns[:3]:
        table.add_column(name, ratio=ratio, overflow="fold")
    for row in rows:
        proofs = [_proofs(row, with_tests)] if has_tests else []
        table.add_row(f"{row.id} {row.promise}".strip(), row.today, _rules(row), *proofs)
    console().print(table)


def _rules(row: CoveredPromise) -> str:
    """The rules that judge; where there is none, what only cites the promise. By section of the file."""
    shown = [rule for rule in row.rules if rule.judges] or list(row.rules)
    sections = dict.fromkeys(rule.section for rule in shown)
    return "\n".join(f"{section}: {'; '.join(rule.rule for rule in shown if rule.section == section)}" for section in sections) or "-"


def _proofs(row: CoveredPromise, with_tests: bool) -> str:
    if not with_tests:
        return "\n".join(f"{proof} {len(names)}" for proof, names in row.proven.items()) or "nothing"
    names = [name for those in row.proven.values() for name in those]
    return "\n".join(name.partition("::")[2].split("_", 3)[3].replace("_", " ") for name in names) or "nothing"

