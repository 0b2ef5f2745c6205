"""What the sync and the asyncio `Obligations` share: which obligation is next, what becomes of it, how far the group has come.

Must never call for an obligation that the log says is met or cancelled: before each one the broker is asked where its partition ends, and
everything up to there is read. Must never let the committed position pass one that is neither answered, parked, met nor cancelled. Knows the
log through the port `DutyLog` alone; one caller at a time. Source: docs/acting.md.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from ledger import failpoints
from ledger.contract import codec
from ledger.errors import DependencyError
from ledger.folding.ports import Assigned, DutyLog, Revoked
from ledger.sdk.duty import Duty, duty_of
from ledger.sdk.duty_position import Position, short_name
from ledger.sdk.duty_selection import Patience, Selection
from ledger.sdk.duty_survey import REFILL_RECORDS, begin_partition
from ledger.sdk.open_duties import OpenDuties, OpenDuty
from ledger.sdk.receipts import Receipt

_log = logging.getLogger("ledger.sdk.obligations")
_POLL_SECONDS: Final = 0.05
_CATCH_UP_SECONDS_MAX: Final = 10.0
_COMMIT_EVERY_SECONDS: Final = 5.0  # of what is only passed over; what was handled is committed at once
_OUTAGE_PAUSE_SECONDS: Final = 0.5
T = TypeVar("T")


class Step(NamedTuple):
    """What became of one obligation just now. state: answered, failed (tried again), parked.

    error: name of the exception's type. retry_in_seconds: of a failed one.
    """

    duty: Duty
    state: str
    receipt: Receipt | None = None
    error: str | None = None
    retry_in_seconds: float | None = None


class Work(NamedTuple):
    """One obligation whose turn it is."""

    duty: Duty
    entry: OpenDuty
    partition: int
    duties: OpenDuties


class Acting:
    """See the module. group: for messages. clock: seconds, monotonic."""

    def __init__(
        self, log: DutyLog, selection: Selection, patience: Patience, *, group: str, on_step: Callable[[Step], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._log, self._selection, self._patience, self._group = log, selection, patience, group
        self._on_step, self._clock = on_step, clock
        self.partitions: dict[int, OpenDuties] = {}
        self._committed: dict[int, Position] = {}
        self._committed_at = clock()
        self._turn = 0
        self.stopping = threading.Event()
        self._unpark: set[bytes] = set()
        self._lock = threading.Lock()  # of _unpark alone

    def listen(self, seconds: float) -> None:
        """Take in what the log tells, waiting up to `seconds` for the first of it. Raises: what `DutyLog.poll` raises, GroupInUseError."""
        for told in self.through_outage(lambda: self._log.poll(seconds)):
            if isinstance(told, Assigned):
                self._assigned(told)
            elif isinstance(told, Revoked):
                self.partitions.pop(told.partition, None)
                self._committed.pop(told.partition, None)
            elif told.partition in self.partitions:
                self.partitions[told.partition].hear(told.offset, told.value)

    def next(self) -> Work | None:
        """The next obligation to handle, after everything that the broker has at this moment was read. None: nothing to do now."""
        self.listen(0)  # also while there is much to do: a member that does not poll is taken for dead
        self._apply_unpark()
        while (taken := self._take()) is not None:
            duties, entry = taken
            try:
                work = self._work(duties, entry)
            except BaseException:
                duties.put_back(entry)  # Kafka went away, or we are told to end: it is still its turn
                raise
            if work is not None:
                return work
        return None

    def _work(self, duties: OpenDuties, entry: OpenDuty) -> Work | None:
        """What was taken, as it is after everything that the broker has was read; None when it is not to be handled any more."""
        if not self._catch_up(duties):
            return None  # the partition is another member's now, and what is open in it
        if duties.find(entry.obligation_id) is not entry:
            return None  # met or cancelled meanwhile
        if entry.value is None:
            self._refill(duties, entry)
        duty = duty_of(codec.decode(entry.value)[1], is_overdue=entry.is_overdue, attempt=entry.failures + 1)
        failpoints.pass_by("act_before_handling")
        return Work(duty, entry, duties.partition, duties)

    def answered(self, work: Work, receipt: Receipt) -> None:
        """Its fact is acknowledged: the position may move on."""
        failpoints.pass_by("act_before_commit")
        work.duties.answered(work.entry)
        self._tell(Step(work.duty, "answered", receipt=receipt))
        self.commit()

    def failed(self, work: Work, error: BaseException) -> None:
        """The handler raised, or its answer was refused: try again later, or put it aside."""
        entry, name = work.entry, short_name(error)
        entry.failures += 1
        if entry.failures >= self._patience.attempts and work.duties.park(entry, name):
            _log.warning("parked obligation %s after %d attempts: %s", work.duty.obligation_id, entry.failures, name)
            self._tell(Step(work.duty, "parked", error=name))
        else:
            pause = self._patience.pause(entry.failures)
            work.duties.failed(entry, self._clock() + pause)
            self._tell(Step(work.duty, "failed", error=name, retry_in_seconds=pause))
        self.commit()

    def put_back(self, work: Work) -> None:
        """It was not tried after all."""
        work.duties.put_back(work.entry)

    def unpark(self, *obligation_ids: bytes) -> None:
        """Let parked ones be tried again by this member, when their partition is its own. From any thread."""
        with self._lock:
            self._unpark.update(obligation_ids)

    def is_idle(self) -> bool:
        """Whether all that is on the log was read and nothing is left to do but what is parked."""
        every = list(self.partitions.values())
        if not self._log.has_joined or any(duties.has_work for duties in every):
            return False
        return all(duties.next_offset >= self._end(duties.partition) for duties in every)

    def pause_seconds(self, seconds_max: float) -> float:
        """How long to listen before the next one that failed is due again."""
        times = [at for duties in self.partitions.values() if (at := duties.next_try()) is not None]
        return min(seconds_max, max(0.0, min(times) - self._clock())) if times else seconds_max

    def commit_now_and_then(self) -> None:
        """Commit what was passed over, every few seconds; and notice when Kafka is away."""
        if self._clock() - self._committed_at >= _COMMIT_EVERY_SECONDS:
            for partition in list(self.partitions):
                self._end(partition)
            self.commit()

    def commit(self) -> None:
        """Store how far every partition has come, where that has changed."""
        self._committed_at = self._clock()
        for partition, duties in list(self.partitions.items()):
            position = duties.position()
            if self._committed.get(partition) != position:
                self._store(partition, position)

    def _store(self, partition: int, position: Position) -> None:
        if self.through_outage(lambda: self._log.commit(partition, position.offset, position.metadata())):
            self._committed[partition] = position

    def counts(self) -> dict[str, int]:
        """How many are open and parked in the partitions of this member, and how many the log itself has settled."""
        every = list(self.partitions.values())
        return {
            "open": sum(len(duties.open) for duties in every),
            "parked": sum(len(duties.parked) for duties in every),
            "settled": sum(duties.settled for duties in every),
            "unreadable": sum(duties.unreadable for duties in every),
        }

    def _assigned(self, told: Assigned) -> None:
        duties = begin_partition(self._log, told, self._selection, self._group)
        self.partitions[told.partition] = duties
        if told.offset is None:
            self._committed_at = 0.0  # say soon what this group acts on

    def _take(self) -> tuple[OpenDuties, OpenDuty] | None:
        """The next one of any partition; each has its turn."""
        every = list(self.partitions.values())
        for number in range(len(every)):
            duties = every[(self._turn + number) % len(every)]
            entry = duties.take(self._clock())
            if entry is not None:
                self._turn += number + 1
                return duties, entry
        return None

    def _catch_up(self, duties: OpenDuties) -> bool:
        """Read up to where the partition ends now; False when it is no longer ours."""
        end = self._end(duties.partition)
        deadline = self._clock() + _CATCH_UP_SECONDS_MAX
        while self.partitions.get(duties.partition) is duties:
            if duties.next_offset >= end:
                return True
            self.listen(_POLL_SECONDS)
            if self._clock() > deadline:
                raise DependencyError(f"cannot read obligations-{duties.partition}: no record for {_CATCH_UP_SECONDS_MAX:g} s", hint="ledger status")
        return False

    def _end(self, partition: int) -> int:
        return self.through_outage(lambda: self._log.end(partition))

    def _refill(self, duties: OpenDuties, entry: OpenDuty) -> None:
        for told in self._log.read(duties.partition, entry.offset, min(duties.next_offset, entry.offset + REFILL_RECORDS)):
            duties.refill(told.offset, told.value)

    def _apply_unpark(self) -> None:
        with self._lock:
            # Those of partitions that are not ours stay: they may become ours.
            self._unpark = {each for each in self._unpark if not any(duties.unpark(each) for duties in self.partitions.values())}

    def through_outage(self, call: Callable[[], T]) -> T:
        """Call again while Kafka is away, up to the patience for that. Raises: DependencyError after it, or when it is told to stop."""
        since: float | None = None
        while True:
            try:
                return call()
            except DependencyError:
                now = self._clock()
                since = now if since is None else since
                if now - since >= self._patience.outage_seconds or self.stopping.is_set():
                    raise
                self.stopping.wait(_OUTAGE_PAUSE_SECONDS)

    def _tell(self, step: Step) -> None:
        if self._on_step is not None:
            self._on_step(step)
