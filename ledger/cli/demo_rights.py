"""What came due and was done, what was refused and until when, what was asked, whom a breach concerned. Prints through the screen.

Kinds of obligations are counted as they were published on their topic; everything else is asked through the query side, as anybody would.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ledger.answers.presentation import age, day
from ledger.cli.demo_promises import LIMIT
from ledger.demo.in_words import KINDS, TERMS
from ledger.legal_time import DUTCH_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.answers.query import Query
    from ledger.answers.shapes_rights import RequestLine
    from ledger.cli.demo_screen import Screen
    from ledger.demo.lives import Star
    from ledger.demo.story import Play

HOUR_SECONDS = 3600
_OUTCOMES = ("ObligationRaised", "ObligationMet", "ObligationCancelled", "ObligationOverdue")
_FIGURES = ("wanted", "done", "cancelled", "were late", "open")


def show_done(screen: Screen, play: Play) -> None:
    """Obligations by kind, and deletions by what called for them."""
    screen.chapter("What had to be done, and was")
    kinds: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    erasures: dict[str, Counter[str]] = {}
    for (_, kind, rule, outcome), times in play.holders.tally.items():
        kinds.setdefault(kind, Counter())[outcome] += times
        if kind == "ERASE":
            erasures.setdefault(rule, Counter())[outcome] += times
    screen.table(("what", *_FIGURES), [(KINDS.get(kind, kind), *_figures(it)) for kind, it in kinds.items()], right=(1, 2, 3, 4, 5))
    rows = [(rule, *_figures(it), TERMS.get(rule, "")) for rule, it in sorted(erasures.items())]
    screen.table(("erased by", *_FIGURES, "what"), rows, right=(1, 2, 3, 4, 5))


def _figures(it: Counter[str]) -> tuple[int, int, int, int, int]:
    raised, met, cancelled, late = (it[name] for name in _OUTCOMES)
    return raised, met, cancelled, late, raised - met - cancelled


def show_refused(screen: Screen, query: Query, refused: Star) -> None:
    """What stays after a request for erasure, on which law and until when; and one whose day has come."""
    screen.chapter("What was refused, and until when")
    kept: dict[tuple[str, str, str, str], list[tuple[str, int | None]]] = {}
    for line in query.requests(limit=LIMIT).requests:
        for it in line.refusals:
            purpose = it.purpose.label if it.purpose else "any"
            key = (line.controller, it.store or "any", purpose, it.statute or it.reason.label)
            kept.setdefault(key, []).append((line.subject_ref, it.until))
    rows = []
    for key, each in sorted(kept.items()):
        ends = sorted(day(until, DUTCH_TIME) for _, until in each if until is not None)
        until = "no end" if not ends else ends[0] if ends[0] == ends[-1] else f"{ends[0]} to {ends[-1]}"
        rows.append((*key, len({subject for subject, _ in each}), until))
    screen.table(("hoster", "store", "for", "by law", "people", "stays until"), rows, right=(4,))
    screen.say(_whose_term_is_over(query, refused))


def _whose_term_is_over(query: Query, who: Star) -> str:
    """What was refused to one person and has been called for since, by itself."""
    line = next((each for each in query.requests(who.controller, limit=LIMIT).requests if each.subject_ref == who.subject and each.refusals), None)
    if line is None:
        return ""
    until = {it.store: it.until for it in line.refusals}
    tasks = query.subject(who.controller, who.subject).obligations
    gone = [it for it in tasks if it.kind == "ERASE" and it.state == "MET" and it.raised_at >= (until.get(it.store) or it.raised_at + 1)]
    stores = ", ".join(sorted({f"{it.store} ({it.rule})" for it in gone}))
    told = f"{who.subject} of {who.controller} was told so on {_day(line.answered_at)}."
    if not gone:
        return f"{told} The term still runs."
    over = f"On {_day(gone[0].raised_at)} the term was over, and the ledger called for {stores} by itself: gone"
    return f"{told} {over}, {gone[0].certificate_ref}."


def show_requests(screen: Screen, query: Query) -> None:
    """Requests by right, those whose clock did not run straight, and what third parties asked."""
    screen.chapter("What was asked, and when it was answered")
    lines = query.requests(limit=LIMIT).requests
    by_right: dict[str, list[RequestLine]] = {}
    for line in lines:
        by_right.setdefault(line.right, []).append(line)
    rows = [(_words(right), len(of), *_answers(of)) for right, of in sorted(by_right.items(), key=lambda item: -len(item[1]))]
    screen.table(("right", "asked", "answered", "late", "refused in part", "not all done"), rows, right=(1, 2, 3, 4, 5))
    odd = [(line, note) for line in lines if (note := _note(line))]
    screen.say("Whose clock did not run straight on:")
    screen.table(
        ("person", "hoster", "right", "asked", "answer due", "answered", "because"),
        [
            (line.subject_ref, line.controller, _words(line.right), _day(line.received_at), _day(line.clock.due_at), _day(line.answered_at), note)
            for line, note in sorted(odd, key=lambda pair: pair[0].received_at or 0)
        ],
    )
    disclosures = query.disclosures(limit=LIMIT).disclosures
    screen.say(f"Others asked {len(disclosures)} times for data of somebody, who is told (SH-07), if no order bars it.")
    screen.table(
        ("person", "hoster", "who asked", "asked", "decision", "data went out", "told"),
        [
            (
                it.subject_ref, it.controller, it.requester.label if it.requester else "?", _day(it.requested_at), _words(it.decision or "none"),
                "yes" if it.shared else "no", _told(it.notice, it.barred_until_at, it.notice_given_at),
            )
            for it in disclosures
            if it.shared or it.notice in ("DUE", "BARRED")
        ],
    )  # fmt: skip


def _answers(lines: Iterable[RequestLine]) -> tuple[int, int, int, int]:
    found = list(lines)
    return (
        sum(line.outcome is not None for line in found),
        sum(line.clock.late_by_seconds > 0 for line in found),
        sum(bool(line.refusals) for line in found),
        sum(line.state == "UNSETTLED" for line in found),
    )


def _note(line: RequestLine) -> str:
    if line.clock.late_by_seconds:
        return f"late by {age(line.clock.late_by_seconds)}"
    if line.clock.extended:
        return "two months more, told in time"
    if line.received_at is not None and line.identified_at not in (None, line.received_at):
        return f"known who asks on {_day(line.identified_at)}"
    if any(task.kind == "EXPORT_FIRST" for task in line.tasks):
        return "deletion waited for it"
    if any(task.kind == "END_SERVICE" for task in line.tasks):
        return "the service ended first"
    return ""


def show_breaches(screen: Screen, query: Query) -> None:
    """Each breach: the authority's clock, whom it concerned, who was told."""
    screen.chapter("Breaches (datalekken): who was affected, and told")
    rows = []
    for it in sorted(query.breaches().breaches, key=lambda each: each.aware_at):
        told = min((each.notified_at for each in it.authority), default=None)
        authority = "need not be told" if it.authority_due_at is None else "not told"
        if told is not None:
            authority = f"after {(told - it.aware_at) // 1_000_000 // HOUR_SECONDS} h{', late' if it.authority_late_by_seconds else ''}"
        by = {"NOT_ASKED": "not asked", "BY_LAW": "GDPR Art. 34", "BY_POLICY": "its statement"}[it.notice]
        rows.append((it.controller, day(it.aware_at, DUTCH_TIME), it.store or "any", it.risk.lower(), authority, it.affected, it.told, by))
    columns = ("hoster", "known on", "store", "risk", "authority (72 h)", "affected", "told", "because of")
    screen.table(columns, rows, right=(5, 6))


def _words(code: str) -> str:
    return code.lower().replace("_", " ")


def _day(at: int | None) -> str:
    return "-" if at is None else day(at, DUTCH_TIME)


def _told(notice: str, barred_until: int | None, given_at: int | None) -> str:
    if given_at is not None:
        return f"{_day(given_at)}{f', barred until {_day(barred_until)}' if barred_until else ''}"
    return "no: must be" if notice == "DUE" else _words(notice)
