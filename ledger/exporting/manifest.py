"""What stands beside each export: what was asked, how fresh the answer is, which schemas it rests on, and the hash of its file. Pure.

The manifest is no proof by itself: who has the log can ask again at the same positions and compare. Source: docs/exports.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

from ledger.answers.shapes import Freshness, as_json
from ledger.errors import DataError
from ledger.exporting.asked import Document, Parameters, Register
from ledger.exporting.columns import Column
from ledger.exporting.events import schema_ids

FORMAT: Final = "privacy-ledger/export-manifest/1"
ENDING: Final = ".manifest.json"


def manifest(
    what: Register | Document, form: str, parameters: Parameters, freshness: Freshness, columns: Iterable[Column], file: Mapping[str, Any]
) -> dict[str, Any]:
    """One JSON object."""
    said = as_json(freshness)
    return {
        "manifest": FORMAT,
        "register": what.name,
        "about": what.about,
        "format": form,
        "asked": {
            "controller": parameters.controller, "subject_ref": parameters.subject_ref,
            "audience": parameters.audience if "subject_ref" in what.needs else None,
            "language": parameters.language if parameters.labels or (isinstance(what, Document) and what.has_language) else None,
            "labels": parameters.labels, "days": parameters.days, "withheld": list(parameters.withheld),
            "on": said["on"], "known_at": said["known_at"],
        },
        "ledger": "simulated" if freshness.simulated else "real",
        "freshness": said,
        "schema_ids": schema_ids(what.rests_on),
        "release": f"privacy-ledger {version('privacy-ledger')}",
        "columns": [{"name": each.name, "kind": each.kind} for each in columns],
        "files": [dict(file)],
    }  # fmt: skip


def as_bytes(found: Mapping[str, Any]) -> bytes:
    """The file of it."""
    return json.dumps(found, indent=2, ensure_ascii=False).encode() + b"\n"


def read_manifest(data: bytes) -> dict[str, Any]:
    """A manifest of ours. Raises: DataError."""
    try:
        found = json.loads(data)
        (file,) = found["files"]
        if found["manifest"] != FORMAT or not all(isinstance(file[name], kind) for name, kind in (("name", str), ("bytes", int), ("sha256", str))):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise DataError(f"cannot read the manifest: expected {FORMAT}, got something else", hint="make the export again") from None
    return dict(found)
