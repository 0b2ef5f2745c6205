"""Requests, disclosures, look-ups, suppression: the tables. Reads answers only; changes none."""

from __future__ import annotations

from ledger.answers.presentation import age, moment
from ledger.answers.shapes_rights import ClockAnswer, Refusal, RequestLine, RequestsAnswer
from ledger.cli.answer_tables import STATE_WORDS
from ledger.cli.tables import ZONE, console, labels, place, show_freshness, show_more, table_of, with_detail, word


def show_requests(answer: RequestsAnswer) -> None:
    """Each request, and what became of what it is about."""
    out = console()
    table = table_of("request", "asked", "state, and until when", "outcome", "at each holder", "rests on")
    table.show_lines = True
    for each in answer.requests:
        asked = [word(each.right), moment(each.received_at, ZONE), *([f"only {labels(each.categories)}"] if each.categories else [])]
        state = [each.state if each.state == "OVERDUE" else word(each.state), *clock_words(each.clock), f"identity {word(each.identity)}"]
        outcome = [word(each.outcome), moment(each.answered_at, ZONE)] if each.outcome else ["not answered"]
        table.add_row(
            f"{each.request_ref}\n{each.controller} / {each.subject_ref}", "\n".join(asked), "\n".join(state), "\n".join(outcome),
            "\n".join(_at_holders(each)) or "-", place(each.rests_on),
        )  # fmt: skip
    out.print(table if answer.requests else f"no {'open ' if answer.is_open else ''}request")
    show_more(out, answer.more)
    show_freshness(out, answer.freshness)


def clock_words(clock: ClockAnswer) -> list[str]:
    """Until when, why later than a month, and how late."""
    if clock.is_paused:
        return ["the clock stands still"]
    if clock.due_at is None:
        return ["no clock"]
    words = [f"before {moment(clock.due_at, ZONE)}", *(["extended"] if clock.extended else [])]
    return [*words, f"late by {age(clock.late_by_seconds)}"] if clock.late_by_seconds else words


def _at_holders(line: RequestLine) -> list[str]:
    lines = []
    for task in line.tasks:
        ended = f" {moment(task.settled_at, ZONE)}" if task.settled_at is not None else f", late after {moment(task.overdue_at, ZONE)}"
        what = f" {labels(task.categories)}" if task.categories else ""
        lines.append(f"{with_detail(task.holder, task.store)}: {word(task.kind)}{what}: {STATE_WORDS[task.state]}{ended}")
    return [*lines, *map(_refusal, line.refusals)]


def _refusal(each: Refusal) -> str:
    what = ", ".join(filter(None, [each.purpose and each.purpose.label, each.ref]))
    why = ", ".join(filter(None, [each.reason.label, each.statute, f"until {moment(each.until, ZONE)}" if each.until is not None else None]))
    return f"{with_detail(each.holder, each.store)}{f': {what}' if what else ''}: stays: {why}"
