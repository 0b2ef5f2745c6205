"""A bundle: some records of the log, with what shows that they are sealed. One JSON document, checked by `ledger-verify bundle` anywhere.

It shows that these records were sealed, unaltered, at these places; not that there are no others. Source: docs/evidence.md section 9.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from ledger.auditing.sealed_archive import Sealed, SealedArchive, folder_of
from ledger.errors import DataError
from ledger.sealing.sealed_log import SEALS_FOLDER

FORMAT: Final = 1


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int


def bundle(archive: SealedArchive, places: Collection[Place], answer: Any = None) -> dict[str, Any]:
    """The bundle of these records, in order of their places. answer: a JSON answer of the ledger that rests on them, or None.

    Raises:
        DataError: one of them is not sealed yet.
        OperatorError: the archive lacks a file.
    """
    genesis = {(topic, partition): archive.genesis(topic, partition) for topic, partition, _ in places}
    sealed = archive.sealed({each.origin for each in genesis.values()})
    records = []
    for topic, partition, offset in sorted(set(places)):
        found = sealed.get(genesis[topic, partition].origin)
        index = 1 + offset - genesis[topic, partition].first_offset
        if found is None or index >= found.checkpoint.size or index < 1:
            raise DataError(f"cannot prove {topic}-{partition} offset {offset}: it is not sealed yet", hint="ledger seal --once")
        record = archive.record(topic, partition, index, found.checkpoint.size)
        records.append({
            "origin": found.checkpoint.origin, "offset": record.offset, "timestamp": record.timestamp, "timestamp_type": record.timestamp_type,
            "key": _text(record.key), "value": _text(record.value), "headers": [[name, _text(value)] for name, value in record.headers],
            "proof": _texts(archive.proof(folder_of(topic, partition), index, found.checkpoint.size)),
        })  # fmt: skip
    logs = [
        _log(archive, topic, partition, each.text(), sealed[each.origin])
        for (topic, partition), each in sorted(genesis.items(), key=lambda item: item[1].origin)
    ]
    return {"format": FORMAT, "ledger": archive.ledger, "seals": archive.seals_note, "logs": logs, "records": records, "answer": answer}


def places_in(answer: Any) -> list[Place]:
    """The places of all events that an answer names."""
    if isinstance(answer, dict):
        own = [Place(answer["topic"], answer["partition"], answer["offset"])] if "event_id" in answer and answer.get("offset") is not None else []
        return [*own, *(place for each in answer.values() for place in places_in(each))]
    return [place for each in answer for place in places_in(each)] if isinstance(answer, list) else []


def _log(archive: SealedArchive, topic: str, partition: int, genesis: str, sealed: Sealed) -> dict[str, Any]:
    checkpoint, (at, text) = sealed.checkpoint, sealed.round
    return {
        "origin": checkpoint.origin, "size": checkpoint.size, "root": _text(checkpoint.root),
        "genesis": genesis, "genesis_proof": _texts(archive.proof(folder_of(topic, partition), 0, checkpoint.size)),
        "seal": {"index": sealed.place, "proof": _texts(archive.proof(SEALS_FOLDER, sealed.place, archive.seals.size))},
        "round": {"index": at, "entry": text.decode(), "proof": _texts(archive.proof(SEALS_FOLDER, at, archive.seals.size))},
    }  # fmt: skip


def _texts(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
