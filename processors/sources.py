"""Which services were heard, and when last: gathered by the fold, taken by the watcher. For two threads."""

from __future__ import annotations

import threading
from collections.abc import Mapping


class Sources:
    """Name of a source -> the broker's time of its latest fact, microseconds since 1970."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[str, int] = {}

    def note(self, heard: Mapping[str, int]) -> None:
        """Take in what a batch brought; the later moment counts."""
        with self._lock:
            for source, at in heard.items():
                if at > self._heard.get(source, 0):
                    self._heard[source] = at

    def take(self) -> dict[str, int]:
        """All that was noted since the last time."""
        with self._lock:
            heard, self._heard = self._heard, {}
        return heard


HEARD = Sources()
"""Of this process: one worker has one fold and one watcher."""
