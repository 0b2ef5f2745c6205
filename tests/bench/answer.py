"""answer: how long one subject's answer takes from PostgreSQL, with a hundred thousand and with a million holdings loaded."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from ledger.core.ids import partition_of
from ledger.folding.projecting import Projecting
from ledger.folding.reading import Record
from tests.bench import ledgers
from tests.bench.figures import Figure
from tests.bench.shares import RECIPIENTS, START_MICROS, encoded

FEW, MANY = 100_000, 1_000_000
QUESTIONS = 2_000
BATCH = 5_000
BOUND_MS = 10.0
OVERVIEWS = 200
OVERVIEW_BOUND_MS = 50.0


def run(events: int) -> list[Figure]:
    """Load holdings (four a subject, each from an event of its own), ask for random subjects, load ten times as many, ask again."""
    many = MANY if events >= MANY // 4 else events
    few = many // 10
    with ledgers.ledger() as running:
        ledgers.fold_policies(running)
        store = PostgresProjection(ledgers.dsn(running))
        query = Query(PostgresReader(ledgers.dsn(running)))
        partitions = running.identity.partitions
        folds = [
            Projecting(p, store, partitions=partitions, progress=store.progress("facts", p), simulated=True, cache_subjects_max=10_000)
            for p in range(partitions)
        ]
        waiting: list[list[Record]] = [[] for _ in folds]
        quick = slow = 0.0
        for number, (key, value) in enumerate(encoded(many, many // len(RECIPIENTS)), 1):
            partition = partition_of(key, partitions)
            records = waiting[partition]
            records.append((folds[partition].next_offset + len(records), START_MICROS // 1000, key, value, None))
            if len(records) >= BATCH or number in (few, many):
                for fold, held in zip(folds, waiting, strict=True):
                    if held:
                        delta = fold.project(held)
                        store.write(delta)
                        fold.note_committed(delta.number)
                        held.clear()
            if number == few:
                quick, _ = _ask(query, many // len(RECIPIENTS))
        slow, middle = _ask(query, many // len(RECIPIENTS))
        overviews = {"sharing": query.sharing_overview, "deletion": query.deletion_overview, "promises": query.promises_overview}
        numbers = {name: _overview(ask) for name, ask in overviews.items()}
        store.close()
    return [
        Figure(
            name=f"subject answer, p99 with {many:,} holdings", ours=slow, peer_name="bound of 10 ms", peer=BOUND_MS, unit="ms",
            floor=1.0, goal=2.0, note=f"p50 {middle:.1f} ms",
        ),
        Figure(
            name="the same, beside ten times fewer", ours=slow, peer_name=f"ours with {few:,} holdings", peer=quick, unit="ms",
            floor=0.5, goal=1.0, note="flat is 1",
        ),
        *(
            Figure(
                name=f"overview of {name}, p99 with {many:,} holdings", ours=worst, peer_name=f"bound of {OVERVIEW_BOUND_MS:.0f} ms",
                peer=OVERVIEW_BOUND_MS, unit="ms", floor=1.0, goal=2.0, note=f"p50 {usual:.1f} ms",
            )
            for name, (worst, usual) in numbers.items()
        ),
    ]  # fmt: skip


def _overview(ask: Callable[[], object]) -> tuple[float, float]:
    """p99 and median of an overview, in milliseconds."""
    taken = []
    for _ in range(OVERVIEWS):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return taken[int(OVERVIEWS * 0.99)], taken[OVERVIEWS // 2]


def _ask(query: Query, subjects: int) -> tuple[float, float]:
    """p99 and median of one answer, in milliseconds; a question about somebody unknown counts too."""
    chance = random.Random(7)  # noqa: S311 - load, not secrets
    taken = []
    for _ in range(QUESTIONS):
        subject = f"subj-{chance.randrange(subjects):012x}"
        started = time.perf_counter()
        query.subject("sohosted", subject)
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return taken[int(QUESTIONS * 0.99)], taken[QUESTIONS // 2]
