"""`ledger differences`: which published verdicts would now be other, and because of which later records. Exit 1 when there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.asking import After, AsJson, Controller, KnownAt, Limit, On, asking_widely, print_json

if TYPE_CHECKING:
    from ledger.answers.differences import DifferencesAnswer
    from ledger.answers.shapes import Event


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("differences", epilog="Example: ledger differences --controller smallhold --promise SH-05")(differences)


def differences(
    controller: Controller = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar="REF", help="Only of this subject; needs --controller.")] = None,
    promise: Annotated[str | None, typer.Option(metavar="ID", help="Only of this promise. [default: all]")] = None,
    limit: Limit = 100,
    after: After = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Judge every fact again by all that is known now, and say which verdicts would be other, and why.

    Published verdicts stay as they are. Reads every history once; --limit is for the single ones, the counts leave nothing out. Ends with 1 when a
    verdict would be other.
    """
    from ledger.cli.scanning import scan_progress

    with asking_widely(on, known_at) as query, scan_progress("judging again") as report:
        answer = query.differences(
            controller=controller, subject_ref=subject, promise=promise, limit=limit, after=after, report=report
        )
    if as_json:
        print_json(answer)
    else:
        _show(answer)
    if answer.counts:
        raise typer.Exit(1)


def _show(answer: DifferencesAnswer) -> None:
    from ledger.answers.presentation import moment
    from ledger.cli.tables import console, show_freshness, show_more, table_of
    from ledger.contract.term_names import spelt
    from ledger.legal_time import DUTCH_TIME

    out = console()
    new, gone = (sum(count.verdicts for count in answer.counts if count.change == change) for change in ("NEW", "GONE"))
    out.print(f"{answer.facts:,} facts about {answer.subjects:,} people judged again: {new:,} verdicts would be found now, {gone:,} would not")
    if answer.counts:
        table = table_of("promise", "controller", "what is wrong", "now", "times", "people", "because of")
        for count in answer.counts:
            table.add_row(
                count.promise, count.controller, count.rule.replace("-", " "), _NOW[count.change], f"{count.verdicts:,}", f"{count.subjects:,}",
                ", ".join(map(spelt, count.because_of)) or _OTHERWISE,
            )  # fmt: skip
        out.print(table)
        out.print()
        table = table_of("promise", "what is wrong", "now", "subject", "fact", "happened, and position", "because of")
        table.show_lines = True
        for each in answer.differences:
            causes = [f"{spelt(cause.type)}\nof {moment(cause.happened_at, DUTCH_TIME)} at {_at(cause.event)}" for cause in each.because_of]
            table.add_row(
                each.promise, each.rule.replace("-", " "), _NOW[each.change], f"{each.controller} / {each.subject_ref}", spelt(each.fact),
                f"{moment(each.happened_at, DUTCH_TIME)}\n{_at(each.event)}", "\n".join(causes) or _OTHERWISE,
            )  # fmt: skip
        out.print(table)
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def _at(event: Event) -> str:
    return f"{event.partition}:{event.offset}"


_NOW = {"NEW": "found", "GONE": "not found"}
_OTHERWISE = "no later record: this release judges otherwise"
