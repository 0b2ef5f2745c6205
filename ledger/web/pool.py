"""Questions for many threads: a few `Query`s, each with a connection of its own that sees the asker's controllers alone.

Also what an answer needs of Kafka, asked once a second by a thread and not by each answer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Final, Protocol

from ledger.answers.asking import AsOf, Ends
from ledger.answers.wide_query import WideQuery, WideStore
from ledger.errors import DependencyError, LedgerError
from ledger.metrics.web import TURN_SECONDS
from ledger.web.problems import unavailable

ENDS_SECONDS: Final = 1.0
ENDS_OLD_SECONDS: Final = 10.0
WAIT_SECONDS: Final = 5.0

SETS_MAX: Final = 8
"""So many sets of controllers keep connections that nobody uses."""


class OwnStore(WideStore, Protocol):
    """A store with a connection of its own."""

    def close(self) -> None: ...


MakeStore = Callable[[tuple[str, ...], str | None], OwnStore]
"""(controllers, schema or None for the live one) -> a store of its own connection."""


class _Set:
    """The places of one set of controllers. asking: how many have one, or wait for one."""

    def __init__(self, size: int) -> None:
        self.asking = 0
        self.idle: queue.LifoQueue[tuple[OwnStore, WideQuery] | None] = queue.LifoQueue()
        for _ in range(size):
            self.idle.put(None)

    def close(self) -> None:
        """Close what is open. Only when nobody asks."""
        while not self.idle.empty():
            found = self.idle.get_nowait()
            if found is not None:
                found[0].close()


class Pool:
    """Lends out queries: at most `size` at once for one set of controllers, the rest wait. The sets asked about last keep their connections."""

    def __init__(self, make_store: MakeStore, ends: Ends, size: int) -> None:
        self._make_store, self._ends, self._size = make_store, ends, size
        self._lock = threading.Lock()
        self._sets: dict[tuple[str, ...], _Set] = {}

    @contextmanager
    def query(self, controllers: tuple[str, ...]) -> Iterator[WideQuery]:
        """One to ask with. Raises: Problem, all stay busy."""
        with self._lock:
            found = self._sets.pop(controllers, None)
            ours = self._sets[controllers] = _Set(self._size) if found is None else found  # last in order
            ours.asking += 1
        try:
            with self._lent(ours, controllers) as query:
                yield query
        finally:
            with self._lock:
                ours.asking -= 1
                left_over = self._left_over()
            for each in left_over:
                each.close()

    @contextmanager
    def _lent(self, ours: _Set, controllers: tuple[str, ...]) -> Iterator[WideQuery]:
        try:
            with TURN_SECONDS.labels("connection").time():
                found = ours.idle.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise unavailable("too many questions are being answered") from None
        try:
            if found is None:
                store = self._make_store(controllers, None)
                found = store, WideQuery(store, self._ends)
            yield found[1]
        finally:
            ours.idle.put(found)

    def close(self) -> None:
        """Close the connections that nobody has; they open again when needed."""
        with self._lock:
            every = list(self._sets.values())
            self._sets.clear()
        for each in every:
            each.close()

    def _left_over(self) -> list[_Set]:
        """Take out the sets that are too many and that nobody asks, those asked about longest ago first. Under the lock."""
        unused = [controllers for controllers, each in self._sets.items() if not each.asking]
        return [self._sets.pop(each) for each in unused[: max(0, len(self._sets) - SETS_MAX)]]

    @contextmanager
    def as_of(self, controllers: tuple[str, ...], schema: str, as_of: AsOf) -> Iterator[WideQuery]:
        """One for the projections of another moment; its connection is for this question alone."""
        with closing(self._make_store(controllers, schema)) as store:
            yield WideQuery(store, self._ends, as_of)


class SharedEnds:
    """The broker's end offsets, read every second while anybody asks. Raises DependencyError when the broker has given none for too long."""

    def __init__(self, read: Callable[[int], Sequence[int]]) -> None:
        self._read = read
        self._wanted, self._first = threading.Event(), threading.Lock()
        self._known: Sequence[int] = ()
        self._at = self._tried = -ENDS_OLD_SECONDS
        self._partitions = 0
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def __call__(self, partitions: int) -> Sequence[int]:
        """End offset of each partition, at most ENDS_OLD_SECONDS old. Who asks after nobody did for so long waits for the broker."""
        with self._first:
            self._partitions = partitions
            if time.monotonic() - self._tried > ENDS_OLD_SECONDS:
                self._read_once()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ledger-ends", daemon=True)
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
        finally:
            self._tried = time.monotonic()

    def _run(self) -> None:
        while not self._is_closed:
            self._wanted.wait()
            self._wanted.clear()
            self._read_once()
            time.sleep(ENDS_SECONDS)
