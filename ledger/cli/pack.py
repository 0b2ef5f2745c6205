"""`ledger audit pack`: what an auditor takes home, in one folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.asking import KnownAt, On
from ledger.cli.audit_replay import ArchiveFolder
from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.packing.archive_part import Bound
    from ledger.packing.folder import PackFolder
    from ledger.packing.packing import Packed


def pack(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write; must not be there yet, or be empty.")],
    begin: Annotated[str | None, typer.Option("--from", metavar="ROUND|DATE", help="Records sealed from then on. [default: all]")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="ROUND|DATE", help="Records sealed up to then. [default: all]")] = None,
    controller: Annotated[str | None, typer.Option("--controller", "-c", metavar="NAME", help="Registers of this one alone. [default: all]")] = None,
    on: On = None,
    known_at: KnownAt = None,
    certificates: Annotated[int, typer.Option(metavar="N", min=0, max=100_000, help="Of each, of the latest N erasures in the range.")] = 100,
    archive: ArchiveFolder = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would hold and how large it would be; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a pack: the sealed log, policies, registers, certificates of erasure, and a page that says how to check them without us.

    --on and --known-at: registers of that moment. --from and --to choose whose records are in it; hashes, checkpoints and seals are whole, always.
    `ledger-verify pack` checks it.
    """
    from ledger import failpoints
    from ledger.auditing.sealed_archive import SealedArchive
    from ledger.cli.asking import asking
    from ledger.cli.freshness import freshness_fields, freshness_line, read_freshness
    from ledger.cli.scanning import scan_progress
    from ledger.packing.certificates import bundle_of, certified
    from ledger.packing.packing import Queries, Wanted
    from ledger.packing.packing import pack as make_pack
    from ledger.sealing.archive import Archive
    from ledger.settings import load_settings

    wanted = Wanted(_bound("--from", begin, is_first=True), _bound("--to", end, is_first=False), controller, certificates)
    settings = load_settings()
    failpoints.arm(settings.failpoint)
    files = Archive(archive or settings.archive)
    sealed, freshness = SealedArchive(files), read_freshness(settings)
    with asking() as query, asking(on, known_at) as then, _folder(output, dry_run) as folder, scan_progress("packing") as progress:

        def certify(asked: Any) -> tuple[Any, dict[str, Any]]:
            found = certified(query, sealed, asked)
            return found, bundle_of(sealed, found)

        done = make_pack(folder, files, sealed, Queries(query, then), certify, wanted, progress)
    if as_json:
        print(json.dumps(_fields(done, output, dry_run) | {"freshness": freshness_fields(freshness)}))
    else:
        print("\n".join([*_lines(done, output, dry_run), freshness_line(freshness)]))


@contextmanager
def _folder(output: Path, dry_run: bool) -> Iterator[PackFolder]:
    from ledger.packing.folder import PackFolder, pack_folder

    if dry_run:
        yield PackFolder(None)
    else:
        with pack_folder(output.absolute()) as folder:
            yield folder


def _bound(option: str, text: str | None, *, is_first: bool) -> Bound | None:
    from ledger.moments import read_moment
    from ledger.packing.archive_part import Bound

    if text is None:
        return None
    if re.fullmatch(r"[1-9]\d{0,14}", text, re.ASCII):
        return Bound(number=int(text))
    try:
        moment = read_moment(text, is_first=is_first)
    except CallerError as error:
        raise CallerError(f"cannot read {option}: expected the number of a round, a day or a time", hint="for example 12 or 2026-01-31") from error
    return Bound(millis=(moment or 0) // 1000)


def _fields(done: Packed, output: Path, dry_run: bool) -> dict[str, Any]:
    return {
        "output": str(output), "written": not dry_run, "files": done.files, "bytes": done.size, "rounds": list(done.part.rounds),
        "logs": [{"origin": each.origin, "size": each.size, "payload": list(each.payload)} for each in done.part.logs],
        "policies": done.statements, "registers": done.registers, "certificates": done.certificates,
        "more_certificates": done.more_certificates, "not_sealed_yet": done.waiting,
        "manifest_sha256": None if dry_run else done.manifest_sha256,
    }  # fmt: skip


def _lines(done: Packed, output: Path, dry_run: bool) -> Iterator[str]:
    records, (first, last) = sum(max(0, each.size - 1) for each in done.part.logs), done.part.rounds
    what = "would pack" if dry_run else "packed"
    yield f"{what} {done.files:,} files, {done.size / 1e6:,.1f} MB: rounds {first} to {last} of {records:,} sealed records"
    yield f"  {done.statements} policies, {done.registers} registers, {done.certificates} certificates of erasure"
    if done.more_certificates:
        yield "  there are more certificates in that range: raise --certificates"
    if done.waiting:
        yield f"  {done.waiting} more erasures have no certificate yet: their outcomes are not sealed (ledger seal --once)"
    if not dry_run:
        yield f"  manifest {done.manifest_sha256}: note it apart from the pack"
        yield f"  check it with: ledger-verify pack {output} --key VKEY; {output / 'index.html'} says more"
