"""Says which time it is, on a real ledger: `TimeReached` every minute. On a simulated ledger time comes from `ledger tick` alone.

The time is the smaller of this machine's clock and the database's, and never goes backwards: a clock that runs ahead makes nothing due early.
A tick that was missed is caught up by the next one. One leader.
"""

from __future__ import annotations

import threading
import time

from ledger.adapters.kafka_sender import KafkaSender
from ledger.adapters.postgres_duties import Duty
from ledger.register import SEND_SECONDS_MAX, read_time, send_time
from ledger.settings import Settings
from processors.log_checks import Ledger


def tick(settings: Settings, ledger: Ledger, duty: Duty, stop: threading.Event) -> None:
    """Publish the time every `worker.tick_seconds` until told to stop. The caller has taken the duty.

    Raises:
        DependencyError: Kafka or PostgreSQL does not answer; call again.
    """
    if ledger.is_simulated:
        stop.wait()
        return
    last = read_time(settings) or 0
    sender = KafkaSender(settings, client_id="ledger-ticker")
    try:
        while True:
            now = min(time.time_ns() // 1000, duty.clock())
            if now > last:
                send_time(sender, now, "real")
                sender.finish(seconds=SEND_SECONDS_MAX)
                last = now
            if stop.wait(settings.worker.tick_seconds):
                return
    finally:
        sender.close()
