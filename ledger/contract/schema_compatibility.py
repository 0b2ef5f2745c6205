"""Whether every stored version of an event reads what every other version wrote: FULL_TRANSITIVE, and never less.

A ledger is replayed for years: new code reads the oldest event, and an auditor's old code reads the newest. The
verdict is Apache Avro's own; the golden bytes in the tests show that it is also true of our reader. The only place
that imports avro. Source of the rules: Apache Avro 1.12, "Schema Resolution"; schemas/README.md.
"""

from __future__ import annotations

import itertools
import json
from typing import Any, NamedTuple

from ledger.contract import schema_store
from ledger.errors import CallerError, OperatorError


class Incompatibility(NamedTuple):
    """One version cannot read another. place: JSON pointers into the schema; why: Avro's words for the kind of break."""

    event: str
    reader: int
    writer: int
    place: str
    why: str


def compare(name: str, versions: dict[int, schema_store.Schema]) -> list[Incompatibility]:
    """Let every version read every other, both ways. versions: raw schemas by version number. An empty list means all
    can.

    Raises:
        CallerError: Apache's avro package is not installed.
    """
    try:
        import avro.schema
        from avro.compatibility import ReaderWriterCompatibilityChecker
    except ModuleNotFoundError:
        raise CallerError("cannot check compatibility: the package avro is not installed", hint="pip install 'privacy-ledger[dev]'") from None
    parsed = {version: avro.schema.parse(json.dumps(schema)) for version, schema in versions.items()}
    new_checker: Any = ReaderWriterCompatibilityChecker
    found: list[Incompatibility] = []
    for reader, writer in itertools.permutations(sorted(parsed), 2):
        # A fresh checker each time: it remembers pairs by the hash of its schemas, and defaults do not count in that.
        verdict = new_checker().get_compatibility(parsed[reader], parsed[writer])
        if verdict.compatibility.value != "compatible":
            kinds = ", ".join(sorted(kind.value for kind in verdict.incompatibilities))
            found.append(Incompatibility(name, reader, writer, ", ".join(sorted(verdict.locations)), kinds))
    return found


def check_published() -> list[Incompatibility]:
    """Compare all published versions of all events. Raises: CallerError, avro is not installed."""
    found: list[Incompatibility] = []
    for name in dict.fromkeys(row.name for row in schema_store.published()):
        stored = {row.version: schema_store.raw_schema(name, row.version) for row in schema_store.versions(name)}
        found += compare(name, stored)
    return found


def changed_files() -> list[str]:
    """List the published files whose bytes are not those that were frozen, or that fingerprints.txt does not know.

    Raises:
        OperatorError: fingerprints.txt names a file that ids.json does not publish.
    """
    frozen = schema_store.frozen_fingerprints()
    paths = {f"{schema_store.folder_of(row.name)}/v{row.version}.avsc": row for row in schema_store.published()}
    lost = sorted(frozen.keys() - paths.keys())
    if lost:
        raise OperatorError(f"cannot check schemas: expected ids.json to publish {lost[0]}, got no id", hint="a version is never removed")
    return [path for path, row in paths.items() if frozen.get(path) != schema_store.fingerprint(row)]
