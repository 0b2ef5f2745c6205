"""`ledger violations`: which promises were broken, how often, and each single time."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.asking import After, AsJson, Controller, KnownAt, Limit, On, asking, print_json
from ledger.moments import read_moment


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("violations", epilog="Example: ledger violations --promise HH-04 --since 2026-01-01 --list")(violations)


def violations(
    promise: Annotated[str | None, typer.Option(metavar="ID", help="Only of this promise. [default: all]")] = None,
    controller: Controller = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Found on that day or later (or from an RFC 3339 time on).")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Found on that day or earlier (or up to an RFC 3339 time).")] = None,
    one_by_one: Annotated[bool, typer.Option("--list", help="Each single one, newest first, instead of how many.")] = False,
    limit: Limit = 100,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Count broken promises by promise and rule, or list them with the facts that each rests on.

    Found means: the ledger's time when the fact that broke the promise was folded. --limit is for --list; the counts leave nothing out.
    """
    first, last, one_by_one = read_moment(since, is_first=True), read_moment(until), one_by_one or after is not None
    with asking(on, known_at) as query:
        answer = query.violations(
            promise=promise, controller=controller, since=first, until=last, limit=limit if one_by_one else 0, after=after
        )
    if as_json:
        print_json(answer)
        return
    from ledger.cli.answer_tables import show_violations

    show_violations(answer, one_by_one=one_by_one)
