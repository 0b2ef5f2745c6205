"""A duty is done by one worker at a time: here a worker becomes its leader, and gives it up.

Must never hold a duty that it cannot do: whether log and database belong together is asked before the duty is taken, and every CHECK_SECONDS
while it is led. A worker whose Kafka does not answer leaves the duty to others until it does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from ledger import metrics
from ledger.adapters.postgres_duties import Duty, Name
from ledger.diagnostics import logger
from ledger.settings import Settings
from processors.log_checks import Ledger, LogCheck

#: Between two tries to become the leader of a duty.
LEAD_SECONDS: Final = 0.5
#: How old a check of the log may be when a duty is taken, and how often it is made again while leading.
CHECK_SECONDS: Final = 10.0
Work = Callable[[Settings, Ledger, Duty, threading.Event], None]


def lead(settings: Settings, check: LogCheck, name: Name, work: Work, stop: threading.Event) -> None:
    """Wait until the duty is free, then do it until told to stop.

    Raises:
        LedgerError: what ended the work, or the check that failed meanwhile. The duty has been given up.
    """
    metrics.LEADING.labels(name).set(0)  # shown from the start: a duty that nobody ever led is to be seen
    with Duty(settings.postgres_dsn(), name) as duty:
        ledger = _take(settings, check, duty, stop)
        if ledger is None:
            return
        logger(name).info("duty_taken")
        metrics.LEADING.labels(name).set(1)
        watch = _Watch(settings, check, stop)
        try:
            work(settings, ledger, duty, watch.ended)
        finally:
            watch.ended.set()
            metrics.LEADING.labels(name).set(0)
        watch.raise_failure()


def _take(settings: Settings, check: LogCheck, duty: Duty, stop: threading.Event) -> Ledger | None:
    """Become the leader; None: told to stop before."""
    while True:
        ledger, checked = check.require_same_log(settings), time.monotonic()
        while not duty.take():
            if stop.wait(LEAD_SECONDS):
                return None
        if time.monotonic() - checked < CHECK_SECONDS:
            return ledger
        duty.give_up()  # what was known when the waiting began may be so no more


class _Watch:
    """Checks the log beside the work, in a thread. ended: what the work gets as its stop; set by a stop and by a check that failed."""

    def __init__(self, settings: Settings, check: LogCheck, stop: threading.Event) -> None:
        self.ended = threading.Event()
        self._failure: Exception | None = None
        self._settings, self._check, self._stop = settings, check, stop
        threading.Thread(target=self._look, name="ledger-watch-log", daemon=True).start()
        threading.Thread(target=self._pass_on, name="ledger-watch-stop", daemon=True).start()

    def raise_failure(self) -> None:
        """Raise what the check found, if it found something."""
        if self._failure is not None:
            raise self._failure

    def _look(self) -> None:
        while not self.ended.wait(CHECK_SECONDS):
            try:
                self._check.require_same_log(self._settings)
            except Exception as error:
                self._failure = error
                self.ended.set()

    def _pass_on(self) -> None:
        while not self.ended.is_set():
            if self._stop.wait(LEAD_SECONDS):
                self.ended.set()
