"""From a checked policy to the `PolicyPublished` event that makes it count.

Must never read or check a file (files.py does). Publishing the same text twice is harmless: the event id comes from
the text, so the ledger knows the repeat. Source: docs/policies.md section 4; the fields are those of `schemas/policy_published`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ledger.sdk.event_ids import derived_id, id_text

if TYPE_CHECKING:
    from ledger.policies.files import CompiledPolicy

R_co = TypeVar("R_co", covariant=True)


class Emits(Protocol[R_co]):
    """An emitter, sync or asyncio, or the recorder: its answer is ours."""

    def emit(self, type_name: str, **fields: Any) -> R_co: ...


def publish_policy(emitter: Emits[R_co], compiled: CompiledPolicy, *, announced_at: int | None = None) -> R_co:
    """Emit a policy and answer what the emitter answers. announced_at: instead of the day that the file names."""
    return emitter.emit("PolicyPublished", **policy_event(compiled, announced_at=announced_at))


def policy_event(compiled: CompiledPolicy, *, announced_at: int | None = None) -> dict[str, Any]:
    """Answer the fields of the event, event id included; the time it occurred is left to the emitter.

    The id depends on the text and on when it was announced: the same text announced on another day is another event.
    """
    announced = compiled.announced_at if announced_at is None else announced_at
    digest = hashlib.sha256(f"ledger policy {compiled.sha256} {announced}".encode()).digest()
    event_id, _ = derived_id(digest, 0, compiled.in_force_from)
    fields = {
        "event_id": id_text(event_id),
        "controller": compiled.policy.controller,
        "policy": compiled.policy.name,
        "version": compiled.policy.version,
        "text": compiled.text,
        "text_hash": compiled.sha256,
        "compiled": compiled.compiled_json,
        "in_force_from": compiled.in_force_from,
    }
    return fields if announced is None else {**fields, "announced_at": announced}
