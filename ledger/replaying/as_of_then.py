"""The projections as they were: on a moment, as known at a place on the log, or both. Made by the same fold, for every question that can be asked.

Reads the stored log (stored_log.py), writes a schema of its own (adapters/postgres_as_of.py), leaves the live projections alone. Dying anywhere
leaves what the next making drops. Source: docs/answers.md section 2; docs/decisions/0032.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

from ledger.adapters.postgres_as_of import AsOfSchemas, Kept
from ledger.adapters.postgres_identity import read_identity
from ledger.adapters.postgres_positions import PostgresPositions
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.asking import EVER, AsOf
from ledger.answers.days_come import require_so_by_now
from ledger.answers.facts import facts_in
from ledger.answers.one_subject import recorded_by
from ledger.answers.visible import hidden_refs
from ledger.core.ids import partition_of_subject, subject_id
from ledger.errors import LedgerError, OperatorError, RefusedError
from ledger.replaying.rebuild import Stage, fold_all
from ledger.replaying.rebuild_partition import PartitionJob
from ledger.replaying.stored_log import Moment
from ledger.replaying.until import Until, ends_until
from ledger.settings import Settings
from ledger.topics import FACTS

Report = Callable[[Stage], None]
_TURN_SECONDS: Final = 1.0
_ROOM_SECONDS_MAX: Final = 60.0


class Then(NamedTuple):
    """What is asked for. on: what was so at that moment, microseconds since 1970. until: what was known there. Either may be None: now."""

    on: int | None = None
    until: Until | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for, on this ledger as it is now.

    ends: partition -> offset before which to fold. open: of these, the partitions for which that is merely as far as the live ones are.
    subject: (partition, id) of the only person asked about. rests_on: which projections are folded again, by which release.
    now: the ledger's time, microseconds.
    """

    on: int | None
    ends: Mapping[int, int]
    open: frozenset[int]
    subject: tuple[int, bytes] | None
    rests_on: Mapping[str, Any]
    partitions: int
    now: int
    is_place: bool

    @property
    def made_from(self) -> dict[str, Any]:
        """All that decides what is folded, as JSON has it, and of which partitions that was merely all there was."""
        ends = [[number, end] for number, end in sorted(self.ends.items())]
        subject = None if self.subject is None else self.subject[1].hex()
        return {"on": self.on, "ends": ends, "open": sorted(self.open), "subject": subject, **self.rests_on}

    @property
    def key(self) -> str:
        """The same for all who ask for the same, however far the log went on between them."""
        ends = [[number, end] for number, end in self.made_from["ends"] if number not in self.open]
        return json.dumps(self.made_from | {"ends": ends}, sort_keys=True)

    def is_met_by(self, kept: Kept, seconds: float) -> bool:
        """Whether one that is kept is this: the very same; or where the log went on since, less than so many seconds old. What was
        made for a place never serves who asked for none: it leaves out all that came after.
        """
        was, ends = kept.made_from, dict(kept.made_from["ends"])
        went_on = self.open & set(was["open"]) if kept.age < seconds else frozenset[int]()
        any_ends = {"ends": None, "open": None}
        return {**was, **any_ends} == {**self.made_from, **any_ends} and ends.keys() == self.ends.keys() and all(
            ends[number] == end or (number in went_on and ends[number] < end) for number, end in self.ends.items()
        )

    def as_of(self, dsn: str, made_from: Mapping[str, Any]) -> AsOf:
        """What to say of it, and to keep from whom it is about."""
        places = ", ".join(f"{number}:{end - 1}" for number, end in made_from["ends"])
        barred = frozenset[str]() if self.subject is None else _barred(dsn, *self.subject)
        return AsOf(self.on, places if self.is_place else None, self.now, barred)


def wanted(settings: Settings, then: Then, person: tuple[str, str] | None = None) -> Wanted:
    """What is asked for. person: (controller, subject_ref), the question is about alone.

    Raises:
        CallerError: there is no such place, or that day has not come. DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger
            in it.
    """
    dsn = settings.postgres_dsn()
    mode, partitions = _ledger_in(dsn)
    subject, until = None, then.until
    if person is not None:
        subject = only, _ = partition_of_subject(*person, partitions), subject_id(*person)
        if until is not None and until.positions is not None:  # of an offset alone, the person's own partition
            until = Until({only if number is None else number: offset for number, offset in until.positions.items()})
    generation, times, ends = _ends(dsn, until, partitions)
    require_so_by_now(then.on, max(times, default=0), simulated=mode == "simulated")
    if subject is not None:
        ends = {number: end for number, end in ends.items() if number == subject[0]}
    return Wanted(
        on=then.on, ends=ends, open=_open(until, ends), subject=subject, rests_on=_rests_on(generation, mode), partitions=partitions,
        now=min(times, default=0), is_place=until is not None,
    )  # fmt: skip


@contextmanager
def kept(settings: Settings, asked: Wanted, seconds: float) -> Iterator[tuple[str, AsOf] | None]:
    """Within it (schema to ask, what to say of it), or None: they must be made. seconds: how old it may be where the log went on since."""
    dsn = settings.postgres_dsn()
    with AsOfSchemas(dsn) as schemas:
        found = _held(schemas, asked, seconds)
        yield None if found is None else (found[0], asked.as_of(dsn, found[1]))


