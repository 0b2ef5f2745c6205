"""`ledger audit as-of`: what was so on a day as it was known at a place on the log, against what is known of that day now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.asking import AsJson, asking, print_json
from ledger.moments import read_known_at, read_moment

if TYPE_CHECKING:
    from ledger.answers.as_of import AsOfAnswer
    from ledger.answers.as_of_lines import LineDifference


def as_of(
    subject_ref: Annotated[str, typer.Argument(metavar="REF", help="The subject's reference.")],
    controller: Annotated[str, typer.Option("--controller", "-c", metavar="NAME", help="The controller.")],
    known_at: Annotated[
        str, typer.Option("--known-at", metavar="POSITION", help="OFFSET or PARTITION:OFFSET of `facts`; or a day or time by the broker's clock.")
    ],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="What was so at the end of that day (or at an RFC 3339 time). [now]")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare what was so on a day as it was known then with what is known of that day now: each line that differs, and the events that made it so.

    Ends with 1 when nothing is known of the subject.
    """
    moment, position = read_moment(on), read_known_at(known_at)
    with asking() as query:
        answer = query.as_of(controller, subject_ref, on=moment, known_at=position)
    if as_json:
        print_json(answer)
    else:
        from ledger.cli.freshness import freshness_line

        print("\n".join([*_lines(answer), freshness_line(answer.freshness)]))
    if not answer.known:
        raise typer.Exit(1)


def _lines(answer: AsOfAnswer) -> Iterator[str]:
    from ledger.answers.presentation import moment
    from ledger.legal_time import DUTCH_TIME

    so = "so now" if answer.on is None else f"so on {moment(answer.on, DUTCH_TIME)}"
    what = f"{answer.controller} / {answer.subject_ref}: what was {so}, as known at {answer.known_at} and as known now"
    yield f"{what}: {answer.same} lines are the same, {len(answer.lines)} are not" if answer.known else f"{what}: nothing is known"
    for each in answer.lines:
        yield f"{each.change.lower()}  {each.kind} {each.name}"
        yield from both_sides(each, "then", "now")
        for cause in each.because_of:
            place = f"{cause.event.partition}:{cause.event.offset}"
            yield f"  because of {cause.type} of {moment(cause.happened_at, DUTCH_TIME)} at {place}"
        if not each.because_of:
            yield "  because the ledger's time went on"


def both_sides(each: LineDifference, one: str, other: str) -> Iterator[str]:
    """What differs within a line that both sides have. one, other: what the sides are called."""
    if each.then is not None and each.now is not None:
        yield from (f"  {name}: {one} {_short(each.then[name])}, {other} {_short(each.now[name])}" for name in each.then)


def _short(value: Any) -> str:
    """A value on one line: terms by their name, events by their place."""
    if isinstance(value, dict):
        if "term" in value and "label" in value:
            return str(value["term"])
        if "event_id" in value:
            return f"{value['partition']}:{value['offset']}"
        return "(" + ", ".join(f"{name} {_short(each)}" for name, each in value.items() if each not in (None, [])) + ")"
    if isinstance(value, list):
        return "[" + "; ".join(map(_short, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)
