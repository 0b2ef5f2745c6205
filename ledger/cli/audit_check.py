"""`ledger audit check`: an answer or a certificate that somebody holds, made again as it was known then, and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from ledger.cli.audit_replay import ArchiveFolder
from ledger.errors import CallerError, DataError

if TYPE_CHECKING:
    from ledger.answers.query import Query

_OF_THE_ASKING: Final = ("freshness", "known_at")
Difference = tuple[str, Any, Any]
"""(path within the answer, what the file says, what the ledger says)."""


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle of `audit prove --subject` or `audit certificate`, or the answer alone.")],
    archive: ArchiveFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make the answer in a bundle again, as it was known at the place that it names, and name everything in which it is another.

    `ledger-verify bundle` checks that the events are sealed; this, that the answer is the one that follows from them. Ends with 1 when it is not.
    """
    said = _answer_in(file)
    found = _again(said, archive)
    differences = list(differing(said, found))
    if as_json:
        told = [{"path": path, "file": one, "ledger": other} for path, one, other in differences]
        print(json.dumps({"same": not differences, "differences": told}))
    for path, one, other in differences if not as_json else ():
        print(f"{path}: the file says {json.dumps(one, ensure_ascii=False)}, the ledger {json.dumps(other, ensure_ascii=False)}")
    if differences:
        raise DataError(
            f"the answer is another one: {len(differences)} places differ", hint="ledger audit replay says whether this ledger is what was sealed"
        )
    if not as_json:
        who = f"{said['controller']} / {said['subject_ref']}"
        print(f"SAME  {who}: made again from the stored log as known then; `ledger audit replay` checks that log")


def differing(one: Any, other: Any, path: str = "") -> Iterator[Difference]:
    """Where two JSON values differ, but for what is of the asking and not of the answer."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other} - (set(_OF_THE_ASKING) if not path else set())):
            yield from differing(one.get(name), other.get(name), f"{path}.{name}" if path else name)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differing(left, right, f"{path}[{place}]")
    elif one != other:
        yield path, one, other


def _answer_in(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        said = said["answer"] if "records" in said else said
        if said["controller"] and said["subject_ref"] and said["freshness"]["partitions"]:
            return dict(said)
    except (OSError, ValueError, LookupError, TypeError):
        pass
    what = f"cannot check {file}: expected a bundle with the answer about a person"
    raise CallerError(what, hint="ledger audit prove --subject REF -c CONTROLLER > FILE")


def _again(said: dict[str, Any], archive: Path | None) -> Any:
    from ledger.answers.query import Position
    from ledger.answers.shapes import as_json
    from ledger.cli.asking import asking
    from ledger.moments import read_moment

    controller, subject_ref, (place, *_) = said["controller"], said["subject_ref"], said["freshness"]["partitions"]
    if said.get("certificate") == "erasure":
        known_at = f"{int(place['partition'])}:{int(place['next_offset']) - 1}"
        with asking(None, [known_at], person=(controller, subject_ref)) as query:
            return as_json(_certificate(query, said, archive))
    on, offset = said.get("on"), int(place["next_offset"]) - 1
    with asking() as query:
        known = Position(int(place["partition"]), offset) if said.get("known_at") is None else Position(None, int(said["known_at"].split(":")[-1]))
        return as_json(query.subject(controller, subject_ref, on=read_moment(on), known_at=known))


def _certificate(query: Query, said: dict[str, Any], archive: Path | None) -> Any:
    from ledger.answers.erasures import Asked
    from ledger.auditing.sealed_archive import SealedArchive
    from ledger.packing.certificates import certified
    from ledger.sealing.archive import Archive
    from ledger.settings import load_settings

    asked = Asked(None, said["controller"], None if said["request_ref"] else said["subject_ref"], said["request_ref"])
    if said["obligation_id"]:
        asked = Asked(UUID(said["obligation_id"]).bytes)
    return certified(query, SealedArchive(Archive(archive or load_settings().archive)), asked)
