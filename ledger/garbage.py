"""How often a process that runs for long looks through its objects for garbage."""

from __future__ import annotations

import gc

Thresholds = tuple[int, int, int]
"""New objects before the youngest are looked through; how often that is done before the next older ones are, and those before the oldest."""


def spare(thresholds: Thresholds) -> None:
    """Once all is there that stays: never look through that again, and through the rest no oftener than this."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)
