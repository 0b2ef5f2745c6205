"""The reading side of the Confluent schema registry protocol: standard tools decode our topics. Nothing can be registered: schemas are released.

Names are made as TopicRecordNameStrategy does: `facts-ledger.DataShared`. Source: Confluent Platform, Schema Registry API reference; docs/http.md.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Body, Response
from fastapi import Path as InPath

from ledger.contract import schema_store
from ledger.contract.schema_store import NAMESPACE, SchemaVersion
from ledger.core.events import EVENT_KINDS

MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
SUBJECT_NOT_FOUND, VERSION_NOT_FOUND, SCHEMA_NOT_FOUND = 40401, 40402, 40403
_OBJECT: Final[dict[str, Any]] = {"type": "object"}
_LEVEL: Final = "FULL_TRANSITIVE"
Name = Annotated[str, InPath(max_length=200, description="As facts-ledger.DataShared.")]


def routes() -> APIRouter:
    """The routes of this file."""
    router = APIRouter(tags=["schemas"])

    @router.get("/schemas/ids/{schema_id}", **_about("A schema by the id that stands in a record", _OBJECT, 404))
    def by_id(schema_id: Annotated[int, InPath(ge=0, le=2**31 - 1)]) -> Response:
        row = schema_store.find_by_id(schema_id)
        return _json({"schema": _text(row)}) if row else _error(SCHEMA_NOT_FOUND, "Schema not found")

    @router.get("/schemas/types", **_about("The kinds of schema", {"type": "array", "items": {"type": "string"}}))
    def kinds() -> Response:
        return _json(["AVRO"])

    @router.get("/subjects", **_about("The names under which schemas are kept", {"type": "array", "items": {"type": "string"}}))
    def names() -> Response:
        return _json(sorted(_types()))

    @router.get("/subjects/{name}/versions", **_about("Which versions one has", {"type": "array", "items": {"type": "integer"}}, 404))
    def versions(name: Name) -> Response:
        event = _types().get(name)
        return _json([row.version for row in schema_store.versions(event)]) if event else _error(SUBJECT_NOT_FOUND, "Subject not found.")

    @router.get("/subjects/{name}/versions/{version}", **_about("One version, or the latest", _OBJECT, 404, 422))
    def version(name: Name, version: Annotated[str, InPath(max_length=20, examples=["latest"])]) -> Response:
        event = _types().get(name)
        if event is None:
            return _error(SUBJECT_NOT_FOUND, "Subject not found.")
        if version != "latest" and not (version.isascii() and version.isdigit() and len(version) < 10):
            return _error(42202, "The specified version is not a valid version id", 422)
        known = {row.version: row for row in schema_store.versions(event)}
        row = schema_store.latest(event) if version == "latest" else known.get(int(version))
        return _json(_registered(name, row)) if row else _error(VERSION_NOT_FOUND, "Version not found.")

    @router.post("/subjects/{name}", **_about("The id of a schema that is known", _OBJECT, 404, 422))
    def look_up(name: Name, asked: Annotated[dict[str, Any], Body(examples=[{"schema": "{...}"}])]) -> Response:
        event = _types().get(name)
        if event is None:
            return _error(SUBJECT_NOT_FOUND, "Subject not found.")
        try:
            wanted = json.loads(asked.get("schema", ""))
        except (TypeError, ValueError, RecursionError):
            return _error(42201, "Invalid schema", 422)
        row = next((row for row in schema_store.versions(event) if schema_store.schema(row.name, row.version) == wanted), None)
        return _json(_registered(name, row)) if row else _error(SCHEMA_NOT_FOUND, "Schema not found")

    @router.get("/config", **_about("How versions fit each other", _OBJECT))
    def config() -> Response:
        return _json({"compatibilityLevel": _LEVEL})

    @router.get("/mode", **_about("Nothing can be registered here", _OBJECT))
    def mode() -> Response:
        return _json({"mode": "READONLY"})

    return router


@cache
def _types() -> dict[str, str]:
    """Name in the protocol -> event type."""
    return {f"{kind.topic}-{NAMESPACE}.{name}": name for name, kind in EVENT_KINDS.items()}


@cache
def _text(row: SchemaVersion) -> str:
    return json.dumps(schema_store.schema(row.name, row.version), separators=(",", ":"))


def _registered(name: str, row: SchemaVersion) -> dict[str, Any]:
    return {"subject": name, "version": row.version, "id": row.schema_id, "schemaType": "AVRO", "schema": _text(row)}


def _json(found: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(found), status, {"Cache-Control": "public, max-age=3600"} if status == 200 else {}, MEDIA_TYPE)


def _error(code: int, message: str, status: int = 404) -> Response:
    return _json({"error_code": code, "message": message}, status)


def _about(summary: str, schema: dict[str, Any], *errors: int) -> Any:
    members = {"error_code": {"type": "integer"}, "message": {"type": "string"}}
    error = {"type": "object", "required": list(members), "properties": members}
    bad = {status: {"description": "Not known", "content": {MEDIA_TYPE: {"schema": error}}} for status in errors}
    return {"summary": summary, "responses": {200: {"description": "As released", "content": {MEDIA_TYPE: {"schema": schema}}}, **bad}}
