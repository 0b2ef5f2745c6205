"""What is made in the background for many askers: one at a time, each once however many ask, and how far it is. Knows nothing of what is made.

What nobody has asked for since FORGOTTEN_SECONDS is not begun. A failure is told to who asks next, and then forgotten: who asks after that begins
anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ledger.errors import DependencyError, LedgerError, RefusedError
from ledger.replaying.rebuild import Stage, StoppedError

Make = Callable[[Callable[[Stage], None]], None]
"""Makes it, and reports how far it is; what it reports to raises StoppedError when it must end."""

WAITING_MAX: Final = 8
FORGOTTEN_SECONDS: Final = 120.0
_END_SECONDS: Final = 3.0
_WAITING: Final = Stage("waiting")


@dataclass(slots=True)
class _One:
    """What is asked for. asked_at, wanted_at: when first and when last. is_begun: its turn has come."""

    make: Make
    asked_at: float
    wanted_at: float
    stage: Stage = _WAITING
    is_begun: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


class Makings:
    """What is being made, and what waits for its turn, in order. For many threads."""

    def __init__(self, *, waiting_max: int = WAITING_MAX, now: Callable[[], float] = time.monotonic) -> None:
        self._waiting_max, self._now = waiting_max, now
        self._changed = threading.Condition()
        self._known: dict[str, _One] = {}  # in the order in which it was asked for
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def start(self, first: Callable[[], None]) -> None:
        """Begin with something that nobody waits for, and that may fail."""

        def tried() -> None:
            try:
                first()
            except LedgerError:
                return  # it is tried again before each making

        with self._changed:
            self._run(tried)

    def wait(self, key: str, make: Make, seconds: float) -> Stage | None:
        """Have it made, unless it is being made; wait until it is, or until it was first asked for so many seconds ago.

        Returns: None when it is made, or how far it is.
        Raises: whatever the making has raised. RefusedError, too much waits already.
        """
        with self._changed:
            self._forget()
            one = self._known.get(key)
            if one is None:
                if sum(not each.ended.is_set() for each in self._known.values()) >= self._waiting_max:
                    raise RefusedError("cannot answer as of then: too many other moments are asked for", hint="ask again in a moment")
                one = self._known[key] = _One(make, self._now(), self._now())
                self._run()
            one.wanted_at = self._now()
            self._changed.notify_all()
        one.ended.wait(max(0.0, one.asked_at + seconds - self._now()))
        if not one.ended.is_set():
            return one.stage
        if one.error is not None:
            with self._changed:
                if self._known.get(key) is one:
                    del self._known[key]
            raise one.error
        return None

    def close(self) -> None:
        """End what is being made; nothing is made any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_END_SECONDS)

    def _run(self, first: Callable[[], None] = lambda: None) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=(first,), name="ledger-making", daemon=True)
            self._thread.start()

    def _work(self, first: Callable[[], None]) -> None:
        first()
        while (found := self._next()) is not None:
            key, one = found
            error: Exception | None = None
            try:
                one.make(lambda stage, one=one: self._report(one, stage))  # type: ignore[misc]
            except StoppedError:
                error = DependencyError("cannot answer as of then: the server ends", hint="ask again in a moment")
            except Exception as failed:  # whoever asks is told
                error = failed
            self._end(key, one, error)

    def _next(self) -> tuple[str, _One] | None:
        with self._changed:
            while not self._is_closed:
                self._forget()
                found = next(((key, one) for key, one in self._known.items() if not one.ended.is_set()), None)
                if found is not None:
                    found[1].is_begun = True
                    return found
                self._changed.wait()
        return None

    def _report(self, one: _One, stage: Stage) -> None:
        if self._is_closed:
            raise StoppedError
        if stage.stage != "folding" and one.stage.total:  # records are counted while folding alone
            stage = Stage(stage.stage, one.stage.total, one.stage.total)
        one.stage = stage

    def _end(self, key: str, one: _One, error: Exception | None) -> None:
        with self._changed:
            one.error = error
            if error is None:
                del self._known[key]
            one.ended.set()

    def _forget(self) -> None:
        """What nobody has asked for lately: not begun, or failed."""
        since = self._now() - FORGOTTEN_SECONDS
        for key, one in list(self._known.items()):
            if one.wanted_at < since and (one.ended.is_set() or not one.is_begun):
                del self._known[key]
