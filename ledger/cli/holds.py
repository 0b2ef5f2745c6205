"""`ledger holds`: the legal holds and restrictions that stand, of all people."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.asking import After, AsJson, Controller, KnownAt, Limit, On
from ledger.cli.report import answer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("holds", epilog="Example: ledger holds --controller smallhold --all")(holds)


def holds(
    every: Annotated[bool, typer.Option("--all", help="Those too that stand no more. [default: those that stand]")] = False,
    controller: Controller = None,
    limit: Limit = 100,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List legal holds (bewaarplicht in een zaak) and restrictions (GDPR Art. 18): since when, until when, about what; the newest placed first.

    For officers: a legal hold points at a case about one person, who may not know of it.
    """
    from ledger.cli.rights_tables import show_holds

    answer(lambda query: query.holds(controller, is_standing=not every, limit=limit, after=after), show_holds, as_json, on, known_at)
