"""The privacy ledger: who holds what about whom, on which ground, until when.

Importing this package does no I/O and loads no Kafka client; the public names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.sdk.emit import Emitter
    from ledger.sdk.emit_async import AsyncEmitter
    from ledger.sdk.obligations import Obligations
    from ledger.sdk.obligations_async import AsyncObligations
    from ledger.sdk.receipts import Receipt
    from ledger.sdk.to_seal import ToSeal

__all__ = ["AsyncEmitter", "AsyncObligations", "Emitter", "Obligations", "Receipt", "ToSeal"]

_HOMES = {
    "AsyncEmitter": "ledger.sdk.emit_async",
    "AsyncObligations": "ledger.sdk.obligations_async",
    "Emitter": "ledger.sdk.emit",
    "Obligations": "ledger.sdk.obligations",
    "Receipt": "ledger.sdk.receipts",
    "ToSeal": "ledger.sdk.to_seal",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ledger' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
