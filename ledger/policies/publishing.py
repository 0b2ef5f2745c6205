"""From a checked policy to the `PolicyPublished` event that makes it count.

Must never read or check a file (files.py does), or read the log: what stands there is given. The event id comes from the text and what it compiles
to, so the ledger drops a repeat: what would be dropped is said or refused here, before it is sent. Two who publish at the same moment do not see
each other; the fold then goes by the order of the register. Source: docs/policies.md section 4; the fields are those of `schemas/policy_published`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ledger.errors import RefusedError
from ledger.sdk.event_ids import derived_id, id_bytes, id_text

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

    The id depends on the text, on what it compiles to (amended law makes it another event) and on when it was announced.
    """
    announced = compiled.announced_at if announced_at is None else announced_at
    judged_by = hashlib.sha256(compiled.compiled_json.encode()).hexdigest()
    digest = hashlib.sha256(f"ledger policy {compiled.sha256} {judged_by} {announced}".encode()).digest()
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


def decoded_event(compiled: CompiledPolicy) -> dict[str, Any]:
    """The same as it would stand decoded: its id as bytes, and None where it was not announced."""
    fields = policy_event(compiled)
    return {"announced_at": None, **fields, "event_id": id_bytes(fields["event_id"])}


def stands_already(event: Mapping[str, Any], published: Sequence[Mapping[str, Any]]) -> int | None:
    """Say whether publishing changes nothing: the place in `published` of the same event, when it is the one that counts; None when it is news.

    event: as `policy_event` answers it. published: the fields of every PolicyPublished of this controller on the register, in its order. Of
    those that are in force from the same moment the last one counts.

    Raises:
        RefusedError: another text stands under this version, or the same text stood and was replaced: the ledger would take it for a repeat.
    """
    name = f"{event['policy']} {event['version']}"
    named = [each for each in published if (each["policy"], each["version"]) == (event["policy"], event["version"])]
    if any(each["text_hash"] != event["text_hash"] for each in named):
        raise RefusedError(
            f"cannot publish {name}: expected the text that stands on the register under this version, got another",
            hint="give the new text a version of its own; `ledger policy show --published CONTROLLER` shows what stands",
        )
    places = [place for place, each in enumerate(published) if each["in_force_from"] == event["in_force_from"]]
    again = [place for place in places if published[place]["event_id"] == id_bytes(event["event_id"])]
    if again and again[-1] == places[-1]:
        return again[-1]
    if named and published[places[-1]]["text_hash"] != event["text_hash"]:
        raise RefusedError(
            f"cannot publish {name}: expected a text that is new, got one that stood and was replaced by version {published[places[-1]]['version']}",
            hint="to go back to it, publish it under a new version",
        )
    if again:
        raise RefusedError(
            f"cannot publish {name}: expected an announcement that is new, got one that stood and was replaced", hint="publish it under a new version"
        )
    return None
