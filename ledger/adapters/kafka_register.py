"""Reads the events of one type from topic `register`, from its first record to its end now: what has been published, whoever has copied it.

Must never judge them. Ticks, by far the most of the register, are passed over without decoding.
"""

from __future__ import annotations

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
    wanted = frozenset(b"\0" + row.schema_id.to_bytes(4, "big") for row in schema_store.versions(type_name))
    with KafkaLog(settings) as log:
        low, high = log.bounds(REGISTER, 0)
        for batch in log.read(REGISTER, 0, low, high, batch_records_max=_BATCH_RECORDS_MAX):
            for offset, milliseconds, _, value, _ in batch:
                if value is None or value[:5] not in wanted:
                    continue
                try:
                    yield Registered(offset, milliseconds * 1000, codec.decode(value)[1])
                except codec.DecodeError:
                    continue
