"""Reads the events of one type from topic `register`, from its first record to its end now: what has been published, whoever has copied it.

Must never judge them. Ticks, by far the most of the register, are passed over without decoding.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from ledger.adapters.kafka_log import KafkaLog
from ledger.contract import codec, schema_store
from ledger.settings import Settings
from ledger.topics import REGISTER

_BATCH_RECORDS_MAX = 10_000


class Registered(NamedTuple):
    """One record of `register`. recorded_at: the broker's time, microseconds since 1970."""

    offset: int
    recorded_at: int
    fields: dict[str, Any]


def registered(settings: Settings, type_name: str) -> Iterator[Registered]:
    """Give the events of that type in the order of the register; those that cannot be decoded are left out, as the fold leaves them.

    Raises:
        DependencyError: Kafka does not answer. OperatorError: records are missing.
    """
    with KafkaLog(settings) as log:
        low, high = log.bounds(REGISTER, 0)
        yield from _events(log, type_name, low, high)


class Remembered:
    """The events of one type, kept: each look reads only what came since the last one. Safe to share between threads."""

    def __init__(self, settings: Settings, type_name: str) -> None:
        self._settings, self._type_name = settings, type_name
        self._lock = threading.Lock()
        self._found: list[Registered] = []
        self._next = 0

    def now(self, *, seconds: float) -> list[Registered]:
        """As `registered`, up to the end now. seconds: how long to wait for the broker's first answer. Raises: as `registered`."""
        with self._lock, KafkaLog(self._settings) as log:
            low, high = log.bounds(REGISTER, 0, seconds=seconds)
            found, first = (self._found, max(low, self._next)) if high >= self._next else ([], low)  # less than there was: made again
            self._found, self._next = [*found, *_events(log, self._type_name, first, high)], high
            return list(self._found)


def _events(log: KafkaLog, type_name: str, first: int, end: int) -> Iterator[Registered]:
    wanted = frozenset(b"\0" + row.schema_id.to_bytes(4, "big") for row in schema_store.versions(type_name))
    for batch in log.read(REGISTER, 0, first, end, batch_records_max=_BATCH_RECORDS_MAX):
        for offset, milliseconds, _, value, _ in batch:
            if value is None or value[:5] not in wanted:
                continue
            try:
                yield Registered(offset, milliseconds * 1000, codec.decode(value)[1])
            except codec.DecodeError:
                continue
