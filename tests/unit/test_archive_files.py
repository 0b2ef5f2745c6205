"""Files of an archive are whole or not there; what is half written has no name that anybody reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.errors import OperatorError
from ledger.sealing.archive import Archive


def test_what_is_written_is_read_and_folders_are_made(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    (tmp_path / "archive").mkdir()

    assert archive.write([("a/b/c", b"one"), ("a/b/d", b"two"), ("top", b"")]) == 6
    assert (archive.read("a/b/c"), archive.read("top"), archive.read("a/b/none")) == (b"one", b"", None)
    assert (archive.names("a/b"), archive.names("none")) == (["c", "d"], [])


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write([("checkpoint", b"one" * 1000)])
    archive.write([("checkpoint", b"two")])

    assert archive.read("checkpoint") == b"two"
    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint"]


def test_whoever_dies_before_the_name_is_given_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path)
    archive.write([("checkpoint", b"one")])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", die)
    with pytest.raises(KeyboardInterrupt):
        archive.write([("checkpoint", b"two")])

    assert archive.read("checkpoint") == b"one"
    assert all(each.name.startswith(".") for each in tmp_path.iterdir() if each.name != "checkpoint")


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_a_full_disk_is_an_operators_matter_and_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    archive = Archive(tmp_path)
    archive.write([("checkpoint", b"one")])

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OperatorError, match="cannot write to the archive: No space left on device"):
        archive.write([("checkpoint", b"two"), ("another", b"three")])
    monkeypatch.undo()

    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint"]
    assert archive.read("checkpoint") == b"one"


def test_files_and_then_their_folders_are_flushed_before_anybody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    real = os.fsync

    def note(handle: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    monkeypatch.setattr(os, "fsync", note)
    Archive(tmp_path).write([("a/b/file", b"one")])

    assert [Path(each).name.split(".")[1] if Path(each).name.startswith(".") else Path(each).name for each in flushed[:1]] == ["file"]
    assert flushed[1:] == [str(tmp_path / "a" / "b"), str(tmp_path / "a"), str(tmp_path)]
