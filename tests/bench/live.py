"""Facts at a steady rate until it is ended: `python -m tests.bench.live BOOTSTRAP_SERVERS RATE`. A process of its own, as services are."""

from __future__ import annotations

import sys
import time

from ledger import Emitter
from tests.bench.shares import CONTROLLER

SUBJECTS = 5_000
PAUSE_SECONDS = 0.01


def emit(servers: str, rate: float) -> None:
    """Milestones of SUBJECTS people in turn, `rate` a second."""
    with Emitter(controller=CONTROLLER, source="bench", bootstrap_servers=servers) as emitter:
        number, began = 0, time.monotonic()
        while True:
            while number < (time.monotonic() - began) * rate:
                emitter.soon.milestone(f"subj-{number % SUBJECTS:012x}", kind="LOGGED_IN")
                number += 1
            time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    emit(sys.argv[1], float(sys.argv[2]))