def make(settings: Settings, asked: Wanted, report: Report, *, workers: int) -> None:
    """Make them, unless somebody else just did. workers: processes that fold. Waits for its turn.

    Raises:
        StoppedError: of `report`; nothing of it is left. RefusedError: too many are being answered from.
        DependencyError: PostgreSQL does not answer, or a process was killed.
    """
    with AsOfSchemas(settings.postgres_dsn()) as schemas:
        _made(schemas, settings, asked, report, workers)


@contextmanager
def projections_of(
    settings: Settings, then: Then, *, workers: int, person: tuple[str, str] | None = None, report: Report = lambda _: None
) -> Iterator[tuple[str, AsOf]]:
    """Make them, unless they are there, of the log as it is now; within it (schema to ask, what to say of it). As `wanted` and `make`."""
    asked, dsn = wanted(settings, then, person), settings.postgres_dsn()
    with AsOfSchemas(dsn) as schemas:
        schema, made_from = _held(schemas, asked) or _made(schemas, settings, asked, report, workers)
        yield schema, asked.as_of(dsn, made_from)


def tidy(settings: Settings) -> None:
    """Drop what killed processes have left, and what no question will be answered from again; nothing while one is made."""
    dsn = settings.postgres_dsn()
    mode, _ = _ledger_in(dsn)
    with closing(PostgresPositions(dsn)) as positions:
        rests_on = _rests_on(positions.generation(), mode)
    with AsOfSchemas(dsn) as schemas, schemas.turn(_TURN_SECONDS) as is_ours:
        if is_ours:
            schemas.drop_useless(rests_on)


def _held(schemas: AsOfSchemas, asked: Wanted, seconds: float = 0.0) -> tuple[str, dict[str, Any]] | None:
    fitting = [each for each in schemas.kept() if asked.is_met_by(each, seconds)]
    return next(((each.schema, each.made_from) for each in fitting if schemas.hold(each.schema)), None)


def _made(schemas: AsOfSchemas, settings: Settings, asked: Wanted, report: Report, workers: int) -> tuple[str, dict[str, Any]]:
    while True:
        with schemas.turn(_TURN_SECONDS) as is_ours:
            if is_ours:
                found = _held(schemas, asked)  # whoever had the turn before may have made it
                return found or _made_now(schemas, settings, asked, report, workers)
        report(Stage("waiting"))


def _made_now(schemas: AsOfSchemas, settings: Settings, asked: Wanted, report: Report, workers: int) -> tuple[str, dict[str, Any]]:
    schemas.drop_useless(asked.rests_on)
    until = monotonic() + _ROOM_SECONDS_MAX
    while not schemas.make_room(settings.as_of.kept - 1):
        report(Stage("waiting"))
        if monotonic() > until:
            raise RefusedError("cannot answer as of then: too many other moments are being answered from", hint="ask again in a moment")
        sleep(_TURN_SECONDS)
    made_from = asked.made_from
    schema = schemas.begin(made_from)
    try:
        jobs = [
            PartitionJob(
                settings=settings, topic=FACTS, partition=number, partitions=asked.partitions, simulated=asked.rests_on["mode"] == "simulated",
                end=end, schema=schema, moment=Moment(asked.on, None if asked.subject is None else asked.subject[1]),
            )
            for number, end in asked.ends.items()
            if end > 0
        ]  # fmt: skip
        fold_all(jobs, workers, report)
        report(Stage("indexing"))
        schemas.index(schema)
        report(Stage("indexing"))
        schemas.finish(schema)
    except BaseException:
        with suppress(LedgerError):  # PostgreSQL may be what is wrong: the next making drops it then
            schemas.give_up(schema)
        raise
    return schema, made_from


def _ledger_in(dsn: str) -> tuple[str, int]:
    identity = read_identity(dsn)
    if identity is None:
        raise OperatorError("cannot answer: the database belongs to no ledger yet", hint="ledger up")
    return identity[0], identity[1]


def _rests_on(generation: int, mode: str) -> dict[str, Any]:
    return {"generation": generation, "release": version("privacy-ledger"), "mode": mode}


def _open(until: Until | None, ends: Collection[int]) -> frozenset[int]:
    """Of which partitions no place was asked for. Before a time, the first record that was written later is a place."""
    if until is None:
        return frozenset(ends)
    if until.positions is None:
        return frozenset()
    return frozenset(ends) - {number or 0 for number in until.positions}


def _barred(dsn: str, partition: int, subject: bytes) -> frozenset[str]:
    """Which disclosures an order keeps from a person now: what happens later must not be told by asking about earlier."""
    with closing(PostgresReader(dsn)) as reader, reader.snapshot():
        now = next((time for number, _, time, _ in reader.progress() if number == partition), 0)
        return hidden_refs(facts_in(partition, reader.history(partition, subject, EVER)), now)


def _ends(dsn: str, until: Until | None, partitions: int) -> tuple[int, list[int], dict[int, int]]:
    """(generation of the live projections, the time that each partition has reached, partition -> offset before which to fold)."""
    with closing(PostgresPositions(dsn)) as positions, closing(PostgresReader(dsn)) as reader:
        generation, folded = positions.generation(), positions.next_offsets(FACTS)

        def offset_after(number: int, millis: int) -> int:
            return recorded_by(reader, number, millis * 1000 + 999, folded[number])

        with reader.snapshot():
            times = [time for _, _, time, _ in reader.progress()]
            return generation, times, folded if until is None else ends_until(until, folded, partitions, offset_after, "answer as known at")
