"""Every file of a small archive, taken away or cut short or longer; what may go without being missed. Each byte: tests/mutations."""

from __future__ import annotations

from pathlib import Path

from ledger.verify.verdict import FOUND, UNDECIDED, VERIFIED
from tests.mutations.changing import files_of
from tests.mutations.places import Places, judged
from tests.naive_archive import small

# What may go: `ledger.json` is for convenience; an older partial file, once a wider one is there; an older checkpoint of the seals log, as it is
# written nowhere which sizes of it were published (those of the other logs stand in the rounds).
MAY_GO = ("ledger.json", "/000.p/2", "/000.p/2.avro", "/000.p/7", "seals/checkpoints/7")


def test_every_file_counts(tmp_path: Path) -> None:
    whole = small()
    archive, places, verified = whole.write(tmp_path), Places(whole), set()
    for name in files_of(archive):
        file = archive / name
        good = file.read_bytes()
        file.unlink()
        code, found = judged(archive)
        if code == VERIFIED:
            verified.add(name)
        else:
            assert (code, found[0].reason) == (UNDECIDED, "file-missing")
            assert places.at_file(name).is_named_by(found[0]), (name, found[0])
        for cut in (good[:-1], good[: len(good) // 2], b"", good + b"\0", good + good[-32:], good + b"\n"):
            file.write_bytes(cut)
            code, found = judged(archive)
            assert code in (FOUND, UNDECIDED), (name, cut)
            assert places.log_of(name)[2] in found[0].text, (name, cut, found[0])
        file.write_bytes(good)

    assert {name for name in verified if not name.endswith(MAY_GO)} == set()
    assert judged(archive) == (VERIFIED, [])


def test_a_file_in_place_of_a_folder_and_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    for number, name in enumerate(
        ("seals/checkpoint", "seals/checkpoints", "logs/facts/0/tile", "logs/facts/0/genesis.json", "logs/facts/1", "logs")
    ):
        archive = small().write(tmp_path / str(number))
        path = archive / name
        path.rename(archive / "elsewhere")
        if (archive / "elsewhere").is_file():
            path.mkdir()
        else:
            path.write_bytes(b"a file")
        assert judged(archive)[0] in (FOUND, UNDECIDED), name
