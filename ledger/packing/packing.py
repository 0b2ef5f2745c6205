"""A pack, file by file: the archive, the policies, the registers, the certificates, the page. Source: docs/evidence.md section 13."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.answers.erasures import Asked
from ledger.answers.query import Query
from ledger.answers.shapes import Freshness
from ledger.answers.shapes_erasure import CertificateAnswer
from ledger.auditing.bundles import bundle
from ledger.auditing.sealed_archive import SealedArchive
from ledger.errors import DataError
from ledger.evidence.tiles import WIDTH
from ledger.folding.ports import Places
from ledger.packing.archive_part import Bound, Part, files_of, part_of
from ledger.packing.folder import PackFolder
from ledger.packing.index_page import Page, index_page
from ledger.packing.registers import registers
from ledger.packing.statements import schema_files, statements
from ledger.sealing.archive import Archive
from ledger.sealing.seals import keys_of_ledger_file
from ledger.topics import FACTS

FORMAT: Final = 1
PROVEN_STATEMENTS_MAX: Final = 1000
Certify = Callable[[Asked], tuple[CertificateAnswer, dict[str, Any]]]
"""What was asked -> the certificate and its bundle. Raises: DataError, while its outcomes are not sealed."""


class Wanted(NamedTuple):
    """What goes in. begin, end: rounds of sealing whose records do; None: from the first, to the newest."""

    begin: Bound | None = None
    end: Bound | None = None
    controller: str | None = None
    certificates: int = 100


class Queries(NamedTuple):
    """The ledger as it is, and as of the moment of which the registers are: mostly the same."""

    now: Query
    then: Query


class Packed(NamedTuple):
    """What is in a pack. manifest_sha256: empty when nothing was written.

    waiting: certificates whose outcomes are not sealed yet. more_certificates: the range has more erasures than were asked for.
    """

    part: Part
    files: int
    size: int
    statements: int
    registers: int
    certificates: int
    waiting: int
    more_certificates: bool
    manifest_sha256: str


def pack(
    folder: PackFolder, archive: Archive, sealed: SealedArchive, queries: Queries, certify: Certify, wanted: Wanted, on_file: Callable[[float], None]
) -> Packed:
    """Put everything in. on_file: is told the share that is done.

    Raises:
        DataError: nothing is sealed in that range. OperatorError: the archive lacks a file.
    """
    part = part_of(sealed, wanted.begin, wanted.end)
    _archive(folder, archive, sealed, part, on_file)
    folder.add("keys.txt", "".join(f"{key}\n" for key in keys_of_ledger_file(archive.read("ledger.json"))).encode())
    controllers = _statements(folder, sealed, part, wanted.controller)
    for path, data in schema_files():
        folder.add(path, data)
    counts = []
    for number, controller in enumerate(controllers):
        for each in registers(queries.then, controller):
            folder.add_json(each.path, each.said)
            counts.append((controller, each.title, each.path, ", ".join(f"{count} {what}" for what, count in each.counts)))
        on_file(0.7 + 0.2 * (number + 1) / len(controllers))
    places = None if wanted.begin is None and wanted.end is None else {each.partition: each.offsets for each in part.logs if each.topic == FACTS}
    certificates = _certificates(folder, queries.now, certify, controllers, places, wanted.certificates)
    names = certificates.names
    folder.add("index.html", index_page(_page(sealed, part, counts, names, queries.then.freshness())))
    on_file(1.0)
    digest = folder.finish(_about(sealed, part))
    policies, (_, waiting, more) = _count(folder, "policies/", ".yaml"), certificates
    return Packed(part, len(folder.files) + 2, folder.size, policies, len(counts), len(names), waiting, more, digest)


def _archive(folder: PackFolder, archive: Archive, sealed: SealedArchive, part: Part, on_file: Callable[[float], None]) -> None:
    entries = sum(each.size for each in part.logs) or 1
    expected = max(1, entries // 128)
    for number, (path, content) in enumerate(files_of(archive, sealed, part)):
        if isinstance(content, Path):
            folder.copy(path, content)
        else:
            folder.add(path, content)
        on_file(0.7 * min(1.0, number / expected))


def _statements(folder: PackFolder, sealed: SealedArchive, part: Part, only: str | None) -> list[str]:
    """Write the policies; return their controllers."""
    said, places, controllers = [], [], dict[str, None]()
    for each in statements(sealed, part):
        if only not in (None, each.controller):
            continue
        folder.add(f"{each.path}.yaml", each.text.encode())
        folder.add(f"{each.path}.json", each.compiled.encode())
        said.append(each.about)
        places.append(each.place)
        controllers[each.controller] = None
    folder.add_json("policies/policies.json", {"policies": said})
    if places:
        proven = {"policies": said[-PROVEN_STATEMENTS_MAX:]}
        folder.add_json("bundles/policies.json", bundle(sealed, places[-PROVEN_STATEMENTS_MAX:], proven))
    return list(controllers)


class _Certificates(NamedTuple):
    names: list[str]
    waiting: int
    more: bool


def _certificates(
    folder: PackFolder, query: Query, certify: Certify, controllers: Sequence[str], places: Places | None, limit: int
) -> _Certificates:
    """Write the certificates of the latest erasures, of those that facts at these places met."""
    names, waiting, more = [], 0, False
    for controller in controllers if limit else ():
        found = query.erasures_met(controller, within=places, limit=limit)
        more |= found.more
        for each in found.obligations:
            try:
                _, proven = certify(Asked(each.obligation_id))
            except DataError:
                waiting += 1
                continue
            name = f"bundles/erasure-{each.obligation_id.hex()}.json"
            folder.add_json(name, proven)
            names.append(name)
    return _Certificates(names, waiting, more)


def _about(sealed: SealedArchive, part: Part) -> dict[str, Any]:
    """What the manifest says beside the files."""
    return {
        "format": FORMAT, "ledger": sealed.ledger, "sealed_to": _moment(part.sealed_millis), "seals_size": sealed.seals.size,
        "rounds": list(part.rounds),
        "logs": [
            {"origin": each.origin, "size": each.size, "entries": [each.first, each.end], "payload": list(each.payload)} for each in part.logs
        ],
    }  # fmt: skip


def _page(sealed: SealedArchive, part: Part, counts: Sequence[tuple[str, str, str, str]], names: Sequence[str], registers_of: Freshness) -> Page:
    records = sum(max(0, each.size - 1) for each in part.logs)
    within = sum(min(each.payload[1] * WIDTH, each.size) - each.payload[0] * WIDTH for each in part.logs)
    is_partial = any(each.payload != (0, (each.size + WIDTH - 1) // WIDTH) for each in part.logs)
    about = [
        ("Sealed to", _moment(part.sealed_millis)), ("Rounds of sealing in the range", f"{part.rounds[0]} to {part.rounds[1]}"),
        ("Records on the sealed log", f"{records:,} in {len(part.logs)} logs"),
        ("Records in this pack", f"about {within:,}; of the others the hashes alone" if is_partial else "all"),
        ("Size of the seals log", str(sealed.seals.size)), ("Registers", _of_when(registers_of)),
    ]  # fmt: skip
    return Page(sealed.ledger, about, counts, names, is_partial, registers_of.simulated)


def _of_when(registers: Freshness) -> str:
    on = "" if registers.on is None else f", what was so on {_moment(registers.on // 1000)}"
    known_at = registers.known_at or ", ".join(f"{each.partition}:{each.next_offset - 1}" for each in registers.partitions)
    return f"as known at {known_at} of facts{on}"


def _moment(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _count(folder: PackFolder, prefix: str, suffix: str) -> int:
    return sum(str(each["path"]).startswith(prefix) and str(each["path"]).endswith(suffix) for each in folder.files)
