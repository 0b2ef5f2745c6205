"""Many people to whom the same happens at the same moments, in two partitions: what lists that come in pages must put in one order.

And each list that comes in pages, asked the same way: `LISTS`, `walk`. No personal data: names say what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from typing import Any

from ledger.adapters.postgres_projection import PostgresProjection
from ledger.answers.query import Query
from ledger.answers.wide_query import WideQuery
from ledger.core.events import REGISTER_TYPES
from ledger.core.ids import partition_of_subject
from ledger.folding.projecting import Projecting
from tests.histories import Event, event_id, records
from tests.memory_projection import MemoryProjection
from tests.promises.stories import Story, moment

HOSTER, PARTITIONS, SEVERAL = "mijndomein", 2, 4
UNTIL = moment("2060-01-01")
STATES = ("OPEN", "OVERDUE", "MET", "CANCELLED")


@cache
def crowd(partition: int) -> tuple[Event, ...]:
    """The log of a partition: several people. Register events stand at the same offsets in each."""
    found = (name for name in map("person-{}".format, count()) if partition_of_subject(HOSTER, name, PARTITIONS) == partition)
    people = [next(found) for _ in range(SEVERAL)]
    story = Story(HOSTER).on("2019-01-07")
    for ref in ("b-1", "b-2"):
        story.tell(
            "BreachRecorded", breach_ref=ref, window_from=moment("2019-01-01"), window_until=moment("2019-12-01"), aware_at=moment("2019-01-02"),
            risk="HIGH", store="crm", categories=["pd:EmailAddress"],
        )  # fmt: skip
    for name in people:
        story.of(name).on("2019-01-07").opens_account()
        for ref in ("inv-1", "inv-2"):
            story.collects("invoice", "pd:Name", purposes=["ledger:Invoicing"], ref=ref).reaches("INVOICE_ISSUED", ref)
        story.on("2019-01-08").uses("dpv:DirectMarketing", "ledger:SuppressionEntry", "pd:EmailAddress").mails("ledger:Newsletter")
        story.objects("dpv:DirectMarketing").shares("collector", "debt_collector", ref="inv-1").shares("sidn", "registry", ref="d-1")
        for ref in ("asked-1", "asked-2"):
            story.tell("DisclosureRequested", disclosure_ref=ref, requester_kind="court", ground="court_order", categories=["pd:Name"])
            story.asks("ACCESS", identity_check="DONE", request_ref=ref)
        story.asks("ERASURE", identity_check="DONE", request_ref="gone")
    story.clock("2019-01-09")
    for name in people:  # told late: a consent to what was done before, an erasure within the time of the breach
        story.of(name).on("2019-01-07").consents("ledger:Newsletter")
    story.of(people[0]).on("2019-01-20").erases(store="crm").of(people[1]).erases(store="crm")
    log = story.clock("2019-06-01").log
    renumbered = range(len(log) * partition + 1, len(log) * (partition + 1) + 1)
    return tuple(
        event if event[0] in REGISTER_TYPES else (event[0], event[1] | {"event_id": event_id(number)})
        for event, number in zip(log, renumbered, strict=True)
    )


def fold(store: Any, partition: int, log: list[Any], *, partitions: int = PARTITIONS) -> None:
    """Fold records into a store."""
    projecting = Projecting(partition, store, partitions=partitions, progress=store.progress("facts", partition), simulated=True)
    store.write(projecting.project(log))
    while projecting.is_pending:
        store.write(projecting.project(()))


def in_memory(share: float = 1.0, store: MemoryProjection | None = None) -> MemoryProjection:
    """The crowd, or the first share of each partition's log; a store that has one goes on to the end."""
    found = store or MemoryProjection()
    _fold_from(found, share)
    return found


def in_postgres(dsn: str, share: float = 1.0) -> None:
    """The same in a database."""
    projection = PostgresProjection(dsn)
    _fold_from(projection, share)
    projection.close()


def _fold_from(store: Any, share: float) -> None:
    for partition in range(PARTITIONS):
        log = records(crowd(partition))
        fold(store, partition, log[store.progress("facts", partition).next_offset : int(len(log) * share)])


# -- the lists

Page = tuple[tuple[tuple[Any, ...], ...], str | None, bool]
"""(lines of each list of the answer, the next cursor, whether there is more)."""
Ask = Callable[[Any, int, str | None], Page]


def _asked(ask: Callable[..., Any], *names: str) -> Ask:
    def page(query: Query, limit: int, after: str | None) -> Page:
        answer = ask(query, limit=limit, after=after)
        return tuple(getattr(answer, name) for name in names), answer.next, answer.more

    return page


def _people_of_breach(ref: str) -> Ask:
    def page(query: Query, limit: int, after: str | None) -> Page:
        found = query.breaches(limit=limit, after=after).breaches
        (one,) = [each for each in found if each.breach_ref == ref]
        assert after is None or len(found) == 1
        return (one.subjects,), one.next, one.more

    return page


LISTS: dict[str, Ask] = {
    "due": _asked(lambda query, **page: query.due(UNTIL, **page), "lines"),
    "due of one": _asked(lambda query, **page: query.due(UNTIL, HOSTER, **page), "lines"),
    "retention": _asked(lambda query, **page: query.retention(**page), "due"),
    "obligations": _asked(lambda query, **page: query.obligations(STATES, **page), "obligations"),
    "obligations of a holder": _asked(lambda query, **page: query.obligations(STATES, holder="sidn", **page), "obligations"),
    "erasures met": _asked(lambda query, **page: query.erasures_met(**page), "obligations"),
    "violations": _asked(lambda query, **page: query.violations(**page), "violations"),
    "violations between": _asked(lambda query, **page: query.violations(since=moment("2019-01-09"), until=UNTIL, **page), "violations"),
    "requests": _asked(lambda query, **page: query.requests(**page), "requests"),
    "open requests": _asked(lambda query, **page: query.requests(is_open=True, **page), "requests"),
    "disclosures": _asked(lambda query, **page: query.disclosures(**page), "disclosures", "without_request"),
    "suppression": _asked(lambda query, **page: query.suppression(**page), "gaps", "violations"),
    "people of a breach": _people_of_breach("b-1"),
    "people of another": _people_of_breach("b-2"),
}
WIDE: dict[str, Ask] = {"differences": _asked(lambda query, **page: query.differences(**page), "differences")}


def walk(ask: Ask, query: Query | WideQuery, limits: Iterator[int] | int, after: str | None = None) -> Iterator[Page]:
    """The pages, to the last one. limits: of each page, or of all."""
    seen = {after}
    while True:
        limit = limits if isinstance(limits, int) else next(limits)
        page = ask(query, limit, after)
        yield page
        _, after, more = page
        assert more == (after is not None)
        if after is None:
            return
        assert after not in seen, "it goes round"
        seen.add(after)


def joined(pages: Iterator[Page]) -> tuple[tuple[Any, ...], ...]:
    """The lines of each list, as one."""
    return tuple(tuple(line for part in parts for line in part) for parts in zip(*(lines for lines, *_ in pages), strict=True))


def whole(ask: Ask, query: Query | WideQuery) -> tuple[tuple[Any, ...], ...]:
    """Each list without pages."""
    lines, after, more = ask(query, 100_000, None)
    assert after is None and not more
    return lines
