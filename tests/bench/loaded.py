"""Many holdings in a new ledger's projections, without Kafka in between: folded and written in this process, four a subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.adapters.postgres_projection import PostgresProjection
from ledger.core.ids import partition_of
from ledger.folding.projecting import Projecting
from ledger.folding.reading import Record
from ledger.stack import Running
from tests.bench import ledgers
from tests.bench.shares import RECIPIENTS, START_MICROS, encoded

BATCH = 5_000


def fill(running: Running, counts: Sequence[int]) -> Iterator[int]:
    """Load until each of the counts, in rising order, and say so. The projections are ahead of Kafka's log afterwards."""
    store, partitions = PostgresProjection(ledgers.dsn(running)), running.identity.partitions
    folds = [
        Projecting(p, store, partitions=partitions, progress=store.progress("facts", p), simulated=True, cache_subjects_max=10_000)
        for p in range(partitions)
    ]
    waiting: list[list[Record]] = [[] for _ in folds]
    for number, (key, value) in enumerate(encoded(counts[-1], counts[-1] // len(RECIPIENTS)), 1):
        partition = partition_of(key, partitions)
        records = waiting[partition]
        records.append((folds[partition].next_offset + len(records), START_MICROS // 1000, key, value, None))
        if len(records) >= BATCH or number in counts:
            for fold, held in zip(folds, waiting, strict=True):
                if held:
                    delta = fold.project(held)
                    store.write(delta)
                    fold.note_committed(delta.number)
                    held.clear()
        if number in counts:
            yield number
    store.close()
