"""Runs the parts of a worker side by side, each in a thread, and begins a part anew when Kafka or PostgreSQL went away.

What stops the worker: an `OperatorError` (a person must look), or an error nobody expected. What does not: a `DependencyError`, with a growing
pause and without end; a fence, if it does not come again and again. A stop is over within STOP_SECONDS_MAX, whatever hangs. Parts share nothing
but this process and the ledger that it began on: a rebalance of the projector does not hold up the broadcaster.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from ledger import metrics
from ledger.adapters.postgres_duties import Name
from ledger.diagnostics import Logger, frames_of, logger
from ledger.errors import CallerError, DependencyError, FencedError, LedgerError, OperatorError
from ledger.settings import Settings, load_settings
from processors.broadcaster import broadcast
from processors.forgetter import forget, may_forget
from processors.leading import Work, lead
from processors.log_checks import LogCheck
from processors.relay import relay
from processors.ticker import tick
from processors.watcher import watch

Run = Callable[[Settings, LogCheck, threading.Event], None]

PAUSE_SECONDS_FIRST: Final = 0.2
PAUSE_SECONDS_MAX: Final = 5.0
#: A part that ran this long has recovered: the next pause is short again.
HEALTHY_SECONDS: Final = 30.0
#: Fences within FENCE_WINDOW_SECONDS before the worker gives up: one is a rebalance, many are two workers at one partition.
FENCES_MAX: Final = 5
FENCE_WINDOW_SECONDS: Final = 60.0
STOP_SECONDS_MAX: Final = 8.0
#: How late a signal may be heard.
LISTEN_SECONDS: Final = 0.1


class Supervisor:
    """The parts of one worker. `run` returns when they have ended; `stop` may be called from a signal handler, at any moment."""

    def __init__(self, settings: Settings, parts: Sequence[str]) -> None:
        self._settings = settings
        self._parts = list(parts)
        self._check = LogCheck()
        self._stop = threading.Event()
        self._is_asked_to_stop = False
        self._error: BaseException | None = None
        self._log = logger("worker")

    def stop(self) -> None:
        """Ask all parts to end. Takes no lock: a signal handler may run while the main thread holds it."""
        self._is_asked_to_stop = True

    def run(self) -> None:
        """Run until stopped. Ends the process itself if a part does not end in time after a stop that was asked for.

        Raises:
            LedgerError: what stopped the worker.
        """
        threads = [threading.Thread(target=self._keep_running, args=(part,), name=f"ledger-{part}", daemon=True) for part in self._parts]
        self._log.info("worker_started", parts=self._parts)
        for thread in threads:
            thread.start()
        # In steps: a signal that comes just before the wait does not end it, its handler runs at the next step.
        while not (self._is_asked_to_stop or self._stop.wait(LISTEN_SECONDS)):
            pass
        self._stop.set()
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        stuck = [thread.name for thread in threads if thread.is_alive()]
        if stuck:
            self._log.warning("worker_cut_short", stuck=stuck, seconds=STOP_SECONDS_MAX)
            if self._error is None:
                os._exit(0)  # a part waits for a service that does not answer; PostgreSQL knows what was done
        self._log.info("worker_stopped")
        if self._error is not None:
            raise self._error

    def _keep_running(self, part: str) -> None:
        """Run one part again and again until the worker stops."""
        log, run, settings = logger(part), _run_of(part), self._settings
        fences: deque[float] = deque(maxlen=FENCES_MAX)
        pause = PAUSE_SECONDS_FIRST
        is_begun_anew = False
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                if is_begun_anew:
                    settings = _read_again(settings)
                is_begun_anew = True
                run(settings, self._check, self._stop)
                continue
            except FencedError as error:
                metrics.FENCES.labels(part).inc()
                fences.append(time.monotonic())
                if len(fences) == FENCES_MAX and fences[-1] - fences[0] < FENCE_WINDOW_SECONDS:
                    self._fail(part, error, log)
                    return
                log.warning("part_fenced", expected_offset=error.expected, got_offset=error.got)
            except DependencyError as error:
                log.warning("part_interrupted", error=str(error), pause_seconds=round(pause, 1))
            except BaseException as error:
                self._fail(part, error, log)
                return
            metrics.RESTARTS.labels(part).inc()
            if time.monotonic() - started > HEALTHY_SECONDS:
                pause = PAUSE_SECONDS_FIRST
            self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  so that workers do not come back in step
            pause = min(pause * 2, PAUSE_SECONDS_MAX)

    def _fail(self, part: str, error: BaseException, log: Logger) -> None:
        if isinstance(error, LedgerError):
            log.error("part_failed", error=str(error), remedy=error.hint)
        else:  # its message may hold a value; where it was raised tells as much to whoever can read the code
            log.error("part_failed", error=type(error).__name__, frames=frames_of(error))
            error = OperatorError(f"the {part} stopped: {type(error).__name__}", hint="report this with the lines above")
        self._error = self._error or error
        self._stop.set()


def _read_again(settings: Settings) -> Settings:
    """The settings as they are now: the embedded stack may have come back at other addresses.

    Raises:
        DependencyError: it is down.
    """
    try:
        return load_settings(home=settings.home)
    except CallerError as error:
        raise DependencyError(str(error), hint=error.hint) from error


def _run_of(part: str) -> Run:
    if part == "projector":
        return _project
    if part == "sealer":
        return _seal
    if part == "forgetter":
        return _forget
    if part == "watcher":
        return watch
    return {"broadcaster": _led("broadcaster", broadcast), "relay": _led("relay", relay), "ticker": _led("ticker", tick)}[part]


def _project(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
    from processors.session import run_projector  # Faust takes a second to import: not for a worker that does not fold

    run_projector(settings, check, stop)


def _seal(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
    from processors.sealer import seal  # with cryptography and an Avro writer: not for a worker that does not seal

    lead(settings, check, "sealer", seal, stop)


def _forget(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
    if may_forget(settings):  # before the duty is taken: another worker may have the right
        lead(settings, check, "forgetter", forget, stop)
    else:
        stop.wait()


def _led(name: Name, work: Work) -> Run:
    def run(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
        lead(settings, check, name, work, stop)

    return run
