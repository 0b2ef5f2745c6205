"""Plays the demo on a real ledger: stack up, worker on, policies published, lives emitted, months passing, holders answering.

Time moves window by window (`windows`): 1 a tick says that it is over  2 what happened in it goes through the SDK  3 the processors answer
4 the holders do what they were told to, and report. Step 3 is waited for, so a holder is never late because of this machine.
Must never print: the narrator does. A killed demo leaves data in its home, nothing else; the next run begins anew.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_sender import KafkaSender
from ledger.adapters.postgres_positions import PostgresPositions
from ledger.demo.child import Worker
from ledger.demo.holders import Holders
from ledger.demo.incidents import register
from ledger.demo.listening import TopicListener
from ledger.demo.lives import END, START, Happening, Star, cast, forgotten, lives
from ledger.demo.windows import windows
from ledger.errors import DependencyError
from ledger.policies.files import load_policy, shipped_policies
from ledger.policies.publishing import publish_policy
from ledger.register import send_time
from ledger.sdk.emit import Emitter
from ledger.topics import OBLIGATIONS, REGISTER, VIOLATIONS
from ledger.waiting import wait_until_answered

if TYPE_CHECKING:
    from ledger.core.policy import Policy
    from ledger.settings import Settings

ANSWER_SECONDS_MAX = 300.0
"""For one month: at 100,000 customers some 60,000 events."""
FLUSH_SECONDS_MAX = 60.0
POLL_SECONDS = 0.005
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Month:
    """What one month brought. at: its end, microseconds. by_type counts what was emitted, the rest what the processors and holders did.

    outcomes: type of outcome -> how many obligations came to it. of_story: what happened to the people of the story, and to the hosters themselves.
    """

    at: int = 0
    events: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    violations: int = 0
    of_story: list[Happening] = field(default_factory=list)
    seconds: float = 0.0


class Play:
    """One run on a stack that is up. `setting_up` first, then `months`; the tallies are there to look at afterwards."""

    def __init__(self, settings: Settings, partitions: int, worker: Worker, *, size: int, seed: int) -> None:
        self._size, self._seed = size, seed
        self.settings, self.partitions, self.worker = settings, partitions, worker
        self.events = 0
        self.violations: list[dict[str, Any]] = []
        self._open = ExitStack()
        servers = settings.kafka.bootstrap_servers
        self._emitter = self._open.enter_context(Emitter(source="demo", bootstrap_servers=servers, deadline_seconds=FLUSH_SECONDS_MAX))
        self._sender = KafkaSender(settings, client_id="ledger-demo-time")
        self._open.callback(self._sender.close)
        self._admin = KafkaAdmin(settings)
        self._positions = PostgresPositions(settings.postgres_dsn())
        self._open.callback(self._positions.close)
        self.holders = Holders(
            self._open.enter_context(TopicListener(settings, OBLIGATIONS, partitions, self._admin.end_offsets)), forgotten(size, seed)
        )
        self._violations = self._open.enter_context(TopicListener(settings, VIOLATIONS, partitions, self._admin.end_offsets))

    def __enter__(self) -> Play:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def set_up(self) -> list[Policy]:
        """Publish the five policies and the recipients; returns the policies."""
        policies = [load_policy(name) for name in shipped_policies()]
        for compiled in policies:
            publish_policy(self._emitter, compiled)
        for event in register(START):
            self._emit(event)
        self._emitter.flush(FLUSH_SECONDS_MAX)
        self.wait()
        return [compiled.policy for compiled in policies]

    def months(self) -> Iterator[Month]:
        """Play month after month; yields each when everything in it is answered."""
        people = cast(self._size, self._seed)
        named = {people.asks, people.refused, *people.others}
        began, it = time.monotonic(), Month()
        for window in windows(lives(self._size, self._seed), month_ends()):
            self._tick(window.end)
            for event in window.events:
                self._emit(event)
                it.by_type[event.type] += 1
                if event.subject is None or Star(event.controller, event.subject) in named:
                    it.of_story.append(event)
            while self._answered(it, window.end):
                pass
            if window.ends_month:
                it.at, it.events, it.seconds = window.end, sum(it.by_type.values()), time.monotonic() - began
                self.events += it.events
                yield it
                began, it = time.monotonic(), Month()
        self.wait()
        self.holders.listen()
        self.violations += [fields for _, fields in self._violations.new()]

    def _tick(self, at: int) -> None:
        """Let a time come, and go on when it stands in every partition: the same lives then give the same log, offset by offset."""
        send_time(self._sender, at, "simulated")
        self._sender.finish(seconds=FLUSH_SECONDS_MAX)
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while self._positions.broadcast_next() <= self._sender.last_offset(REGISTER, 0):
            self.worker.check()
            if time.monotonic() > deadline:
                raise DependencyError("cannot go on: the tick was not copied into every partition in time", hint=f"read {self.worker.log}")
            time.sleep(POLL_SECONDS)

    def wait(self) -> None:
        """Wait until all that is on the log is answered. Raises: LedgerError, also when the worker has ended."""

        def pause(seconds: float) -> None:
            self.worker.check()
            time.sleep(min(seconds, POLL_SECONDS))

        wait_until_answered(self._admin, self._positions, partitions=self.partitions, seconds=ANSWER_SECONDS_MAX, pause=pause)

    def _answered(self, it: Month, now: int) -> bool:
        """Wait for the processors and let the holders act; whether that calls for more at once."""
        self._emitter.flush(FLUSH_SECONDS_MAX)
        self.wait()
        before = Counter({name: self.holders.count(name) for name in OUTCOMES})
        self.holders.listen()
        it.outcomes.update({name: self.holders.count(name) - before[name] for name in OUTCOMES})
        found = [fields for _, fields in self._violations.new()]
        it.violations += len(found)
        self.violations += found
        more = self.holders.act(now, lambda deed: self._emitter.emit_soon(deed.type, subject=deed.subject, **deed.fields))
        self._emitter.flush(FLUSH_SECONDS_MAX)
        return more

    def _emit(self, event: Happening) -> None:
        self._emitter.emit_soon(
            event.type, subject=event.subject, event_id=event.event_id, occurred_at=event.occurred_at, controller=event.controller,
            source=event.source, **event.fields,
        )  # fmt: skip


OUTCOMES = ("ObligationRaised", "ObligationMet", "ObligationCancelled", "ObligationOverdue")


def month_ends() -> list[int]:
    """The first moment after each month of the demo, microseconds since 1970 UTC."""
    first = EPOCH + timedelta(microseconds=START)
    moments = (datetime(first.year + (first.month + n) // 12, (first.month + n) % 12 + 1, 1, tzinfo=UTC) for n in range(10_000))
    ends = ((moment - EPOCH) // timedelta(microseconds=1) for moment in moments)
    return list(takewhile(lambda at: at <= END, ends))
