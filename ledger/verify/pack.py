"""A pack, what an auditor took home: every file against the manifest, and each bundle in it: docs/evidence.md section 13."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from ledger.verify.bundle import check_bundle
from ledger.verify.files import LARGE, LogFiles
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.notes import Key, checkpoint_of

MANIFEST, SUM = "MANIFEST.json", "MANIFEST.sha256"


def check_files(folder: Path, ledger: str, found: Findings) -> dict[str, tuple[int, int]]:
    """Every file against the manifest, both ways. By origin: the bundles (from, to) whose records the manifest says are there."""
    try:
        text = LogFiles(folder).read(MANIFEST, LARGE)
        if LogFiles(folder).read(SUM) != f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode():
            found.add("pack-changed", f"{SUM} is not the sum of {MANIFEST}")
        said = json.loads(text)
        if (said["format"], said["ledger"]) != (1, ledger):
            raise BrokenError(f"{MANIFEST} is of another format or ledger")
        named = {str(each["path"]): str(each["sha256"]) for each in said["files"]}
        payload = {str(each["origin"]): (int(each["payload"][0]), int(each["payload"][1])) for each in said["logs"]}
    except (MissingError, BrokenError, ValueError, LookupError, TypeError, RecursionError) as error:
        found.of(error if isinstance(error, (MissingError, BrokenError)) else BrokenError(f"{MANIFEST} is not what it should be"))
        return {}
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    for name in sorted(named.keys() | there.keys() - {MANIFEST, SUM}):
        path = there.get(name)
        if path is None or name not in named:
            found.add("pack-changed", f"{name} is {'in the manifest and not there' if path is None else 'there and not in the manifest'}")
        elif not path.is_file() or path.is_symlink() or sum_of(path) != named[name]:
            found.add("pack-changed", f"{name} is not the file that the manifest names")
    return payload


def sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_bundles(folder: Path, keys: Sequence[Key], note: bytes, found: Findings) -> int:
    """Each bundle, by itself and against the newest checkpoint of the archive beside it; how many there are."""
    for name in (names := [name for name in LogFiles(folder).listed("bundles") if name.endswith(".json")]):
        try:
            bundle = check_bundle(LogFiles(folder / "bundles").read(name, LARGE), keys)
        except (MissingError, BrokenError) as error:
            found.of(error)
            continue
        for each in bundle.findings:
            found.add(each.reason, f"bundles/{name}: {each.text}", each.index, each.offset)
        if note and bundle.seals and bundle.seals != checkpoint_of(note, None, keys):
            found.add("checkpoint-conflict", f"bundles/{name} is proven by another checkpoint than the newest one of the archive")
    return len(names)
