"""How long data is kept, what is processed, which breaches there were: the tables. Reads answers only; changes none."""

from __future__ import annotations

from ledger.answers.presentation import age, moment, moment_in_words
from ledger.answers.shapes_register import RetentionAnswer, ScheduleLine
from ledger.cli.answer_tables import STATE_WORDS, due_table
from ledger.cli.sharing_tables import show_notes
from ledger.cli.tables import ZONE, console, labels, place, show_freshness, show_more, table_of, word


def show_retention(answer: RetentionAnswer) -> None:
    """The schedule, the gaps, what is past its date and what comes due."""
    out = console()
    table = table_of("rule", "of whom, and what", "term, and from when", "held", "next due", "rests on")
    table.show_lines = True
    for line in answer.schedule:
        held = [f"{line.holdings:,}", *(f"{count:,} {what}" for count, what in _parts(line) if count)]
        table.add_row(
            f"{line.rule}\nof {line.controller}", "\n".join(_covered(line)), "\n".join(_term(line)), "\n".join(held),
            moment(line.next_due, ZONE)[:10], place(line.rests_on, line.more),
        )  # fmt: skip
    out.print(table if answer.schedule else "no policy has a term")
    if answer.gaps:
        out.print("\nheld without a term")
        table = table_of("controller", "activity or role", "for", "what", "holdings", "rests on")
        for gap in answer.gaps:
            what = gap.activity or (gap.role.label if gap.role else "-")
            what += f" ({', '.join(note.promise for note in gap.notes)})" if gap.notes else ""
            table.add_row(gap.controller, what, gap.purpose.label, labels(gap.categories), f"{gap.holdings:,}", place(gap.rests_on, gap.more))
        out.print(table)
    show_notes(out, answer.silent)
    if answer.overruns:
        out.print("\npast its date")
        table = table_of("rule", "controller", "must", "state", "times", "people", "oldest due", "late by", "rests on")
        for each in answer.overruns:
            table.add_row(
                each.rule, each.controller, word(each.kind), STATE_WORDS[each.state], f"{each.number:,}",
                "-" if each.subjects is None else f"{each.subjects:,}", moment(each.oldest_due_at, ZONE)[:10],
                age(each.late_by_seconds) if each.late_by_seconds else "-", place(each.rests_on, each.more),
            )  # fmt: skip
        out.print(table)
    if answer.until is not None and answer.due:
        out.print(f"\ndue until {moment_in_words(answer.until, ZONE)}")
        out.print(due_table(answer.due))
    show_more(out, answer.more)
    show_freshness(out, answer.freshness)


def _parts(line: ScheduleLine) -> tuple[tuple[int, str], ...]:
    return (line.waiting, "wait"), (line.called_for, "called for"), (line.held_back, "held back")


def _covered(line: ScheduleLine) -> list[str]:
    which = [*line.activities, *line.roles, *([labels(line.purposes)] if line.purposes and line.is_current else [])]
    which += [f"only {labels(line.categories)}"] if line.categories else []
    return [f"({line.holder})", *([", ".join(which)] if which else ["all"])]


def _term(line: ScheduleLine) -> list[str]:
    if not line.is_current:
        return ["of an earlier version of the policy"]
    anchors = (" or " if line.mode == "ANY" else " and ").join(anchor.label for anchor in line.anchors)
    return [str(line.term), f"after {anchors}" + (" of that ref" if line.per == "ref" else ""), *([line.statute] if line.statute else [])]
