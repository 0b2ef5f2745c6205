"""Reads what the processors publish on one topic, from its beginning on, as the services of the demo do.

A plain consumer of all partitions without a group. Must never stop short: `new` reads up to the end that the broker names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from ledger.adapters.kafka_tail import KafkaTail
from ledger.contract import codec
from ledger.errors import DependencyError
from ledger.settings import Settings

SECONDS_MAX = 30.0
_RECORDS_MAX = 2_000


class TopicListener:
    """As a context manager it leaves the broker at the end."""

    def __init__(self, settings: Settings, topic: str, partitions: int, ends: Callable[[str, int], list[int]]) -> None:
        """ends: tells the next offset of each partition of a topic; not by these connections, on which it would wait for a fetch to end."""
        self._topic, self._ends = topic, ends
        self._open = ExitStack()
        self._tails = [self._open.enter_context(KafkaTail(settings, topic, partition)) for partition in range(partitions)]
        self._next = [0] * partitions
        for tail in self._tails:
            tail.start(0)

    def __enter__(self) -> TopicListener:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def new(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every record (type, fields) up to the present end of each partition.

        Raises:
            DependencyError: Kafka does not answer.
        """
        deadline = time.monotonic() + SECONDS_MAX
        for partition, end in enumerate(self._ends(self._topic, len(self._tails))):
            tail = self._tails[partition]
            while self._next[partition] < end:
                if time.monotonic() > deadline:
                    raise DependencyError(f"cannot read {self._topic}-{partition}: not done within {SECONDS_MAX:g} s", hint="ledger status")
                for offset, _, _, value, _ in tail.read(records_max=_RECORDS_MAX, seconds=0.2):
                    self._next[partition] = offset + 1
                    yield codec.decode(value or b"")
