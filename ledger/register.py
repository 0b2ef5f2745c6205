"""Publishes time: `TimeReached` on topic `register`, from where the broadcaster copies it into every partition of `facts`.

Time never goes backwards and, on a real ledger, never ahead of the clocks: that is the caller's part (`ledger tick` refuses a real ledger, the
ticker takes the smaller of two clocks), the fold holds to it once more. A time may be published twice: the fold finds nothing more due at the
second, so whoever does not know whether it arrived may repeat it. Source: docs/life-of-an-event.md, step 7.
"""

from __future__ import annotations

import time as clock
from datetime import datetime

from ledger.adapters.kafka_sender import KafkaSender
from ledger.adapters.kafka_time import read_last_tick
from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.contract.json_form import datetime_to_instant
from ledger.core.events import message_key
from ledger.errors import CallerError, RefusedError
from ledger.sdk.event_ids import IdMaker
from ledger.settings import Settings
from ledger.topics import REGISTER, Mode

CONTROLLER = "ledger"  # time belongs to the installation, not to one hoster
SOURCE = "tick"
SEND_SECONDS_MAX = 30.0

_ids = IdMaker()


def publish_time(settings: Settings, time: datetime, mode: Mode) -> int:
    """Publish that a time has come, and return its offset in `register` once the broker has acknowledged it. Does not judge the time.

    time: aware.

    Raises:
        CallerError: the time is naive.
        DependencyError: Kafka did not acknowledge in time, and the time may have come or not; publishing it again is harmless.
    """
    if time.tzinfo is None:
        raise CallerError("cannot publish a time: expected one with an offset, got none", hint="add +00:00")
    sender = KafkaSender(settings, client_id="ledger-tick")
    try:
        send_time(sender, datetime_to_instant(time), mode)
        sender.finish(seconds=SEND_SECONDS_MAX)
        return sender.last_offset(REGISTER, 0)
    finally:
        sender.close()


def send_time(sender: KafkaSender, at: int, mode: Mode) -> None:
    """Queue one `TimeReached`; at: microseconds since 1970."""
    fields = {
        "event_id": _ids.event_id(),
        "controller": CONTROLLER,
        "occurred_at": at,
        "source": SOURCE,
        "salt": _ids.random16(),
        "time": at,
        "mode": mode.upper(),
    }
    value = codec.encode("TimeReached", fields)
    key = message_key(CONTROLLER, None).encode()
    sender.send(REGISTER, 0, key=key, value=value, headers=cloudevents_headers("TimeReached", fields))


def read_time(settings: Settings) -> int | None:
    """The last time that was published: microseconds since 1970, None when there was none.

    Raises:
        DependencyError: Kafka does not answer.
    """
    try:
        return read_last_tick(settings.kafka_client_config(), clock.monotonic() + SEND_SECONDS_MAX)
    except RefusedError:
        return None
