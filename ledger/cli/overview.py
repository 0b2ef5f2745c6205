"""`ledger overview`: sharing, deletion and promises in numbers. They read tallies, so they answer at once, however much is held."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.asking import AsJson, Controller, KnownAt, On
from ledger.cli.report import answer
from ledger.errors import CallerError


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(help="Overviews: sharing, deletion and promises in numbers.", no_args_is_help=True, rich_markup_mode=None)
    group.command("sharing", epilog="Example: ledger overview sharing --controller mijndomein")(sharing)
    group.command("deletion", epilog="Example: ledger overview deletion --until 2027-01-31")(deletion)
    group.command("promises", epilog="Example: ledger overview promises --json")(promises)
    app.add_typer(group, name="overview", epilog="Example: ledger overview sharing --controller mijndomein")


def sharing(
    until: Annotated[str | None, typer.Option(metavar="MONTH", help="The last of the 24 months of shares. [the ledger's own]")] = None,
    controller: Controller = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Say who has what of how many people: recipients, categories, countries and safeguards, who gave it on, how often, and which agreements end.

    What is behind a number is in `ledger report recipients` and `ledger report transfers`.
    """
    from ledger.answers.shares_of_month import month_named
    from ledger.cli.overview_tables import show_sharing

    last = month_named(until or "")
    if until is not None and last is None:
        raise CallerError("cannot read --until: expected a month, got another text", hint="as in 2018-05")
    answer(lambda query: query.sharing_overview(controller, last), show_sharing, as_json, on, known_at)


def deletion(
    until: Annotated[str | None, typer.Option(metavar="TIME", help="The last day of the calendar. [30 days after the ledger's time]")] = None,
    controller: Controller = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Say what is overdue and how long, what was done and refused, what is held back, what comes due on which day, and what has no date.

    What is behind a number is in `ledger obligations`, `ledger due` and `ledger report retention`.
    """
    from ledger.cli.overview_tables import show_deletion
    from ledger.moments import read_moment

    last = read_moment(until)
    answer(lambda query: query.deletion_overview(controller, last), show_deletion, as_json, on, known_at)


def promises(controller: Controller = None, on: On = None, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """Say which promises were broken how often, by the month in which it was found. One by one: `ledger violations --list`."""
    from ledger.cli.overview_tables import show_promises

    answer(lambda query: query.promises_overview(controller), show_promises, as_json, on, known_at)
