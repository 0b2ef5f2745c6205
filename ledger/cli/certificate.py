"""`ledger audit certificate`: what was erased, who says so and because of what, with the proofs; or in plain words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from ledger.cli.audit_replay import ArchiveFolder
from ledger.cli.policy_explain import Lang
from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.answers.query import Query
    from ledger.answers.shapes_erasure import CertificateAnswer
    from ledger.auditing.outcomes import Key
    from ledger.auditing.sealed_archive import SealedArchive
    from ledger.evidence.entries import Record


def certificate(
    obligation: Annotated[UUID | None, typer.Argument(metavar="OBLIGATION", help="Id of an obligation to erase that was met.")] = None,
    subject_ref: Annotated[str | None, typer.Option("--subject", metavar="REF", help="All that was erased of a subject.")] = None,
    request_ref: Annotated[str | None, typer.Option("--request", metavar="REF", help="All that was erased because of a request.")] = None,
    controller: Annotated[str | None, typer.Option("--controller", "-c", metavar="NAME", help="The controller of that subject or request.")] = None,
    archive: ArchiveFolder = None,
    text: Annotated[bool, typer.Option("--text", help="Plain words to read and print, not the bundle with the proofs.")] = False,
    language: Annotated[Lang, typer.Option("--lang", help="With --text: English or Dutch.")] = Lang.EN,
) -> None:
    """Print the certificate of an erasure: who held what, when it had to go and went, because of what, who says so, and what was left and why.

    It is a bundle: `ledger-verify bundle` checks anywhere that every event it names is sealed. Ends with 1 while somebody still owes something.
    """
    by_name = subject_ref is not None or request_ref is not None
    if (obligation is None) != by_name or by_name != (controller is not None):
        what = "cannot certify: expected an obligation id, or --subject or --request with --controller"
        raise CallerError(what, hint="ledger audit certificate --help")
    from ledger.answers.erasures import Asked
    from ledger.auditing.sealed_archive import SealedArchive
    from ledger.cli.asking import asking
    from ledger.sealing.archive import Archive
    from ledger.settings import load_settings

    sealed = SealedArchive(Archive(archive or load_settings().archive))
    asked = Asked(None if obligation is None else obligation.bytes, controller, subject_ref, request_ref)
    with asking() as query:
        found = certified(query, sealed, asked)
    bundle = bundle_of(sealed, found)
    if text:
        from ledger.cli.certificate_text import certificate_lines

        print("\n".join(certificate_lines(found, "nl" if language is Lang.NL else "en")))
    else:
        print(json.dumps(bundle, indent=1))


def certified(query: Query, sealed: SealedArchive, asked: Any) -> CertificateAnswer:
    """The certificate, with the places of outcomes on their own logs. asked: erasures.Asked."""
    from ledger.auditing.outcomes import SealedOutcomes

    return query.certificate(asked, SealedOutcomes(sealed, outcome_key).offset_of)


def bundle_of(sealed: SealedArchive, found: CertificateAnswer) -> dict[str, Any]:
    """The bundle of a certificate. Raises: DataError, when one of its events is not sealed."""
    from ledger.answers.shapes import as_json
    from ledger.auditing.bundles import bundle, places_in

    answer = as_json(found)
    return bundle(sealed, places_in(answer), answer)


def outcome_key(record: Record) -> Key | None:
    """(offset in `facts` of what caused it, subject id) of an outcome; None for what somebody else wrote there."""
    from ledger.contract import codec
    from ledger.core.ids import subject_id
    from ledger.errors import LedgerError

    try:
        _, fields = codec.decode(record.value or b"")
        return fields["log_offset"], subject_id(fields["controller"], fields["subject_ref"])
    except (LedgerError, KeyError):
        return None
