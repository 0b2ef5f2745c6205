"""`ledger subject show`, `holders`, `due`, `obligations`: the answers. Exit 1 when nothing is known of the subject."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import persons
from ledger.cli.asking import After, AsJson, Controller, KnownAt, Limit, On, WithoutFacts, asking, print_json
from ledger.cli.report import answer
from ledger.moments import read_known_at, read_moment


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    subject = typer.Typer(help="What is known of one subject.", no_args_is_help=True, rich_markup_mode=None)
    subject.command("show", epilog="Example: ledger subject show 7f3a9c21d4e8 --controller smallhold --on 2020-01-01")(show)
    subject.command("export", epilog="Example: ledger subject export 7f3a9c21d4e8 --controller mijndomein --json > data.json")(export)
    persons.register(subject)
    app.add_typer(subject, name="subject", epilog="Example: ledger subject show 7f3a9c21d4e8 --controller smallhold")
    app.command("holders", epilog="Example: ledger holders --controller smallhold")(holders)
    app.command("due", epilog="Example: ledger due --until 2026-12-31")(due)
    app.command("obligations", epilog="Example: ledger obligations --state overdue --holder sidn")(obligations)


def show(
    subject_ref: Annotated[str, typer.Argument(metavar="REF", help="The subject's reference.")],
    controller: Annotated[str, typer.Option("--controller", "-c", metavar="NAME", help="The controller.")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="What was so at the end of that day (or at an RFC 3339 time).")] = None,
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", metavar="POSITION", help="As known when that offset (or PARTITION:OFFSET) of `facts` was folded; or by a day."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say who holds what about a subject, why, since when and until when, and the events that each line rests on.

    Ends with 1 when nothing is known.
    """
    moment, position = read_moment(on), None if known_at is None else read_known_at(known_at)
    with asking() as query:
        found = query.subject(controller, subject_ref, on=moment, known_at=position)
    if as_json:
        print_json(found)
    else:
        from ledger.cli.answer_tables import show_subject

        show_subject(found)
    if not found.known:
        raise typer.Exit(1)


def export(
    subject_ref: Annotated[str, typer.Argument(metavar="REF", help="The subject's reference.")],
    controller: Annotated[str, typer.Option("--controller", "-c", metavar="NAME", help="The controller.")],
    on: On = None,
    known_at: KnownAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: so it does in any case, since Art. 20 is for machines.")] = False,
) -> None:
    """Print what a person may take along (GDPR Art. 20): contact, address and bank data, as one JSON document.

    The ledger holds no values: each item says in which store its value is. The form is docs/portability.schema.json.

    Ends with 1 when nothing is known.
    """
    with asking(on, known_at, person=(controller, subject_ref)) as query:
        found = query.portable(controller, subject_ref)
    print_json(found)
    if not found.known:
        raise typer.Exit(1)


def holders(
    controller: Controller = None, without_facts: WithoutFacts = False, on: On = None, known_at: KnownAt = None, as_json: AsJson = False
) -> None:
    """Say of each holder, per role, about how many people it has what, in which countries, and what comes due."""
    from ledger.cli.answer_tables import show_holders

    answer(lambda query: query.holders(controller, with_facts=not without_facts), show_holders, as_json, on, known_at)


def due(
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Day or RFC 3339 time. [default: 30 days after the ledger's time]")] = None,
    controller: Controller = None,
    limit: Limit = 100,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List what comes due until a moment, and what is past due and not erased; earliest first."""
    from ledger.cli.answer_tables import show_due

    moment = read_moment(until)
    answer(lambda query: query.due(moment, controller, limit, after), show_due, as_json, on, known_at)


def obligations(
    state: Annotated[
        list[str] | None, typer.Option(metavar="STATE", help="open, overdue, met or cancelled; may be repeated. [default: open, overdue]")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="erase, answer, notify_subject, ...; may be repeated. [default: all]")
    ] = None,
    holder: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this holder. [default: all]")] = None,
    controller: Controller = None,
    limit: Limit = 100,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List what holders must do, with its age and how late it is by the ledger's time; earliest due first."""
    from ledger.cli.answer_tables import show_obligations

    states = [each.upper() for each in state or ("OVERDUE", "OPEN")]
    kinds = [each.upper() for each in kind or ()]
    answer(
        lambda query: query.obligations(states, holder=holder, controller=controller, limit=limit, after=after, kinds=kinds), show_obligations,
        as_json, on, known_at,
    )  # fmt: skip
