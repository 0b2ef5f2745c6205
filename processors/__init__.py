"""The stream processors: what one worker runs. Light to import: the command line asks for the names alone."""

from __future__ import annotations

from typing import Final

PARTS: Final = ("projector", "broadcaster", "relay", "ticker", "forgetter", "watcher")
"""The parts of a worker, in the order in which they start."""
BY_CHOICE: Final = ("sealer",)
"""Parts that a worker has only when they are named: sealing needs a key."""
