"""How long data is kept, what is processed, which breaches there were: the tables. Reads answers only; changes none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.answers.presentation import age, moment, moment_in_words
from ledger.answers.shapes import Term
from ledger.answers.shapes_record import ContactsAnswer
from ledger.answers.shapes_register import (
    BreachAnswer,
    BreachesAnswer,
    Declared,
    DisclosureLine,
    GapLine,
    ProcessingLine,
    RegisterAnswer,
    RetentionAnswer,
    ScheduleLine,
)
from ledger.cli.answer_tables import STATE_WORDS, due_table
from ledger.cli.freshness import freshness_line
from ledger.cli.sharing_tables import safeguard_words, show_notes
from ledger.cli.tables import console, labels, place, show_freshness, show_more, show_not_covered, table_of, with_detail, word
from ledger.legal_time import DUTCH_TIME

NOTICES: Final = {"BY_LAW": "by law", "BY_POLICY": "by the policy", "NOT_ASKED": "not asked"}


def show_retention(answer: RetentionAnswer) -> None:
    """The schedule, the gaps, what is past its date and what comes due."""
    out = console()
    table = table_of("rule", "of whom, and what", "term, and from when", "held", "next due", "rests on")
    table.show_lines = True
    for line in answer.schedule:
        held = [f"{line.holdings:,}", *(f"{count:,} {what}" for count, what in _parts(line) if count)]
        table.add_row(
            f"{line.rule}\nof {line.controller}", "\n".join(_covered(line)), "\n".join(_term(line)), "\n".join(held),
            moment(line.next_due, DUTCH_TIME)[:10], place(line.rests_on, line.more),
        )  # fmt: skip
    out.print(table if answer.schedule else "no policy has a term")
    if answer.gaps:
        out.print("\nheld without a term, or under one that will not start by itself")
        table = table_of("controller", "activity or role", "for", "what, and of whom", "holdings", "rests on")
        for gap in answer.gaps:
            what = gap.activity or (gap.role.label if gap.role else "-")
            what += f" ({', '.join(note.promise for note in gap.notes)})" if gap.notes else ""
            what += f"\n{gap.rule}: {_never(gap)}" if gap.rule else ""
            whose = f"{labels(gap.categories)}\nfor example {', '.join(gap.examples)}"
            table.add_row(gap.controller, what, gap.purpose.label, whose, f"{gap.holdings:,}", place(gap.rests_on, gap.more))
        out.print(table)
    show_notes(out, answer.silent)
    if answer.overruns:
        out.print("\npast its date")
        table = table_of("rule", "controller", "state", "times", "people", "oldest due", "late by", "rests on")
        for each in answer.overruns:
            table.add_row(
                each.rule, each.controller, STATE_WORDS[each.state], f"{each.number:,}",
                "-" if each.subjects is None else f"{each.subjects:,}", moment(each.oldest_due_at, DUTCH_TIME)[:10],
                age(each.late_by_seconds) if each.late_by_seconds else "-", place(each.rests_on, each.more),
            )  # fmt: skip
        out.print(table)
    if answer.until is not None and answer.due:
        out.print(f"\ndue until {moment_in_words(answer.until, DUTCH_TIME)}")
        out.print(due_table(answer.due))
    show_more(out, answer.more, after=answer.next)
    show_freshness(out, answer.freshness)


def _parts(line: ScheduleLine) -> tuple[tuple[int, str], ...]:
    waiting = ((line.waiting, "wait"), (line.never_starts, "NEVER START"))
    return (*waiting, (line.called_for, "called for"), (line.held_back, "held back"))


def _never(gap: GapLine) -> str:
    """Why its term will not start by itself."""
    if gap.reason == "NOT_BEGUN":
        return f"waits for {' and '.join(each.label for each in gap.waits_for)}, but nothing of that began or still goes on"
    return {"NOT_STATED": "not stated from when", "DATASET": "waits for what only a person does"}[gap.reason]


def _covered(line: ScheduleLine) -> list[str]:
    which = [*line.activities, *line.roles, *([labels(line.purposes)] if line.purposes and line.is_current else [])]
    which += [f"only {labels(line.categories)}"] if line.categories else []
    return [f"({line.holder})", *([", ".join(which)] if which else ["all"])]


def _term(line: ScheduleLine) -> list[str]:
    if not line.is_current:
        return ["of an earlier version of the policy"]
    words = []
    for each in line.terms:
        whose = [] if each.customer is None else ["customers:" if each.customer else "others:"]
        anchors = (" or " if each.mode == "ANY" else " and ").join(anchor.label for anchor in each.anchors)
        words += [*whose, each.term, f"after {anchors}" + (" of that ref" if each.per == "ref" else ""), *([each.statute] if each.statute else [])]
    return words


def show_register(answer: RegisterAnswer) -> None:
    """The register of processing, with its differences."""
    out = console()
    out.print(_register_title(answer))
    for contact in contact_lines(answer.contacts):
        out.print(contact)
    for title, lines in (("activities", answer.activities), ("recipients, by role", answer.recipients)):
        table = table_of(title, "declared", "and seen", "difference", "people", "rests on")
        table.show_lines = True
        for line in lines:
            headings = _headings(line)
            declared = [f"{name}: {labels(each.declared) or 'any'}" for name, each in headings if line.is_declared]
            observed = [f"{name}: {labels(each.observed)}" for name, each in headings if each.observed]
            table.add_row(
                "\n".join(_name(line)), "\n".join(declared) or "-", "\n".join(observed) or "-",
                "\n".join(_difference(line)) or "none", f"{line.subjects:,}", place(line.rests_on, line.more),
            )  # fmt: skip
        out.print(table if lines else f"no {title}")
    out.print(f"{answer.differences:,} differences")
    show_not_covered(out, answer.not_covered)
    show_freshness(out, answer.freshness)


def register_markdown(answer: RegisterAnswer) -> str:
    """The register as Markdown, for a file or a page. A bar within a text is escaped."""
    lines = ["# Register of processing (GDPR Art. 30(1))", "", _register_title(answer), ""]
    lines += [*(f"- {each}" for each in contact_lines(answer.contacts)), ""] if contact_lines(answer.contacts) else []
    for title, found in (("Activities", answer.activities), ("Recipients", answer.recipients)):
        lines += [f"## {title}", ""]
        for line in found:
            name, *details = _name(line)
            lines += [f"### {name}", "", *(f"- {detail}" for detail in details), f"- people: {line.subjects:,}, holdings: {line.holdings:,}"]
            lines += [f"- rests on: {place(line.rests_on, line.more)}", "", "| | declared | seen |", "|---|---|---|"]
            lines += [f"| {heading} | {_cell(each.declared)} | {_cell(each.observed)} |" for heading, each in _headings(line)]
            lines += ["", *(f"- **difference**: {each}" for each in _difference(line)), ""]
    lines += [f"{answer.differences} differences.", "", *(f"- not on the ledger: {each}" for each in answer.not_covered), ""]
    lines += [freshness_line(answer.freshness), ""]
    return "\n".join(lines)


def _register_title(answer: RegisterAnswer) -> str:
    if answer.version is None:
        return f"{answer.controller}: no policy is published"
    return f"{answer.controller}: {answer.statement}, version {answer.version}, in force from {moment(answer.in_force_from, DUTCH_TIME)}"


def contact_lines(contacts: ContactsAnswer) -> list[str]:
    """Who answers, a line each; nothing where the policy does not say it."""
    named = [("controller", contacts.controller), ("data protection officer", contacts.officer), ("representative", contacts.representative)]
    named += [("joint controller", each) for each in contacts.joint_controllers]
    return [
        f"{who}: {', '.join(part for part in (each.name, each.address, each.email, each.phone) if part)}" for who, each in named if each is not None
    ]


def _people_and_security(line: ProcessingLine) -> list[str]:
    secured = "; ".join(each for each in (labels(line.security.measures), line.security.note) if each)
    return [*([f"about {labels(line.data_subjects)}"] if line.data_subjects else []), *([f"secured by {secured}"] if secured else [])]


def _name(line: ProcessingLine | DisclosureLine) -> list[str]:
    promises = [", ".join(line.promises)] if line.promises else []
    if isinstance(line, ProcessingLine):
        return [line.activity, *([line.title] if line.title else []), *promises, *line.terms, *_people_and_security(line)]
    where = [f"{each.country}: {'; '.join(safeguard_words(each))}" for each in line.transfers]
    return [line.role.label, *promises, *([", ".join(line.recipients)] if line.recipients else []), *where]


def _headings(line: ProcessingLine | DisclosureLine) -> list[tuple[str, Declared]]:
    found = [("for", line.purposes), ("what", line.categories)]
    return [*found, ("ground", line.legal_bases), ("store", line.stores)] if isinstance(line, ProcessingLine) else found


def _difference(line: ProcessingLine | DisclosureLine) -> list[str]:
    if not line.is_declared:
        return ["NOT DECLARED"]
    if not line.is_observed:
        return ["never seen"]
    found = []
    for _, each in _headings(line):
        undeclared = [f"{one.label} ({place(one.rests_on, one.more)})" for one in each.not_declared]
        found += [f"NOT DECLARED: {', '.join(undeclared)}"] if undeclared else []
        found += [f"never seen: {labels(each.never_observed)}"] if each.never_observed else []
    return found


def _cell(terms: Iterable[Term]) -> str:
    return labels(terms).replace("|", "\\|") or "-"


def show_breaches(answer: BreachesAnswer) -> None:
    """Each breach; and whom it concerns, where that was asked."""
    out = console()
    table = table_of("breach", "where, and when", "what", "authority", "people", "told", "still due", "rests on")
    table.show_lines = True
    for each in answer.breaches:
        where = [with_detail(each.holder, each.store), moment(each.window_from_at, DUTCH_TIME), f"to {moment(each.window_until_at, DUTCH_TIME)}"]
        table.add_row(
            f"{each.breach_ref}\nof {each.controller}\naware {moment(each.aware_at, DUTCH_TIME)}", "\n".join(where),
            "\n".join(_what(each)), "\n".join(_authority(each)), f"{each.affected:,}", f"{each.told:,}",
            f"{each.still_due:,}\n({NOTICES[each.notice]})", place(each.rests_on),
        )  # fmt: skip
    out.print(table if answer.breaches else "no breach is recorded")
    for each in answer.breaches:
        if each.subjects:
            out.print(f"\n{each.breach_ref} concerns")
            table = table_of("subject", "told", "what", "rests on")
            for subject in each.subjects:
                table.add_row(subject.subject_ref, "yes" if subject.told else "no", labels(subject.categories), place(subject.rests_on))
            out.print(table)
        show_more(out, each.more, after=each.next)
    show_not_covered(out, answer.not_covered)
    show_freshness(out, answer.freshness)


def _what(each: BreachAnswer) -> list[str]:
    told = [("effects", labels(each.consequences)), ("done", labels(each.measures)), ("file", each.report_ref)]
    return [labels(each.categories) or "all", f"risk {word(each.risk)}", *(f"{name}: {text}" for name, text in told if text)]


def _authority(each: BreachAnswer) -> list[str]:
    if each.authority_due_at is None:
        return ["no notice asked: risk unlikely", *(f"{told.authority} {moment(told.notified_at, DUTCH_TIME)}" for told in each.authority)]
    late = [f"LATE by {age(each.authority_late_by_seconds)}"] if each.authority_late_by_seconds else []
    told = [f"{told.authority} {moment(told.notified_at, DUTCH_TIME)}" for told in each.authority] or ["not told"]
    return [*told, f"due {moment(each.authority_due_at, DUTCH_TIME)}", *late]
