"""The policies in a pack, as published and as compiled, from the sealed records of the register; the law they carry; the schemas."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from ledger.auditing.bundles import Place
from ledger.auditing.sealed_archive import SealedArchive
from ledger.contract import codec, schema_store
from ledger.contract.json_form import instant_to_text
from ledger.errors import DataError, LedgerError
from ledger.packing.archive_part import Part
from ledger.topics import REGISTER


class Statement(NamedTuple):
    """One published version. about: what policies/policies.json says of it."""

    controller: str
    path: str
    text: str
    compiled: str
    place: Place
    about: dict[str, Any]


def statements(sealed: SealedArchive, part: Part) -> Iterator[Statement]:
    """Every version that is sealed, in the order of the register.

    Raises:
        DataError: a text is not the one whose hash stands beside it.
    """
    for log in part.logs:
        if log.topic != REGISTER:
            continue
        for record in sealed.records(log.topic, log.partition, 1, log.size):
            try:
                kind, fields = codec.decode(record.value or b"")
            except LedgerError:
                continue  # what nobody can read is a dead letter
            if kind == "PolicyPublished":
                yield _statement(fields, Place(log.topic, log.partition, record.offset))


def _statement(fields: dict[str, Any], place: Place) -> Statement:
    if hashlib.sha256(fields["text"].encode()).hexdigest() != fields["text_hash"]:
        raise DataError(f"cannot pack the policy at {place.topic}-{place.partition} offset {place.offset}: its text has another hash than it says")
    path = f"policies/{safe(fields['controller'])}/{place.offset}-{safe(fields['policy'])}-{safe(fields['version'])}"
    law = json.loads(fields["compiled"]).get("law") or {}
    event = {"topic": place.topic, "partition": place.partition, "offset": place.offset, "event_id": fields["event_id"].hex()}
    about = {
        "controller": fields["controller"], "policy": fields["policy"], "version": fields["version"], "text_sha256": fields["text_hash"],
        "in_force_from": instant_to_text(fields["in_force_from"]), "text": f"{path}.yaml", "compiled": f"{path}.json",
        "compiled_sha256": hashlib.sha256(fields["compiled"].encode()).hexdigest(), "law": law.get("law"), "law_version": law.get("version"),
        "event": event,
    }  # fmt: skip
    return Statement(fields["controller"], path, fields["text"], fields["compiled"], place, about)


def schema_files() -> Iterator[tuple[str, bytes]]:
    """The published schemas and their ids: what the bytes of records mean."""
    yield from _below(schema_store.schema_root(), "schemas")


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir() and not each.name.startswith(("_", ".")):
            yield from _below(each, f"{path}/{each.name}")
        elif each.name.endswith((".avsc", ".json")):
            yield f"{path}/{each.name}", each.read_bytes()


def safe(name: str) -> str:
    """A name as a part of a path: nothing in it leads elsewhere."""
    return re.sub(r"[^A-Za-z0-9_-]|^(?=$)", "_", name)[:100]
