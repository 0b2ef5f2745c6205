"""`ledger report`: what a person, an auditor or the authority asks of a controller, each answer with the events it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ledger.cli.asking import After, AsJson, Controller, KnownAt, Limit, On, WithoutFacts, asking, print_json

if TYPE_CHECKING:
    from ledger.answers.query import Query

Answer = TypeVar("Answer")
OneController = Annotated[str, typer.Option("--controller", "-c", metavar="NAME", help="The controller.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(help="Reports: what a person, an auditor or the authority asks for.", no_args_is_help=True, rich_markup_mode=None)
    group.command("subject", epilog="Example: ledger report subject 7f3a9c21d4e8 --controller smallhold")(subject)
    group.command("recipients", epilog="Example: ledger report recipients --controller hostinghuis")(recipients)
    group.command("transfers", epilog="Example: ledger report transfers --controller mijndomein --json")(transfers)
    group.command("retention", epilog="Example: ledger report retention --controller sohosted")(retention)
    group.command("register", epilog="Example: ledger report register --controller hostinghuis --markdown > art-30.txt")(processing_register)
    group.command("requests", epilog="Example: ledger report requests --open")(requests)
    group.command("breaches", epilog="Example: ledger report breaches --controller hostinghuis --list")(breaches)
    group.command("disclosures", epilog="Example: ledger report disclosures --controller smallhold")(disclosures)
    group.command("look-ups", epilog="Example: ledger report look-ups --subject 7f3a9c21d4e8 --controller sohosted")(look_ups)
    group.command("suppression", epilog="Example: ledger report suppression --controller mijndomein")(suppression)
    group.command("processor-statement", epilog="Example: ledger report processor-statement --controller webhoster")(processor_statement)
    app.add_typer(group, name="report", epilog="Example: ledger report subject 7f3a9c21d4e8 --controller smallhold")


def subject(
    subject_ref: Annotated[str, typer.Argument(metavar="REF", help="The subject's reference.")],
    controller: OneController,
    audience: Annotated[
        str, typer.Option("--for", metavar="WHOM", help="subject: the person's own copy; officer: also what the person may not see.")
    ] = "subject",
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Answer a request for access (GDPR Art. 15): what is held, what for, who has it, how long, where from, and what was asked and told.

    Ends with 1 when nothing is known. What an order keeps from the person is left out of their own copy.
    """
    from ledger.cli.access_tables import show_access

    person = controller, subject_ref
    if not answer(lambda query: query.access(*person, audience), show_access, as_json, on, known_at, person).known:
        raise typer.Exit(1)


def recipients(
    controller: Controller = None, without_facts: WithoutFacts = False, on: On = None, known_at: KnownAt = None, as_json: AsJson = False
) -> None:
    """List each recipient and what it gets, about how many people, under which agreement and safeguard, and whether it is registered."""
    from ledger.cli.sharing_tables import show_recipients

    answer(lambda query: query.recipients(controller, with_facts=not without_facts), show_recipients, as_json, on, known_at)


