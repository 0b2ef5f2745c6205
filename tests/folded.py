"""Logs folded into a database without Kafka, for tests that ask it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from ledger.adapters.postgres_identity import write_identity
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.folding.projecting import Projecting
from ledger.folding.reading import Record


def fold_into(dsn: str, log: Sequence[Record]) -> None:
    """Fold what follows in the log, as partition 0 of one; the database is a simulated ledger's, if it is nobody's yet."""
    with closing(PostgresProjection(dsn)) as projection:
        fold = Projecting(0, projection, partitions=1, progress=projection.progress("facts", 0), simulated=True)
        projection.write(fold.project(log))
    make_simulated(dsn)


def make_simulated(dsn: str, partitions: int = 1) -> None:
    """Say that a database is a simulated ledger's, without a Kafka; one that is a ledger's already stays so."""
    write_identity(dsn, mode="simulated", partitions=partitions, cluster_id="c", topic_ids={})
