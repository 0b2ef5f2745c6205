"""Goes over log and database slice by slice, beside running workers, and notes where they differ.

A round begins at offset 0 and is done when all that was there at its beginning is compared; it goes on where it was cut off. Must never change the
projections or the log, and never take what is under way for a difference: only what PostgreSQL calls folded or sent is compared.
Steps of a slice: 1 read  2 compared  3 position, mismatches and counts noted, in one transaction. Dying before 3 compares it again.
A round compares the records first, then what is held of people, then what is added up; between rounds only what has come is compared.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_histories import PostgresHistories
from ledger.adapters.postgres_identity import read_identity
from ledger.adapters.postgres_reconcile import Counts, Cursor, PostgresReconcile, Round
from ledger.adapters.postgres_watching import PostgresWatching
from ledger.errors import DependencyError, OperatorError
from ledger.reconciling.facts import MISSING_ROW, OTHER_VALUE, FactRow, LetterRow, Mismatch, Row, TickRow, compare_facts
from ledger.reconciling.outcomes import Window, judge
from ledger.reconciling.people import EVERYBODY, compare_people
from ledger.replaying.outcome_check import Published
from ledger.settings import Settings
from ledger.topics import FACTS, OBLIGATIONS, VIOLATIONS

SLICE_RECORDS: Final = 5_000
OTHER_TALLY: Final = "other_tally"
BEYOND: Final = "beyond"
BEHIND: Final = "behind"
LOG_GAP: Final = "log_gap"
Done = Callable[[str, int, int, int], None]
"""Told after each slice: topic, partition, next offset, where it ends. Of people: PEOPLE, partition, the place of an id among all, ID_PLACES."""
PEOPLE: Final = "people"
ID_PLACES: Final = 1 << 32
SETTLE_SECONDS_MAX: Final = 60.0
FOLLOW_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.5
_WRONG_FACTS: Final = (MISSING_ROW, OTHER_VALUE, BEYOND)


@dataclass(slots=True)
class Report:
    """What was compared in this run. mismatches: the first of each slice; their number is in `found`, by kind. not_judged: partitions of which people
    were not compared, since their records differ. tallies: the tables that are not what counting gives."""

    records: int = 0
    repeats: int = 0
    dead_letters: int = 0
    outcomes: int = 0
    people: int = 0
    types: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    mismatches: list[Mismatch] = field(default_factory=list)
    not_judged: list[int] = field(default_factory=list)
    tallies: set[str] = field(default_factory=set)

    def add(self, mismatches: list[Mismatch], counts: Counter[str] | None = None) -> None:
        """Take in what a slice found. counts: by kind, where more were counted than are named."""
        self.mismatches = (self.mismatches + mismatches)[:100]
        self.found.update(counts if counts is not None else Counter(each.kind for each in mismatches))


class Reconciler:
    """One run over one ledger. As a context manager it holds the lock. slice_records: how much is compared at a time."""

    def __init__(self, settings: Settings, *, slice_records: int = SLICE_RECORDS) -> None:
        self._settings, self._slice = settings, slice_records
        self._database = PostgresReconcile(settings.postgres_dsn())
        self._log = KafkaLog(settings)
        self.report = Report()
        self._counts = Counts()  # of the round, runs before this one too
        self._said: set[Mismatch] = set()  # standing mismatches are looked at again and again

    def __enter__(self) -> Reconciler:
        try:
            recorded = read_identity(self._settings.postgres_dsn())
            if recorded is None:
                raise OperatorError("cannot reconcile: the database belongs to no ledger yet", hint="ledger up")
            cluster_id = KafkaAdmin(self._settings).cluster_id()
            if cluster_id != recorded[2]:
                raise OperatorError(
                    f"cannot reconcile: the cluster id recorded in PostgreSQL is {recorded[2]}, Kafka has {cluster_id}",
                    hint="bring back the services that belong together; see the runbook, `log and database differ`",
                )
            self._is_simulated, self._partitions = recorded[0] == "simulated", recorded[1]
            self._database.take()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()
        self._database.__exit__()

    def run_round(self, done: Done = lambda *_: None, *, anew: bool = True) -> Report:
        """Compare all that is there now. anew: from offset 0; else the round that was cut off goes on.

        Raises:
            DependencyError: Kafka or PostgreSQL does not answer; the next run goes on.
        """
        current = self._database.round()
        if anew or current is None or current.is_done:
            current = self._database.begin_round()
        for partition in range(self._partitions):
            done(PEOPLE, partition, 0, ID_PLACES)
        self.go_on(current, done)
        self._everybody(current, done)
        self._tallies(current.number)
        self._database.end_round(current.number)
        with PostgresWatching(self._settings.postgres_dsn()) as watching:
            watching.note_check("reconcile", "findings" if watching.look(sources_max=1).mismatches else "good")
        return self.report

    def follow(self, *, anew_after_seconds: float, done: Done = lambda *_: None) -> Report:
        """What has come since, and a round anew when the last one began so long ago. To be called again and again."""
        current = self._database.round()
        if current is None or not current.is_done or current.age_seconds > anew_after_seconds:
            return self.run_round(done, anew=current is None or current.is_done)
        self.go_on(current, done)
        return self.report

    def go_on(self, current: Round, done: Done) -> None:
        """Compare each partition from where it is to where it ends now."""
        self._counts = self._database.counts(current.number)
        for partition in range(self._partitions):
            self._facts(partition, current.number, done)
        for topic in (OBLIGATIONS, VIOLATIONS):
            for partition in range(self._partitions):
                self._outcomes(topic, partition, current.number, done)

    def _facts(self, partition: int, number: int, done: Done) -> None:
        next_offset, last_row = self._database.standing(partition)
        low, high = self._log.bounds(FACTS, partition)  # after it: the log only grows
        cursor = self._database.cursor(FACTS, partition)
        standing = [Mismatch(BEYOND, FACTS, partition, last_row)] if last_row >= next_offset else []
        standing += [Mismatch(BEHIND, FACTS, partition, high)] if next_offset > high else []
        if low > cursor.next_offset:
            standing.append(Mismatch(LOG_GAP, FACTS, partition, cursor.next_offset))
            cursor = cursor._replace(next_offset=low)
        if standing:
            self._note(FACTS, partition, cursor, number, standing)
        until = min(next_offset, high)
        while cursor.next_offset < until:
            first, end = cursor.next_offset, min(cursor.next_offset + self._slice, until)
            try:
                batches = list(self._log.read(FACTS, partition, first, end, batch_records_max=self._slice))
            except OperatorError:  # a hole; what is behind it is for a person to look at
                self._note(FACTS, partition, cursor, number, [Mismatch(LOG_GAP, FACTS, partition, first)])
                return
            records = [record for batch in batches for record in batch]
            found = compare_facts(
                FACTS, partition, records, self._rows(partition, first, end), cursor.register_next, cursor.time_reached,
                lambda ids: self._database.known_events(partition, ids),
            )  # fmt: skip
            cursor = Cursor(end, found.register_next, found.time_reached, cursor.place)
            counted = Counts(found.records, found.repeats, found.dead_letters, types=found.types)
            self._note(FACTS, partition, cursor, number, found.mismatches, counted=counted)
            self.report.records += found.records
            self.report.repeats += found.repeats
            self.report.dead_letters += found.dead_letters
            self.report.types.update(found.types)
            done(FACTS, partition, end, until)

    def _everybody(self, current: Round, done: Done) -> None:
        """All people of all partitions; one of which a register event is being folded into many waits for the others, and then for its end."""
        left, deadline = set(range(self._partitions)), time.monotonic() + SETTLE_SECONDS_MAX
        with closing(PostgresHistories(self._settings.postgres_dsn())) as histories:
            while left:
                compared = {partition for partition in sorted(left) if self._people(histories, partition, current, done)}
                if compared:
                    left, deadline = left - compared, time.monotonic() + SETTLE_SECONDS_MAX
                elif time.monotonic() > deadline:
                    raise DependencyError(
                        f"cannot compare people: a register event is being folded into the many it concerns, in partition {min(left)}",
                        hint="ledger reconcile --resume goes on; ledger status shows how far it is",
                    )
                else:
                    time.sleep(_POLL_SECONDS)  # a worker's work, of which nothing tells us that it ended

    def _people(self, histories: PostgresHistories, partition: int, current: Round, done: Done) -> bool:
        """Whether they are all compared, or cannot be: what follows from wrong facts is nobody's fault but theirs."""
        if self._database.is_found(partition, current.number, _WRONG_FACTS):
            self.report.not_judged.append(partition)
            return True
        followed_at = time.monotonic()
        while (cursor := self._database.cursor(FACTS, partition)).place[1] < EVERYBODY:
            generation = self._database.generation()
            found = compare_people(
                histories, partition, cursor.place[1], self._slice, partitions=self._partitions, simulated=self._is_simulated
            )  # fmt: skip
            if found is None:
                return False
            if self._database.generation() != generation:
                continue  # a rebuild was switched in meanwhile: its tables have no rows of the moment that the slice was read at
            cursor = cursor._replace(place=(cursor.place[0], found.last, cursor.place[2]))
            self._note(FACTS, partition, cursor, current.number, found.mismatches, counted=Counts(people=found.people))
            self.report.people += found.people
            done(PEOPLE, partition, int.from_bytes(found.last[:4]), ID_PLACES)
            if time.monotonic() - followed_at > FOLLOW_SECONDS:  # people take hours where there are many; what comes meanwhile does not wait
                self.go_on(current, done)
                followed_at = time.monotonic()
        return True

    def _tallies(self, number: int) -> None:
        """At the end of a round: the place is that up to which is folded, as no record is to blame."""
        differing = self._database.tallies_differing()
        self.report.tallies.update(table for _, table in differing)
        for partition in sorted({partition for partition, _ in differing}):
            next_offset, _ = self._database.standing(partition)
            self._note(FACTS, partition, self._database.cursor(FACTS, partition), number, [Mismatch(OTHER_TALLY, FACTS, partition, next_offset)])

    def _rows(self, partition: int, first: int, end: int) -> dict[int, list[Row]]:
        rows: dict[int, list[Row]] = {}
        for offset, sha256, recorded_at in self._database.rows("facts_between", partition, first, end):
            rows.setdefault(offset, []).append(FactRow(bytes(sha256), recorded_at))
        for offset, register_offset, said, recorded_at in self._database.rows("ticks_between", partition, first, end):
            rows.setdefault(offset, []).append(TickRow(register_offset, said, recorded_at))
        for offset, fingerprint, size in self._database.rows("letters_between", partition, first, end):
            rows.setdefault(offset, []).append(LetterRow(bytes(fingerprint), size))
        return rows

    def _outcomes(self, topic: str, partition: int, number: int, done: Done) -> None:
        cursor = self._database.cursor(topic, partition)
        while True:
            # In this order: all that was sent is below the end, and all that is below the end is stored.
            sent = self._database.sent(partition)
            low, end = self._log.bounds(topic, partition)
            first, until = max(cursor.next_offset, low), min(max(cursor.next_offset, low) + 2 * self._slice, end)
            published = [each for batch in self._log.read(topic, partition, first, until, batch_records_max=self._slice) for each in batch]
            stored = self._database.outcomes_behind(partition, cursor.place, self._slice)
            window = Window(
                rows=[(place, event_id, key, value) for place, of, event_id, key, value in stored if of == topic],
                last=stored[-1][0] if stored else None,
                rows_are_all=len(stored) < self._slice,
                published=[Published(offset, key, value or b"", _headers(headers)) for offset, _, key, value, headers in published],
                published_are_all=until == end,
                place=cursor.place,
                next_offset=first,
                sent=sent,
            )
            judged = judge(topic, partition, window, lambda hashes: self._database.stored_values(partition, hashes))
            self.report.outcomes += judged.next_offset - first
            cursor = cursor._replace(next_offset=judged.next_offset, place=judged.place)
            found = judged.findings
            counts = {"missing_outcome": found.missing, "extra_outcome": found.extra, "different_outcome": found.different}
            counted = Counts(outcomes=judged.next_offset - first)
            self._note(topic, partition, cursor, number, judged.mismatches, +Counter(counts), counted)
            done(topic, partition, judged.next_offset, end)
            if judged.is_done:
                return

    def _note(
        self, topic: str, partition: int, cursor: Cursor, number: int, mismatches: list[Mismatch], counts: Counter[str] | None = None,
        counted: Counts = Counts(),  # noqa: B008  a tuple
    ) -> None:  # fmt: skip
        self._counts = self._counts.plus(counted)
        self._database.note(topic, partition, cursor, number, mismatches, self._counts)
        new = [each for each in mismatches if each not in self._said]
        self._said.update(new)
        self.report.add(new, counts)


def _headers(headers: Any) -> tuple[tuple[str, bytes | None], ...] | None:
    try:
        return tuple((headers() if callable(headers) else headers) or ())
    except (SystemError, UnicodeDecodeError):  # the client cannot carry a header's name that is not UTF-8
        return None
