"""Chance that repeats itself: the same seed gives the same lives on every machine and every version of Python.

Pure, and not for secrets. A hundred bytes of state for each life, where `random.Random` holds 2.5 kB: 100,000 customers are alive at once.
Source: SplitMix64 (Steele, Lea, Flood 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
_MASK = (1 << 64) - 1
_STEP = 0x9E37_79B9_7F4A_7C15


class Dice:
    """One stream of chance. `fork` gives a stream of its own to a part of a life, so that a change there moves nothing elsewhere."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def number(self) -> int:
        """Draw 64 bits."""
        self._state = (self._state + _STEP) & _MASK
        mixed = self._state
        mixed = ((mixed ^ mixed >> 30) * 0xBF58_476D_1CE4_E5B9) & _MASK
        mixed = ((mixed ^ mixed >> 27) * 0x94D0_49BB_1331_11EB) & _MASK
        return mixed ^ mixed >> 31

    def fork(self) -> Dice:
        """Draw a stream of its own."""
        return Dice(self.number())

    def chance(self, percent: int) -> bool:
        """Say yes in so many of a hundred draws."""
        return self.number() % 100 < percent

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + self.number() % (high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one of the items; an item that stands there twice comes twice as often."""
        return items[self.number() % len(items)]

    def ref(self, kind: str, digits: int = 8) -> str:
        """Make a reference such as `order-7f3a9c21`: it says nothing about anybody."""
        return f"{kind}-{self.number() >> 64 - 4 * digits:0{digits}x}"
