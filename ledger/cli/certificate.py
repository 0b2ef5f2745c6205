"""`ledger audit certificate`: what was erased, who says so and because of what, with the proofs; or in plain words."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import typer

from ledger.cli.audit_replay import ArchiveFolder
from ledger.cli.policy_explain import Lang
from ledger.errors import CallerError


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
    from ledger.packing.certificates import bundle_of, certified
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
