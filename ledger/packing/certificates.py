"""Certificates of erasures with the proofs of what they rest on. Source: docs/evidence.md."""

from __future__ import annotations

from typing import Any

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_erasure import CertificateAnswer
from ledger.auditing.bundles import bundle, places_in
from ledger.auditing.outcomes import Key, SealedOutcomes
from ledger.auditing.sealed_archive import SealedArchive
from ledger.contract import codec
from ledger.core.ids import subject_id
from ledger.errors import LedgerError
from ledger.evidence.entries import Record


def certified(query: Query, sealed: SealedArchive, asked: Any) -> CertificateAnswer:
    """The certificate, with the places of outcomes on their own logs. asked: erasures.Asked."""
    return query.certificate(asked, SealedOutcomes(sealed, outcome_key).offset_of)


def bundle_of(sealed: SealedArchive, found: CertificateAnswer) -> dict[str, Any]:
    """The bundle of a certificate. Raises: DataError, when one of its events is not sealed."""
    answer = as_json(found)
    return bundle(sealed, places_in(answer), answer)


def outcome_key(record: Record) -> Key | None:
    """(offset in `facts` of what caused it, subject id) of an outcome; None for what somebody else wrote there."""
    try:
        _, fields = codec.decode(record.value or b"")
        return fields["log_offset"], subject_id(fields["controller"], fields["subject_ref"])
    except (LedgerError, KeyError):
        return None
