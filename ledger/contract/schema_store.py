"""The published schemas: find, parse and fingerprint them, each once and only when asked for.

Must never change a schema and never accept one from outside the package: a schema that is not in `schemas/ids.json`
does not exist. Source of the rules: schemas/README.md. Files are UTF-8 JSON, one Avro record each,
`<folder>/v<version>.avsc`.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, NamedTuple

from ledger.errors import CallerError, OperatorError

NAMESPACE: Final = "ledger"
Schema = dict[str, Any]


class SchemaVersion(NamedTuple):
    """One published version. schema_id: the frozen number in the wire format."""

    name: str
    version: int
    schema_id: int


class UnknownSchemaError(CallerError):
    """An event type, version or schema id that was never published. Use a name of `ledger schema show`."""


def folder_of(name: str) -> str:
    """Name the folder of an event type: `DataShared` lives in `data_shared`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def schema_root() -> Traversable:
    """Return the directory that holds the published schemas, wherever the package is installed."""
    return files("ledger._schemas")


@cache
def published() -> tuple[SchemaVersion, ...]:
    """List every published version, by schema id."""
    ids: dict[str, dict[str, int]] = json.loads(schema_root().joinpath("ids.json").read_text("utf-8"))
    rows = [
        SchemaVersion(full_name.removeprefix(NAMESPACE + "."), int(version), schema_id)
        for full_name, versions in ids.items()
        for version, schema_id in versions.items()
    ]
    return tuple(sorted(rows, key=lambda row: row.schema_id))


@cache
def _by_name() -> dict[str, dict[int, SchemaVersion]]:
    names: dict[str, dict[int, SchemaVersion]] = {}
    for row in published():
        names.setdefault(row.name, {})[row.version] = row
    return names


@cache
def _by_id() -> dict[int, SchemaVersion]:
    return {row.schema_id: row for row in published()}


def versions(name: str) -> tuple[SchemaVersion, ...]:
    """List the published versions of an event type, oldest first.

    Raises:
        UnknownSchemaError: no such event type.
    """
    try:
        found = _by_name()[name]
    except KeyError:
        raise UnknownSchemaError(
            "cannot find an event type: expected one of the published names, got another",
            hint="`ledger schema show` lists the event types",
        ) from None
    return tuple(found[version] for version in sorted(found))


def latest(name: str) -> SchemaVersion:
    """Return the newest published version of an event type. Raises: UnknownSchemaError."""
    return versions(name)[-1]


def find(name: str, version: int | None = None) -> SchemaVersion:
    """Return one published version of an event type, the newest when version is None. Raises: UnknownSchemaError."""
    known = versions(name)
    if version is None:
        return known[-1]
    for row in known:
        if row.version == version:
            return row
    raise UnknownSchemaError(f"cannot find {name} version {version}: expected a version from 1 to {known[-1].version}")


def find_by_id(schema_id: int) -> SchemaVersion | None:
    """Return the version that has this schema id, or None when the id was never given out."""
    return _by_id().get(schema_id)


def schema_bytes(row: SchemaVersion) -> bytes:
    """Return the bytes of a published file, exactly as frozen."""
    return schema_root().joinpath(folder_of(row.name), f"v{row.version}.avsc").read_bytes()


@cache
def schema(name: str, version: int | None = None) -> Schema:
    """Return the parsed JSON of one published version, docs included. Shared: do not change it.

    Raises: UnknownSchemaError.
    """
    loaded: Schema = json.loads(schema_bytes(find(name, version)))
    return loaded


def example(name: str) -> dict[str, Any]:
    """Return the example of an event type in the JSON Lines form, a new dict each time. Raises: UnknownSchemaError."""
    latest(name)
    loaded: dict[str, Any] = json.loads(schema_root().joinpath(folder_of(name), "example.json").read_text("utf-8"))
    return loaded


def fingerprint(row: SchemaVersion) -> str:
    """Return the SHA-256 of a published file's bytes, in hexadecimal."""
    return hashlib.sha256(schema_bytes(row)).hexdigest()


@cache
def frozen_fingerprints() -> dict[str, str]:
    """Read `fingerprints.txt`: `folder/v1.avsc` to the SHA-256 that was published.

    Raises:
        OperatorError: a line is not `<sha256>  <path>`.
    """
    frozen: dict[str, str] = {}
    for number, line in enumerate(schema_root().joinpath("fingerprints.txt").read_text("utf-8").splitlines(), start=1):
        digest, separator, path = line.partition("  ")
        if not separator or len(digest) != 64:
            raise OperatorError(f"cannot read fingerprints.txt line {number}: expected `<sha256>  <path>`, got another form")
        frozen[path] = digest
    return frozen


def _strip(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _strip(value) for key, value in node.items() if key not in ("logicalType", "doc", "iri", "iris", "terms")}
    if isinstance(node, list):
        return [_strip(item) for item in node]
    return node


@cache
def raw_schema(name: str, version: int | None = None) -> Schema:
    """Return a version without docs and logical types: instants stay integers and ids stay bytes.

    Raises: UnknownSchemaError.
    """
    stripped: Schema = _strip(schema(name, version))
    return stripped
