"""Notes and checkpoints: the example of the specification, and whatever else is refused."""

from __future__ import annotations

import pytest

from ledger.evidence.checkpoints import Checkpoint, checkpoint_from
from ledger.evidence.merkle import leaf_hash
from ledger.evidence.notes import Note, NoteError, Signer, note_from, signed, verifier_from

# https://c2sp.org/signed-note, "Example".
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
ROOT = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="
KEY = Signer("ledger.example/facts/0", bytes(range(32)))
OTHER = Signer("ledger.example/facts/0", bytes(32))


def test_the_example_of_the_specification_is_accepted() -> None:
    verifier = verifier_from(VKEY)

    assert verifier.text() == VKEY
    assert note_from(EXAMPLE).signed_by([verifier]) == [verifier]


def test_any_other_text_is_refused() -> None:
    for place in range(EXAMPLE.index("\n")):
        changed = EXAMPLE[:place] + chr(ord(EXAMPLE[place]) ^ 1) + EXAMPLE[place + 1 :]
        with pytest.raises(NoteError, match="expected a signature that fits"):
            note_from(changed).signed_by([verifier_from(VKEY)])


def test_who_has_not_signed_is_not_named() -> None:
    note = note_from(signed("a text\n", [KEY]))

    assert note.signed_by([KEY.verifier, OTHER.verifier]) == [KEY.verifier]
    assert note_from(EXAMPLE).signed_by([KEY.verifier]) == []


def test_two_may_sign_and_signatures_of_unknown_kinds_are_kept_unread() -> None:
    both = signed("a text\n", [KEY, OTHER]) + "\u2014 witness.example AAAAAAAAAA==\n"
    note = note_from(both)

    assert note.signed_by([OTHER.verifier, KEY.verifier]) == [OTHER.verifier, KEY.verifier]
    assert [name for name, _, _ in note.signatures] == ["ledger.example/facts/0"] * 2 + ["witness.example"]


def test_a_key_shows_nothing_of_itself() -> None:
    assert repr(KEY) == "Signer(ledger.example/facts/0)"


@pytest.mark.parametrize(
    "wrong",
    ["", "text", "text\n\n", "text\n\nno dash\n", "text\n\n\u2014 name\n", "text\n\n\u2014 name !!!!\n", "text\n\n\u2014 name AAAA\n",
     "text\r\n\n\u2014 n AAAAAAAAAA==\n", "text\n\n\u2014 a+b AAAAAAAAAA==\n", "text\n\n\u2014 name AAAAAAAAAA=="],
)  # fmt: skip
def test_what_is_no_note_is_refused(wrong: str) -> None:
    with pytest.raises(NoteError, match="cannot read note"):
        note_from(wrong)


@pytest.mark.parametrize(
    "wrong",
    ["", "name", "name+530d903a", "name+530d903a+!!", VKEY.replace("530d903a", "530d903b"), VKEY.replace("foo", "fop"),
     "+530d903a+" + VKEY.split("+")[2], "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"],
)  # fmt: skip
def test_what_is_no_key_is_refused(wrong: str) -> None:
    with pytest.raises(NoteError):
        verifier_from(wrong)


def test_what_cannot_be_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="ends with a new line"):
        signed("a text", [KEY])
    for name, seed in (("a name", bytes(32)), ("", bytes(32)), ("a+b", bytes(32)), ("name", bytes(31))):
        with pytest.raises(NoteError, match="cannot use key"):
            Signer(name, seed)


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    checkpoint = Checkpoint("ledger.example/facts/0", 70_000, leaf_hash(b""))

    assert checkpoint.text() == "ledger.example/facts/0\n70000\n" + ROOT + "\n"
    assert checkpoint_from(checkpoint.text()) == checkpoint
    assert checkpoint_from(checkpoint.text() + "an extension\n") == checkpoint


@pytest.mark.parametrize(
    "wrong",
    ["", "origin\n", "origin\n1\n", f"\n1\n{ROOT}\n", f"origin\n-1\n{ROOT}\n", f"origin\n01\n{ROOT}\n", "origin\n1\nAAAA\n", "origin\n1\n!\n",
     f"origin\n\u0661\n{ROOT}\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(wrong: str) -> None:
    with pytest.raises(NoteError, match="cannot read checkpoint"):
        checkpoint_from(wrong)


def test_a_note_is_a_value() -> None:
    assert note_from(EXAMPLE) == Note("This is an example message.\n", note_from(EXAMPLE).signatures)
