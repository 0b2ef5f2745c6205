"""The projections as they were: on a moment, as known at a place on the log, or both. Made by the same fold, for every question that can be asked.

Reads the stored log (stored_log.py), writes a schema of its own (adapters/postgres_as_of.py), leaves the live projections alone. Dying anywhere
leaves what the next question throws away. Source: docs/answers.md section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from typing import NamedTuple

from ledger.adapters.postgres_as_of import AsOfSchema
from ledger.adapters.postgres_identity import read_identity
from ledger.adapters.postgres_partition_writer import AS_OF_SCHEMA
from ledger.adapters.postgres_positions import PostgresPositions
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.asking import EVER, AsOf
from ledger.answers.facts import facts_in
from ledger.answers.one_subject import recorded_by
from ledger.answers.visible import hidden_refs
from ledger.core.ids import partition_of_subject, subject_id
from ledger.errors import OperatorError
from ledger.replaying.rebuild import Stage, fold_all
from ledger.replaying.rebuild_partition import PartitionJob
from ledger.replaying.stored_log import Moment
from ledger.replaying.until import Until, ends_until
from ledger.settings import Settings
from ledger.topics import FACTS


class Then(NamedTuple):
    """What is asked for. on: what was so at that moment, microseconds since 1970. until: what was known there. Either may be None: now."""

    on: int | None = None
    until: Until | None = None


@contextmanager
def projections_of(
    settings: Settings, then: Then, *, workers: int, person: tuple[str, str] | None = None, report: Callable[[Stage], None] = lambda _: None
) -> Iterator[tuple[str, AsOf]]:
    """Make them, unless they are there; within it (schema to ask, what to say of it). person: (controller, subject_ref), the question is about alone.

    Raises:
        CallerError: there is no such place. RefusedError: another moment is being asked about.
        DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
    """
    dsn = settings.postgres_dsn()
    identity = read_identity(dsn)
    if identity is None:
        raise OperatorError("cannot answer: the database belongs to no ledger yet", hint="ledger up")
    mode, partitions, _, _ = identity
    with AsOfSchema(dsn) as schema:
        until, wanted = then.until, None
        if person is not None:
            only, wanted = partition_of_subject(*person, partitions), subject_id(*person)
            if until is not None and until.positions is not None:  # of an offset alone, the person's own partition
                until = Until({only if number is None else number: offset for number, offset in until.positions.items()})
        generation, now, ends = _ends(dsn, until, partitions)
        if person is not None:
            ends = {number: end for number, end in ends.items() if number == only}
        moment = Moment(then.on, wanted)
        made_from = {
            "on": then.on, "ends": sorted(ends.items()), "subject": None if wanted is None else wanted.hex(), "generation": generation,
            "release": version("privacy-ledger"), "mode": mode,
        }  # fmt: skip
        if not schema.is_made_from(made_from):
            schema.begin()
            jobs = [
                PartitionJob(
                    settings=settings, topic=FACTS, partition=number, partitions=partitions, simulated=mode == "simulated", end=end,
                    schema=AS_OF_SCHEMA, moment=moment,
                )
                for number, end in ends.items()
                if end > 0
            ]  # fmt: skip
            fold_all(jobs, workers, report)
            report(Stage("indexing"))
            schema.index()
            schema.finish(made_from)
        places = ", ".join(f"{number}:{end - 1}" for number, end in sorted(ends.items()))
        barred = frozenset[str]() if wanted is None else _barred(dsn, only, wanted)
        yield AS_OF_SCHEMA, AsOf(then.on, None if then.until is None else places, now, barred)


def _barred(dsn: str, partition: int, subject: bytes) -> frozenset[str]:
    """Which disclosures an order keeps from a person now: what happens later must not be told by asking about earlier."""
    with closing(PostgresReader(dsn)) as reader, reader.snapshot():
        now = next((time for number, _, time, _ in reader.progress() if number == partition), 0)
        return hidden_refs(facts_in(partition, reader.history(partition, subject, EVER)), now)


def _ends(dsn: str, until: Until | None, partitions: int) -> tuple[int, int, dict[int, int]]:
    """(generation of the live projections, the ledger's time, partition -> offset before which to fold)."""
    with closing(PostgresPositions(dsn)) as positions, closing(PostgresReader(dsn)) as reader:
        generation, folded = positions.generation(), positions.next_offsets(FACTS)

        def offset_after(number: int, millis: int) -> int:
            return recorded_by(reader, number, millis * 1000 + 999, folded[number])

        with reader.snapshot():
            now = min((time for _, _, time, _ in reader.progress()), default=0)
            return generation, now, folded if until is None else ends_until(until, folded, partitions, offset_after, "answer as known at")
