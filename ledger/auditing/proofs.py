"""Whether one event is sealed, and its proof: an archive that is damaged is never taken for one that has not got to the event yet.

Source: docs/evidence.md sections 5 and 9; docs/http.md, "Persons".
"""

from __future__ import annotations

from base64 import b64decode
from enum import StrEnum
from typing import Any, NamedTuple

from ledger.auditing.bundles import Place, bundle
from ledger.auditing.sealed_archive import SealedArchive, folder_of
from ledger.errors import DataError, LedgerError
from ledger.evidence.entries import record_entry
from ledger.evidence.merkle import leaf_hash
from ledger.evidence.proofs import is_included
from ledger.sealing.archive import Archive
from ledger.sealing.sealed_log import SEALS_FOLDER


class Seal(StrEnum):
    """How an event stands."""

    SEALED = "SEALED"
    NOT_YET = "NOT_YET"
    DAMAGED = "DAMAGED"
    """Something was sealed, and the files that would tell cannot be read: the operator must look."""


class Proof(NamedTuple):
    """bundle: where it is SEALED. why: where the archive is DAMAGED, what of it; names files, never a value."""

    seal: Seal
    bundle: dict[str, Any] | None = None
    why: str | None = None


def proof_of(archive: Archive, place: Place) -> Proof:
    """How one event stands, and its bundle."""
    if not has_seals(archive):
        return Proof(Seal.NOT_YET)
    try:
        sealed = SealedArchive(archive)
        found = bundle(sealed, [place])
        if not _leads_to_root(sealed, place, found):
            return Proof(Seal.DAMAGED, why=f"cannot read {folder_of(*place[:2])}: the proof does not lead to the root that was sealed")
        return Proof(Seal.SEALED, found)
    except DataError:
        return Proof(Seal.NOT_YET)
    except LedgerError as error:
        return Proof(Seal.DAMAGED, why=str(error))
    except (ValueError, LookupError) as error:  # a file that is there, and holds something else
        return Proof(Seal.DAMAGED, why=f"cannot read the archive: {type(error).__name__}")


def _leads_to_root(sealed: SealedArchive, place: Place, found: dict[str, Any]) -> bool:
    """A byte that was changed in a tile or in the event itself: nothing else that makes the bundle would notice."""
    (log,), (record,) = found["logs"], found["records"]
    index = 1 + place.offset - sealed.genesis(place.topic, place.partition).first_offset
    leaf = leaf_hash(record_entry(place.partition, sealed.record(place.topic, place.partition, index, log["size"])))
    return is_included(leaf, index, log["size"], [b64decode(each) for each in record["proof"]], b64decode(log["root"]))


def has_seals(archive: Archive) -> bool:
    """Whether anything was ever sealed there."""
    return bool(archive.names(SEALS_FOLDER))
