"""Questions for many threads: a few `Query`s, each with a connection of its own that sees the asker's controllers alone.

Also what an answer needs of Kafka, asked once a second by a thread and not by each answer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ledger.answers.asking import AsOf, Ends
from ledger.answers.wide_query import WideQuery, WideStore
from ledger.errors import DependencyError, LedgerError
from ledger.web.problems import unavailable

ENDS_SECONDS: Final = 1.0
ENDS_OLD_SECONDS: Final = 10.0
WAIT_SECONDS: Final = 5.0

MakeStore = Callable[[tuple[str, ...], str | None], WideStore]
"""(controllers, schema or None for the live one) -> a store of its own connection."""


class Pool:
    """Lends out queries: at most `size` at once for one set of controllers, the rest wait."""

    def __init__(self, make_store: MakeStore, ends: Ends, size: int) -> None:
        self._make_store, self._ends, self._size = make_store, ends, size
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, ...], queue.LifoQueue[WideQuery | None]] = {}

    @contextmanager
    def query(self, controllers: tuple[str, ...]) -> Iterator[WideQuery]:
        """One to ask with. Raises: Problem, all stay busy."""
        with self._lock:
            idle = self._idle.get(controllers)
            if idle is None:
                idle = self._idle[controllers] = queue.LifoQueue()
                for _ in range(self._size):
                    idle.put(None)
        try:
            found = idle.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise unavailable("too many questions are being answered") from None
        try:
            if found is None:
                found = WideQuery(self._make_store(controllers, None), self._ends)
            yield found
        finally:
            idle.put(found)

    def as_of(self, controllers: tuple[str, ...], schema: str, as_of: AsOf) -> WideQuery:
        """One for the projections of another moment; used once."""
        return WideQuery(self._make_store(controllers, schema), self._ends, as_of)


class SharedEnds:
    """The broker's end offsets, read every second while anybody asks. Raises DependencyError when the last answer is too old."""

    def __init__(self, read: Callable[[int], Sequence[int]]) -> None:
        self._read = read
        self._wanted = threading.Event()
        self._known: Sequence[int] = ()
        self._at = -ENDS_OLD_SECONDS
        self._partitions = 0
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def __call__(self, partitions: int) -> Sequence[int]:
        """End offset of each partition, at most ENDS_OLD_SECONDS old."""
        self._partitions = partitions
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ledger-ends", daemon=True)
            self._read_once()
            self._thread.start()
        self._wanted.set()
        if time.monotonic() - self._at > ENDS_OLD_SECONDS:
            raise DependencyError("cannot tell how far the log goes: Kafka does not answer")
        return self._known

    def close(self) -> None:
        """Let the thread end."""
        self._is_closed = True
        self._wanted.set()

    def _read_once(self) -> None:
        try:
            self._known, self._at = self._read(self._partitions), time.monotonic()
        except LedgerError:
            return

    def _run(self) -> None:
        while not self._is_closed:
            self._wanted.wait()
            self._wanted.clear()
            self._read_once()
            time.sleep(ENDS_SECONDS)
