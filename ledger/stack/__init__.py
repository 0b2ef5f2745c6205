"""The embedded stack: Apache Kafka and PostgreSQL from packages, for the demo, the tests and small installations.

Needs the extra `embedded`. `up(home, simulated=True)` returns a `Running` that ends with its `with` block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.stack.lifecycle import Running, down, up

__all__ = ["Running", "down", "up"]


def __getattr__(name: str) -> object:
    """Load on first use: the jar lock and the settings template are read from here without psutil and Kafka."""
    if name in __all__:
        from ledger.stack import lifecycle

        return getattr(lifecycle, name)
    raise AttributeError(name)
