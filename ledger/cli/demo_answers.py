"""The answers at the end of `ledger demo`, each asked as anybody would ask it: through the query side, not from what the demo remembers.

What must be done and what was broken: demo_rights and demo_promises. Prints through the screen; must change nothing but by a rebuild.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_digest import digests
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.presentation import day
from ledger.answers.query import Query
from ledger.cli.demo_promises import show_broken, show_late
from ledger.cli.demo_rights import show_breaches, show_done, show_refused, show_requests
from ledger.legal_time import DUTCH_TIME
from ledger.reconciling.reconcile import Reconciler
from ledger.replaying.rebuild import rebuild
from ledger.topics import FACTS

if TYPE_CHECKING:
    from ledger.answers.shapes import Freshness
    from ledger.answers.shapes_subject import HoldingAnswer, SubjectAnswer
    from ledger.cli.demo_screen import Screen
    from ledger.demo.lives import Cast, Star
    from ledger.demo.story import Play

HOUR = 3600 * 1_000_000
RECIPIENTS_SHOWN = 5


def show(screen: Screen, play: Play, people: Cast) -> None:
    """Show them all."""
    admin = KafkaAdmin(play.settings)
    reader = PostgresReader(play.settings.postgres_dsn())
    query = Query(reader, lambda partitions: admin.end_offsets(FACTS, partitions))
    try:
        _who_holds_what(screen, query, people.asks)
        _who_got_what(screen, query)
        show_done(screen, play)
        show_refused(screen, query, people.refused)
        show_requests(screen, query)
        show_breaches(screen, query)
        show_broken(screen, query)
        show_late(screen, query, people.waits)
        _from_the_log(screen, play)
        screen.say(_freshness(query.freshness()))
    finally:
        reader.close()


def _who_holds_what(screen: Screen, query: Query, star: Star) -> None:
    now = query.subject(star.controller, star.subject)
    asked_at = next((each.received_at or 0 for each in now.requests if each.right == "ERASURE"), now.time_reached)
    before = query.subject(star.controller, star.subject, on=asked_at - HOUR)
    screen.chapter(f"Who holds what about {star.subject}, and why: on {day(asked_at, DUTCH_TIME)}, an hour before the erasure request")
    _holdings(screen, before)
    screen.chapter(f"And today, {day(now.time_reached, DUTCH_TIME)}")
    _holdings(screen, now)
    for line in _what_became_of_it(now):
        screen.say(line)


def _what_became_of_it(now: SubjectAnswer) -> list[str]:
    """How many holdings stay and how many are gone: together all that there ever were."""
    held = [each for each in now.holdings if each.categories]
    gone = [each for each in now.holdings if each.erased and not each.categories]
    met = [each for each in now.obligations if each.request_ref and each.certificate_ref]
    asked = {(each.holder, each.store, each.purpose, each.ref) for each in met}
    on_request = sum((each.holder, each.store, each.purpose, each.ref) in asked for each in gone)
    certificates = ", ".join(str(each.certificate_ref) for each in met[:2])
    told = [
        f"There were {len(held) + len(gone)} holdings; {len(held)} stay (+1 stands for one more, alike but for its order or date): the answer to the"
        " request said why, the tax law (fiscale bewaarplicht) outweighs it until the day shown.",
        f"{len(gone)} are gone: {len(gone) - on_request} when their term ended, {on_request} on request, with certificates such as {certificates}.",
    ]
    if held:
        event = held[0].categories[0].event
        where = f"{event.partition}@{event.offset} is partition and offset on the log"
        told.append(f"Every line names the event it rests on, the oldest where there are more: {where}.")
    return told


def _holdings(screen: Screen, answer: SubjectAnswer) -> None:
    """One row for what is alike but for its reference and its date; the oldest event of the row stands for all."""
    grouped: dict[tuple[str, ...], list[HoldingAnswer]] = {}
    for each in answer.holdings:
        if each.categories:
            categories = ", ".join(held.category.label for held in each.categories)
            where = " > ".join(each.chain) + (f", {each.store}" if each.store else "")
            key = (where, categories, f"{each.purpose.label} ({each.legal_basis.label})", _reason(each))
            grouped.setdefault(key, []).append(each)
    rows: list[tuple[str, ...]] = []
    for (*cells, reason), alike in grouped.items():
        event = min((held.event for each in alike for held in each.categories), key=lambda event: event.offset or 0)
        more = f" +{len(alike) - 1}" if len(alike) > 1 else ""
        rows.append((*cells, _until(alike), reason, f"{event.partition}@{event.offset}{more}"))
    rows.sort(key=lambda row: (row[0].count(">"), row[0], row[3]))
    screen.table(("holder", "data", "for (ground)", "until", "because", "rests on"), rows)


def _until(alike: list[HoldingAnswer]) -> str:
    """The day; of several days their years."""
    ends = sorted(day(each.until, DUTCH_TIME) for each in alike if each.until)
    return "-" if not ends else ends[0] if ends[0] == ends[-1] else f"{ends[0][:4]} to {ends[-1][:4]}"


def _reason(of: HoldingAnswer) -> str:
    """The rule and its term, without the dates of each single one."""
    why = of.why
    if why.rule is None or why.term is None:
        return why.text
    kinds = sorted({anchor.kind.label for anchor in why.anchors} or {kind.label for kind in why.waits_for})
    term = why.term.replace(", to the end of that calendar year", " and to year end")
    return f"{why.rule}{f', {why.statute}' if why.statute else ''}: {term} after {' and '.join(kinds)}"


def _who_got_what(screen: Screen, query: Query) -> None:
    screen.chapter("What was shared with whom, and is still there")
    rows = [
        (it.holder, it.role.label, ", ".join(it.countries) or "?", it.subjects, it.holdings, ", ".join(c.label for c in it.categories))
        for it in query.holders().holders
        if it.role is not None
    ]
    screen.table(("recipient", "role", "in", "people", "holdings", "data"), rows[:RECIPIENTS_SHOWN], right=(3, 4))
    screen.say(f"And {len(rows) - RECIPIENTS_SHOWN} more, with less." if len(rows) > RECIPIENTS_SHOWN else "")


def _from_the_log(screen: Screen, play: Play) -> None:
    screen.chapter("The same again, from the log alone")
    play.wait()
    dsn = play.settings.postgres_dsn()
    live = digests(dsn, "projection")
    with screen.working("folding the log again"):
        done = rebuild(play.settings, workers=os.cpu_count() or 1)
    again = digests(dsn, "projection")
    same = "are the same, byte for byte" if live == again else "DIFFER"
    screen.say(f"{done.records:,} records folded again from offset 0 in {done.seconds:.1f} s; the live and the rebuilt tables {same}:")
    screen.table(("table", "rows", "SHA-256, live", "rebuilt"), list(_beside(live, again)), right=(1,))
    outcomes = done.findings
    how = "none differs" if outcomes.is_clean else f"{outcomes.missing} missing, {outcomes.extra} extra, {outcomes.different} different"
    screen.say(f"{outcomes.derived:,} outcomes derived again and compared with those published: {how}.")
    with screen.working("comparing log and database"), Reconciler(play.settings) as reconciler:
        compared = reconciler.run_round()
    how = f"they differ at {compared.found.total():,} places" if compared.found else "the same"
    screen.say(f"Log and database compared, as a watch of them does all the time: {compared.records:,} records, {compared.people:,} people: {how}.")


def _beside(live: Iterable[object], again: Iterable[object]) -> Iterable[tuple[str, int, str, str]]:
    from ledger.replaying.digest import TableDigest

    rebuilt = {each.table: each for each in again if isinstance(each, TableDigest)}
    for each in live:
        if isinstance(each, TableDigest) and each.rows:
            yield each.table, each.rows, each.sha256[:16], rebuilt[each.table].sha256[:16] if each.table in rebuilt else "-"


def _freshness(of: Freshness) -> str:
    lag = "unknown" if of.lag is None else f"{of.lag} records"
    return f"All answers: {'simulated ledger, ' if of.simulated else ''}time {day(of.time_reached, DUTCH_TIME)}, behind the log by {lag}."
