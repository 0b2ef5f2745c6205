"""Archives that somebody has changed, and what the verifier finds in them: for tests."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from ledger.verify.__main__ import main
from tests.naive_archive import KEY, Event, Log, checkpoint, put, put_tiles, tree


@pytest.fixture(name="found")
def found_in(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[tuple[str, int | None, int | None]]]]:
    """Exit code, and (reason, index, offset) of each finding."""

    def run(archive: Path, *more: str, key: str = KEY.vkey()) -> tuple[int, list[tuple[str, int | None, int | None]]]:
        capsys.readouterr()
        code = main(["replay", "--archive", str(archive), "--json", "--key", key, *more])
        *findings, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert last["exit"] == code
        assert (last["verdict"] == "verified") == (code == 0) == (last["level"] != "none" and not last["why"])
        return code, [(each["reason"], each.get("index"), each.get("offset")) for each in findings]

    return run


Found = Callable[..., tuple[int, list[tuple[str, int | None, int | None]]]]


def rewritten(archive: Path, log: Log, entries: list[bytes], records: list[Event], sizes: tuple[int, ...] = ()) -> None:
    """Tiles, bundles and payloads of another history, and the old checkpoints. Without key; with `sizes` also checkpoints that the key signed."""
    folder = archive / "logs" / log.topic / str(log.partition)
    for kind in ("tile", "payload"):
        rmtree(folder / kind)
    put_tiles(folder, entries)
    replace(log, records=records, sizes=[]).write_payloads(folder, len(records) + 1)
    for size in sizes:
        put(folder, f"checkpoints/{size}", checkpoint(log.origin, size, tree(entries[:size])))


def without_tiles_behind(archive: Path, log: Log, entries: list[bytes]) -> None:
    """The bundle alone is another one."""
    folder = archive / "logs" / log.topic / str(log.partition)
    put(folder, f"tile/entries/000.p/{len(entries)}", b"".join(struct.pack(">H", len(entry)) + entry for entry in entries))
