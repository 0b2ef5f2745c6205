"""What an auditor takes along to check without us: the bundle of one person's answer, and the public keys that it is signed by.

The keys are those that sign, from this machine's secrets; never those that the archive names of itself, which whoever could rewrite the archive
could write too. Must never tell a private byte or a path. Sources: docs/evidence.md sections 8 and 9; docs/http.md, "Proofs".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from ledger.auditing.bundles import bundle
from ledger.auditing.proofs import has_seals
from ledger.auditing.sealed_archive import SealedArchive
from ledger.errors import DataError, OperatorError
from ledger.packing.persons import Resting, rests_on
from ledger.sealing.archive import Archive
from ledger.sealing.keys import NoKeyError, keys_of, public_keys
from ledger.settings import Settings
from ledger.web import json_schemas
from ledger.web.gate import principal_of
from ledger.web.persons import Looking, Person, require_now
from ledger.web.problems import Problem
from ledger.web.replying import JSON, freshness_headers, seen_by

NOTHING_SEALED: Final = "nothing is sealed yet, and a bundle shows that something is"
SOME_NOT_SEALED: Final = "an event of this person is not sealed yet"
NO_KEY: Final = "this server has no key that signs, so it knows no public one"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysAnswer:
    """The public keys that sign, the newest last: one, or two while one takes the other's place. As `ledger keys show --json`."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleAnswer:
    """A bundle, which `ledger-verify bundle` checks anywhere: docs/evidence.md section 9. answer: that of /v1/subjects/show.

    As `ledger audit prove --subject`: with every event about the person as it stands on the log.
    """

    format: int
    ledger: str
    seals: str
    logs: tuple[dict[str, Any], ...]
    records: tuple[dict[str, Any], ...]
    answer: dict[str, Any] | None


def routes(looking: Looking, settings: Settings) -> APIRouter:
    """The routes of this file."""
    router = APIRouter(prefix="/v1")

    @router.get("/keys", tags=["answers"], **json_schemas.answers(KeysAnswer, "The public keys that sign what is sealed"))
    def keys(request: Request) -> Response:
        try:
            signing = keys_of(settings.sealing.key.get_secret_value(), settings.sealing_key_file)
        except NoKeyError:
            raise Problem(409, NO_KEY, hint="ledger keys show, on the machine of the sealer") from None
        found = KeysAnswer(keys=tuple(public_keys(signing)))
        return Response(orjson.dumps(seen_by(request, found)), media_type=JSON)

    @router.post("/subjects/prove", tags=["persons"], **json_schemas.answers(BundleAnswer, "All that is known of one person, and proofs of it"))
    def prove(request: Request, person: Person) -> Response:
        require_now(person, "a bundle is of what is known now; /v1/subjects/as-of says more")
        with looking.turn():
            found: Resting = looking.looked(principal_of(request), person, rests_on)
            made = _sealed(settings.archive, found)
        return Response(orjson.dumps(seen_by(request, BundleAnswer(**made))), headers=freshness_headers(found.freshness), media_type=JSON)

    return router


def _sealed(archive: Path, found: Resting) -> dict[str, Any]:
    """The bundle, made after the look was told: also who learns that it cannot be made has looked. Raises: Problem 409; OperatorError."""
    if not has_seals(Archive(archive)):
        raise Problem(409, NOTHING_SEALED, hint="ledger seal --once")
    try:
        return bundle(SealedArchive(Archive(archive)), found.places, found.answer)
    except DataError:
        raise Problem(409, SOME_NOT_SEALED, hint="ask again after the next round of the sealer (LEDGER__SEALING__SECONDS)") from None
    except (ValueError, LookupError) as error:  # a file that is there, and holds something else
        raise OperatorError(f"cannot read the archive: {type(error).__name__}") from None
