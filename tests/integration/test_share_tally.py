"""Shares by month: counted by the fold, added once whatever the batches, the same after a rebuild; told by the overview with the chains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.adapters.postgres_digest import digests
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from ledger.answers.shapes_overviews import ListedBy, SharingOverview
from ledger.core.ids import partition_of_subject
from ledger.errors import FencedError
from ledger.folding.projecting import Projecting
from ledger.replaying.rebuild import rebuild
from ledger.stack import Running
from tests.histories import CONTROLLER, DAY, START, Event, collected, erased, project, records, shared, tick
from tests.integration.test_tallies import empty
from tests.ledgers import TestLedger, new_database
from tests.memory_answers import MemoryAnswers

ZONE = ZoneInfo("Europe/Amsterdam")
Line = tuple[str, str, str, str | None, date, int, int]


@pytest.fixture(scope="module")
def dsn(stack: Running) -> Iterator[str]:
    with new_database(stack) as found:
        yield found


def when(text: str) -> float:
    """A moment of Dutch legal time as a day of tests/histories."""
    micros = int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1_000_000)
    return (micros - START) / DAY


def stored(dsn: str, schema: str = "projection") -> list[tuple[Any, ...]]:
    query = f"SELECT partition, controller, giver, recipient, role, country, month, shares FROM {schema}.share_tally"  # noqa: S608
    with psycopg.connect(dsn) as connection:
        return sorted(connection.execute(query).fetchall(), key=lambda row: (row[0], row[6], *map(str, row[2:6])))


def fold(dsn: str, log: Sequence[Event], *cuts: int) -> None:
    made = records(list(log))
    with closing(PostgresProjection(dsn)) as store:
        folding = Projecting(0, store, partitions=1, progress=store.progress("facts", 0), simulated=True)
        for first, last in zip([0, *cuts], [*cuts, len(made)], strict=True):
            delta = folding.project(made[first:last])
            if delta.moves:
                store.write(delta)


def overview(dsn: str, controller: str | None = None) -> SharingOverview:
    with closing(PostgresReader(dsn)) as reader:
        return Query(reader).sharing_overview(controller)


def lines(answer: SharingOverview) -> list[Line]:
    return [(e.controller, e.recipient, e.role.term, e.country, e.month, e.shares, e.onward) for e in answer.by_month]


REGISTRAR = {"recipient": "Registrar", "recipient_role": "registrar"}


def life() -> list[Event]:
    """Told in one order, happened in another; the last instant of May in the Netherlands is still May in UTC for two hours more."""
    return [
        tick(900, when("2018-06-02")),
        collected(1, when("2018-05-01")),
        shared(2, when("2018-05-31 23:59:59.999999"), **REGISTRAR, country="US", safeguard="eu-gdpr:A46-2-c"),
        shared(3, when("2018-06-01 00:00"), **REGISTRAR, country="US", safeguard="eu-gdpr:A46-2-c"),
        shared(4, when("2018-06-01 10:00"), **REGISTRAR, subject="s2"),
        shared(5, when("2018-06-01 11:00"), by="Registrar", subject="s2"),
        shared(6, when("2018-06-01 12:00"), by="SIDN", recipient="Escrow", recipient_role="backup", subject="s2"),
        shared(7, when("2018-06-01 12:00"), recipient="s2", recipient_role="data_subject", subject="s2"),
        erased(8, when("2018-06-01 13:00"), by="Registrar"),
        shared(9, when("2018-05-03"), **REGISTRAR, subject="s3"),
        ("DataShared", dict(shared(9, when("2018-05-03"), **REGISTRAR, subject="s3")[1])),
    ]


def test_a_share_counts_once_in_the_dutch_month_in_which_it_was_whenever_it_is_told_and_whatever_is_erased_later(dsn: str) -> None:
    empty(dsn)
    fold(dsn, life(), 3, 4, 9, 10)

    assert stored(dsn) == [
        (0, "hoster", "hoster", "Registrar", "registrar", None, date(2018, 5, 1), 1),
        (0, "hoster", "hoster", "Registrar", "registrar", "US", date(2018, 5, 1), 1),
        (0, "hoster", "Registrar", "SIDN", "registry", None, date(2018, 6, 1), 1),
        (0, "hoster", "SIDN", "Escrow", "backup", None, date(2018, 6, 1), 1),
        (0, "hoster", "hoster", "Registrar", "registrar", None, date(2018, 6, 1), 1),
        (0, "hoster", "hoster", "Registrar", "registrar", "US", date(2018, 6, 1), 1),
    ]
    answer = overview(dsn)
    assert lines(answer) == [
        ("hoster", "Registrar", "registrar", None, date(2018, 5, 1), 1, 0),
        ("hoster", "Registrar", "registrar", "US", date(2018, 5, 1), 1, 0),
        ("hoster", "Escrow", "backup", None, date(2018, 6, 1), 1, 1),
        ("hoster", "Registrar", "registrar", None, date(2018, 6, 1), 1, 0),
        ("hoster", "Registrar", "registrar", "US", date(2018, 6, 1), 1, 0),
        ("hoster", "SIDN", "registry", None, date(2018, 6, 1), 1, 1),
    ]
    assert answer.by_month[0].listed_by == ListedBy(question="recipients", controller="hoster", holder="Registrar", role="registrar")
    ways = [([(f.giver, f.recipient, f.holdings) for f in chain.links], chain.end) for chain in answer.chains]
    assert ways == [([("hoster", "Registrar", 2), ("Registrar", "SIDN", 1), ("SIDN", "Escrow", 1)], "LAST")]
    assert not answer.more_chains and answer == Query(MemoryAnswers(project(life()))).sharing_overview()
    assert overview(dsn, "another").by_month == overview(dsn, "another").chains == ()


def test_no_line_of_it_names_a_person(dsn: str) -> None:
    empty(dsn)
    fold(dsn, life())
    assert not [row for row in stored(dsn) if {"s1", "s2", "s3"} & set(map(str, row))]


def test_twenty_four_months_are_told_up_to_that_of_the_ledgers_time_and_none_before_the_first_tick(dsn: str) -> None:
    empty(dsn)
    log = [shared(number, when(f"{2016 + (number - 1) // 12}-{(number - 1) % 12 + 1:02}-15"), subject=f"s{number}") for number in range(1, 49)]
    fold(dsn, log)
    assert len(stored(dsn)) == 48 and overview(dsn).by_month == ()

    with closing(PostgresProjection(dsn)) as store:
        folding = Projecting(0, store, partitions=1, progress=store.progress("facts", 0), simulated=True)
        store.write(folding.project(records([tick(900, when("2018-10-31 23:59"))], first_offset=48)))
    months = [each.month for each in overview(dsn).by_month]
    assert (months[0], months[-1], len(months)) == (date(2016, 11, 1), date(2018, 10, 1), 24) and months == sorted(months)

    memory = Query(MemoryAnswers(project([*log, tick(900, when("2018-10-31 23:59"))])))
    with closing(PostgresReader(dsn)) as reader:
        for until, first, last in (
            (date(2016, 10, 1), date(2016, 1, 1), date(2016, 10, 1)), (date(2019, 12, 1), date(2016, 11, 1), date(2018, 10, 1)),
        ):  # fmt: skip
            found = Query(reader).sharing_overview(None, until)
            assert (found.by_month[0].month, found.by_month[-1].month, found.last_month) == (first, last, last)
            assert found.first_month == date(2016, 1, 1) and found == memory.sharing_overview(None, until)
        assert Query(reader).sharing_overview("another").first_month is None


def test_a_batch_that_is_written_twice_or_by_two_workers_counts_once(dsn: str) -> None:
    empty(dsn)
    with closing(PostgresProjection(dsn)) as store:
        folding = Projecting(0, store, partitions=1, progress=store.progress("facts", 0), simulated=True)
        delta = folding.project(records(life()))
        store.write(delta)
        before = stored(dsn)
        with pytest.raises(FencedError):
            store.write(delta)
    assert stored(dsn) == before != []


def test_workers_of_several_partitions_never_wait_for_each_other_and_each_counts_its_own(dsn: str) -> None:
    """All share with the same recipients in the same months, in many small transactions at once, one of them of two partitions."""
    empty(dsn)
    here = {number: [f"s{each}" for each in range(100) if partition_of_subject(CONTROLLER, f"s{each}", 4) == number] for number in range(4)}

    def work(*partitions: int) -> None:
        with closing(PostgresProjection(dsn)) as store:
            given = {"partitions": 4, "simulated": True}
            foldings = [Projecting(p, store, progress=store.progress("facts", p), **given) for p in partitions]  # type: ignore[arg-type]
            logs = [[shared(n, when("2018-06-03"), subject=here[p][n % 7], recipient=f"R{n % 3}") for n in range(1, 61)] for p in partitions]
            for each in zip(*map(records, logs), strict=True):
                store.write_together([folding.project([record]) for folding, record in zip(foldings, each, strict=True)])

    with ThreadPoolExecutor(3) as workers:
        for done in [workers.submit(work, 0), workers.submit(work, 2, 1), workers.submit(work, 3)]:
            done.result(60)

    assert stored(dsn) == [
        (partition, "hoster", "hoster", f"R{number}", "registry", None, date(2018, 6, 1), 20) for partition in range(4) for number in range(3)
    ]


HOURS = st.integers(-3 * 31 * 24, 3 * 31 * 24)
SHARES = st.lists(
    st.tuples(
        HOURS, st.sampled_from(["s1", "s2", "Adyen"]), st.sampled_from([CONTROLLER, "SIDN", "Adyen"]), st.sampled_from(["SIDN", "Adyen", "Escrow"]),
        st.sampled_from(["registry", "data_subject"]), st.sampled_from([None, "NL", "US"]), st.booleans(),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(shares=SHARES, cuts=st.sets(st.integers(1, 40), max_size=5))
def test_in_whichever_batches_it_is_what_counting_the_events_gives(dsn: str, shares: list[Any], cuts: set[int]) -> None:
    empty(dsn)
    log = [tick(900, 30)]
    for number, (hour, subject, giver, recipient, role, country, is_erased) in enumerate(shares, start=1):
        log.append(shared(number, hour / 24, subject=subject, by=giver, recipient=recipient, recipient_role=role, country=country))
        if is_erased:
            log.append(erased(500 + number, hour / 24 + 1, by=recipient, subject=subject))
    fold(dsn, log, *sorted(cut for cut in cuts if cut < len(log)))

    expected: Counter[tuple[Any, ...]] = Counter()
    for hour, subject, giver, recipient, role, country, _ in shares:
        if (role, recipient) != ("data_subject", subject):
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START + int(hour / 24 * DAY))
            expected[0, CONTROLLER, giver, recipient, role, country, moment.astimezone(ZONE).date().replace(day=1)] += 1
    assert Counter({row[:-1]: row[-1] for row in stored(dsn)}) == expected
    assert overview(dsn) == Query(MemoryAnswers(project(log))).sharing_overview()


def test_a_rebuild_counts_the_same_and_the_fold_goes_on_from_there(make_ledger: Callable[..., TestLedger]) -> None:
    from tests.folded import tell_and_fold
    from tests.integration.test_apart import lives

    ledger = make_ledger(partitions=1)
    tell_and_fold(ledger, records(lives()))
    before, digest = stored(ledger.dsn), digests(ledger.dsn, "projection")
    assert before

    rebuild(ledger.settings, workers=1)
    assert stored(ledger.dsn) == before and digests(ledger.dsn, "projection") == digest

    with closing(PostgresProjection(ledger.dsn)) as store:
        folding = Projecting(0, store, partitions=1, progress=store.progress("facts", 0), simulated=True)
        more = [shared(60_000, when("2018-06-03"), recipient="new one"), shared(60_001, when("2018-06-04"), recipient="new one")]
        store.write(folding.project(records(more, first_offset=folding.next_offset)))
    assert sorted(set(stored(ledger.dsn)) - set(before)) == [(0, "hoster", "hoster", "new one", "registry", None, date(2018, 6, 1), 2)]
