"""Read the last `TimeReached` of topic `register`: the time of a simulated ledger.

Reads backwards from the end in growing chunks, since policies and recipients may have been registered after the last tick.
Must never join a group or commit an offset. Safe to repeat; leaves nothing behind.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ledger.contract import codec, schema_store
from ledger.errors import RefusedError
from ledger.sdk.receipts import KafkaUnreachableError
from ledger.topics import REGISTER

_CHUNK_FIRST: Final = 64
_CHUNK_MAX: Final = 8192
_POLL_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = 0.1
# Errors that pass by themselves while a broker starts or a leader moves.
_PASSING: Final = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
    }
)
_OPERATION: Final = "read the time of the ledger"


def read_last_tick(client: Mapping[str, Any], deadline: float) -> int:
    """Return the last tick in microseconds since 1970 UTC. client: how to reach the broker. deadline: time.monotonic().

    Raises:
        KafkaUnreachableError: the broker did not answer by the deadline.
        RefusedError: the ledger has no time yet.
    """
    refusal: RefusedError | None = None
    while True:
        try:
            return _read_once(client, deadline)
        except KafkaException as error:
            cause = error.args[0]
            if cause.code() not in _PASSING or deadline - time.monotonic() < _RETRY_SECONDS:
                # The last try may have had too little time to be answered; what was answered before says more.
                raise refusal or KafkaUnreachableError(_OPERATION, cause.name()) from None
        except KafkaUnreachableError as error:
            raise refusal or error from None
        except RefusedError as error:
            # A ledger gets its first tick when it is made, so none usually means a broker that was killed and still finds its log's end again.
            refusal = error
            if deadline - time.monotonic() < _RETRY_SECONDS:
                raise
        time.sleep(_RETRY_SECONDS)


def _read_once(client: Mapping[str, Any], deadline: float) -> int:
    consumer = Consumer({**client, "group.id": "ledger-time", "enable.auto.commit": False, "auto.offset.reset": "error", "log_level": 0})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(REGISTER, 0), timeout=_left(deadline))
        end, chunk = high, _CHUNK_FIRST
        while end > low:
            start = max(low, end - chunk)
            tick = _last_tick_between(consumer, start, end, deadline)
            if tick is not None:
                return tick
            end, chunk = start, min(chunk * 4, _CHUNK_MAX)
    finally:
        consumer.close()
    raise RefusedError("cannot tell the time of this simulated ledger: expected a TimeReached, got none", hint="ledger tick TIME")


def _last_tick_between(consumer: Consumer, start: int, end: int, deadline: float) -> int | None:
    """Return the last tick with start <= offset < end, or None."""
    consumer.assign([TopicPartition(REGISTER, 0, start)])
    tick, position = None, start
    while position < end:
        for record in consumer.consume(end - position, timeout=min(_left(deadline), _POLL_SECONDS)):
            error = record.error()
            if error is not None:
                raise KafkaException(error)
            position = int(record.offset() or 0) + 1
            value = record.value()
            if position <= end and value is not None and value[:5] in _tick_headers():
                tick = int(codec.decode(value)[1]["time"])
    return tick


def _tick_headers() -> frozenset[bytes]:
    """The first five bytes of a TimeReached, in any version: other records are passed over without decoding."""
    return frozenset(b"\0" + row.schema_id.to_bytes(4, "big") for row in schema_store.versions("TimeReached"))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise KafkaUnreachableError(_OPERATION, "no answer in time")
    return left
