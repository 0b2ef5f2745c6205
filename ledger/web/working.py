"""Whether anybody folds: pages say so when nobody does, since what is recorded meanwhile is not on them. Looked at every few seconds at most."""

from __future__ import annotations

import threading
import time
from typing import Final

from ledger.adapters.postgres_workers import look_at_work
from ledger.errors import LedgerError

LOOK_SECONDS: Final = 5.0


class Working:
    """For all threads of a server. It is one short question to PostgreSQL; who cannot ask it, says nothing."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._lock = threading.Lock()
        self._looked_at = -LOOK_SECONDS
        self._is_nobody = False

    def is_nobody(self) -> bool:
        """No worker has a session, and none leads a duty: sessions of another user may be hidden, the locks of duties are not."""
        if self._lock.acquire(blocking=False):  # who comes meanwhile gets what was so before
            try:
                if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                    self._is_nobody = self._look()
                    self._looked_at = time.monotonic()
            finally:
                self._lock.release()
        return self._is_nobody

    def _look(self) -> bool:
        try:
            work = look_at_work(self._dsn)
        except LedgerError:
            return False
        return not work.workers and not work.leading
