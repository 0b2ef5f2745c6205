"""Key files: what is in them, who may read them, and what is never done."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ledger.errors import OperatorError, RefusedError
from ledger.evidence.notes import NoteError
from ledger.sealing.keys import SealingKey, keys_in, new_key, read_keys, write_keys


def test_a_key_file_is_for_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    path, key = tmp_path / "keys/sealing.key", new_key("ledger.example")
    write_keys(path, [key], is_new=True)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == [key]
    with pytest.raises(RefusedError):
        write_keys(path, [new_key("ledger.example")], is_new=True)
    assert read_keys(path) == [key]
    assert [each.name for each in path.parent.iterdir()] == ["sealing.key"]


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sealing.key"
    write_keys(path, [new_key("ledger.example")], is_new=True)
    path.chmod(0o640)

    with pytest.raises(OperatorError, match="others may read it") as caught:
        read_keys(path)
    assert caught.value.hint == f"chmod 600 {path}"


def test_the_line_is_that_of_the_note_package_of_go() -> None:
    """The example key of C2SP signed-note, as golang.org/x/mod/sumdb/note writes it."""
    line = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"

    (key,) = keys_in(line)
    assert key.verifier.text() == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert key.line() == line + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PRIVATE+KEY+a+00000000+AQ==",
        "a+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        new_key("a").line() + new_key("b").line(),
        new_key("a").line() * 2,
        new_key("a").line() + new_key("a").line() + new_key("a").line(),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(OperatorError) as caught:
        keys_in(text)

    assert not any(word in f"{caught.value} {caught.value.hint}" for word in text.split() if len(word) > 8)


def test_a_name_that_no_checkpoint_can_have_is_refused() -> None:
    for name in ("", "two words", "a+b"):
        with pytest.raises(NoteError):
            new_key(name)


def test_a_key_shows_nothing_private() -> None:
    key = SealingKey("ledger.example", bytes(range(32)))

    assert "AAEC" not in f"{key} {key!r} {key.signer('x')!r}"
    assert str(bytes(range(32))) not in f"{key} {key!r}"