def transfers(controller: Controller = None, on: On = None, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """List what is held outside the EU, per holder, country and safeguard, and whether that safeguard still holds; what lapsed comes first."""
    from ledger.cli.sharing_tables import show_transfers

    answer(lambda query: query.transfers(controller), show_transfers, as_json, on, known_at)


def retention(
    controller: Controller = None,
    without_facts: WithoutFacts = False,
    limit: Limit = 20,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Say how long what is kept, rule by rule; what has no term; what is past its date; and what comes due within 30 days."""
    from ledger.cli.register_tables import show_retention

    answer(lambda query: query.retention(controller, limit, after, with_facts=not without_facts), show_retention, as_json, on, known_at)


def processing_register(
    controller: OneController,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the register as Markdown.")] = False,
    without_facts: WithoutFacts = False,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Lay the register of processing (GDPR Art. 30) that the policy declares beside what was seen, and name the differences."""
    from ledger.cli.register_tables import register_markdown, show_register

    show = (lambda found: print(register_markdown(found))) if markdown else show_register
    answer(lambda query: query.processing_register(controller, with_facts=not without_facts), show, as_json, on, known_at)


def requests(
    controller: Controller = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only those that are not closed, the oldest first.")] = False,
    is_refused: Annotated[bool, typer.Option("--refused", help="Only those refused, wholly or in part, the latest answer first.")] = False,
    limit: Limit = 100,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List requests with their clocks, and what became of each holding that they are about.

    A request is closed when it is answered and nothing that it called for is open.
    """
    from ledger.cli.rights_tables import show_requests

    answer(
        lambda query: query.requests(controller, is_open=is_open, is_refused=is_refused, limit=limit, after=after), show_requests, as_json, on,
        known_at,
    )  # fmt: skip


def breaches(
    controller: Controller = None,
    one_by_one: Annotated[bool, typer.Option("--list", help="Also list whom each concerns, with whether they were told.")] = False,
    limit: Limit = 100,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Export the register of breaches (GDPR Art. 33(5)): what, when, the authority's 72 hours, whom it concerns and who was told.

    Whom it concerns is worked out from what was held there in the time of the breach. --limit is for --list; the counts leave nobody out.
    With --after the one breach that was cut there goes on.
    """
    from ledger.cli.register_tables import show_breaches

    shown = limit if one_by_one or after is not None else 0
    answer(lambda query: query.breaches(controller, limit=shown, after=after), show_breaches, as_json, on, known_at)


def disclosures(
    controller: Controller = None, limit: Limit = 100, after: After = None, on: On = None, known_at: KnownAt = None, as_json: AsJson = False
) -> None:
    """List the disclosures: who asked, on which ground, what was decided, and whether the person was told, must be, or may not be yet.

    For officers: what an order keeps from the person is in it. The person's own copy is `ledger report subject`.
    """
    from ledger.cli.rights_tables import show_disclosures

    answer(lambda query: query.disclosures(controller, limit=limit, after=after), show_disclosures, as_json, on, known_at)


def look_ups(
    subject_ref: Annotated[str, typer.Option("--subject", metavar="REF", help="The subject's reference.")],
    controller: OneController,
    audience: Annotated[
        str, typer.Option("--for", metavar="WHOM", help="subject: does not say who looked; officer: does, while the day's key is in the vault.")
    ] = "subject",
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List when and what for somebody's data was looked at, within the term that the policy gives the log of look-ups.

    Older ones are forgotten: only their number is given.
    """
    from ledger.cli.persons import opening_look_ups
    from ledger.cli.rights_tables import show_look_ups

    person = controller, subject_ref
    with opening_look_ups(audience == "officer") as opening:
        answer(lambda query: query.look_ups(*person, audience, opening), show_look_ups, as_json, on, known_at, person=person)


def suppression(
    controller: Controller = None, limit: Limit = 100, after: After = None, on: On = None, known_at: KnownAt = None, as_json: AsJson = False
) -> None:
    """Say whom no campaign may reach any more, and every use of that list for something else."""
    from ledger.cli.rights_tables import show_suppression

    answer(lambda query: query.suppression(controller, limit=limit, after=after), show_suppression, as_json, on, known_at)


def processor_statement(
    controller: OneController,
    processor: Annotated[str | None, typer.Option(metavar="NAME", help="Only this processor, and those it engages. [default: all]")] = None,
    without_facts: WithoutFacts = False,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Make the processor statement (GDPR Art. 28, 30(2)): what is processed on behalf of customers, where, how long and with which sub-processors.

    Then all that each data processor holds, on which agreement, where and through whom; who asked for the statement, and whether it was given.
    """
    from ledger.cli.processor_tables import show_statement

    answer(lambda query: query.processor_statement(controller, processor, with_facts=not without_facts), show_statement, as_json, on, known_at)


def answer(
    ask: Callable[[Query], Answer], show: Callable[[Answer], None], as_json: bool, on: str | None, known_at: list[str] | None,
    person: tuple[str, str] | None = None,
) -> Answer:  # fmt: skip
    """Ask, and print what comes back as JSON or as a table. person: the question is about alone."""
    with asking(on, known_at, person=person) as query:
        found = ask(query)
    if as_json:
        print_json(found)
    else:
        show(found)
    return found
