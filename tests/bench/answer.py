"""answer: how long one subject's answer takes from PostgreSQL, with a hundred thousand and with a million holdings loaded."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from tests.bench import ledgers, loaded
from tests.bench.figures import Figure
from tests.bench.shares import CONTROLLER, RECIPIENTS

FEW, MANY = 100_000, 1_000_000
QUESTIONS = 2_000
BOUND_MS = 10.0
OVERVIEWS = 200
OVERVIEW_BOUND_MS = 50.0


def run(events: int) -> list[Figure]:
    """Load holdings (four a subject, each from an event of its own), ask for random subjects, load ten times as many, ask again."""
    many = MANY if events >= MANY // 4 else events
    few = many // 10
    with ledgers.ledger() as running:
        ledgers.fold_policies(running)
        query = Query(PostgresReader(ledgers.dsn(running)))
        asked = [_ask(query, many // len(RECIPIENTS)) for _ in loaded.fill(running, (few, many))]
        (quick, _), (slow, middle) = asked
        overviews = {"sharing": query.sharing_overview, "deletion": query.deletion_overview, "promises": query.promises_overview}
        numbers = {name: _overview(ask) for name, ask in overviews.items()}
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
        query.subject(CONTROLLER, subject)
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return taken[int(QUESTIONS * 0.99)], taken[QUESTIONS // 2]
