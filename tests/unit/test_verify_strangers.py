"""What strangers write: published examples are read, and whatever else ends in a finding, never in a traceback."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.verify import __main__ as command
from ledger.verify.container import SCHEMA, inflated, read_container
from ledger.verify.files import entries_of, hashes_of, numbered
from ledger.verify.findings import BrokenError, Findings
from ledger.verify.notes import SignatureError, checkpoint_of, from_base64, from_decimal, key_of, opened
from tests.naive_archive import KEY, Archive, Log, avro_bytes, avro_record, checkpoint, container, events, put, small, varint

# https://c2sp.org/signed-note and https://c2sp.org/tlog-tiles
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()


def test_the_examples_of_the_specifications() -> None:
    text, signatures = opened(NOTE)
    key = key_of(VKEY)

    assert [name for name, _ in signatures] == [key.name]
    assert signatures[0][1][:4] == key.id
    assert key.has_signed(text.encode(), signatures[0][1][4:])
    assert not key.has_signed(text.encode() + b"\n", signatures[0][1][4:])
    assert [numbered(n) for n in (0, 999, 1000, 1234067)] == ["000", "999", "x001/000", "x001/x234/067"]


@pytest.mark.parametrize(
    "vkey", ["", "a", "a+b+c", VKEY[:-1], VKEY.replace("530d", "530e"), VKEY.replace("530d", "530D"), VKEY.replace("foo", "fo o")]
)
def test_what_is_no_vkey(vkey: str) -> None:
    with pytest.raises(BrokenError):
        key_of(vkey)


@pytest.mark.parametrize("text", ["", "01", "+1", "-1", " 1", "1 ", "1_0", "\u0661", "1.0", "9" * 20])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(BrokenError):
        from_decimal(text)


@pytest.mark.parametrize("text", ["a", "YQ", "YR==", "YQ==\n", "Y Q==", "_w==", "\u0661"])
def test_what_is_no_base64(text: str) -> None:
    with pytest.raises(BrokenError):
        from_base64(text)


MARKER = bytes(range(16))
ROWS = events(3)
DEFLATED = container(MARKER, [ROWS])
META = varint(2) + avro_bytes(b"avro.codec") + avro_bytes(b"deflate") + avro_bytes(b"avro.schema") + avro_bytes(SCHEMA)


def with_block(records: bytes, count: int = 3, behind: bytes = b"") -> bytes:
    deflating = zlib.compressobj(wbits=-15)
    return b"Obj\x01" + META + b"\0" + MARKER + varint(count) + avro_bytes(deflating.compress(records) + deflating.flush() + behind) + MARKER


def test_the_blocks_of_these_tests_can_be_read() -> None:
    assert len(read_container(with_block(b"".join(map(avro_record, ROWS))), MARKER)) == 3
    assert avro_record(ROWS[0])[:1] == b"\x0e", "the offset, in one byte"
    assert read_container(b"Obj\x01" + META + b"\0" + MARKER, MARKER) == []


@pytest.mark.parametrize(
    "data",
    [
        DEFLATED[:-1], DEFLATED + b"\0", DEFLATED[4:], DEFLATED.replace(b"deflate", b"deflatf"), DEFLATED.replace(MARKER, bytes(16)),
        with_block(b"".join(map(avro_record, ROWS)), count=2), with_block(b"".join(map(avro_record, ROWS)), count=4),
        with_block(b"".join(map(avro_record, ROWS)), count=0), with_block(b"".join(map(avro_record, ROWS)), count=-3),
        with_block(b"".join(map(avro_record, ROWS)), count=1 << 60), with_block(b"", count=0),
        with_block(b"".join(map(avro_record, ROWS)), behind=b"\0"), with_block(b"\x80\0" * 9),
        with_block(b"\xff" * 11), with_block(b"\xff" * 9 + b"\x7f"), with_block(b"\0\0\0\4"), with_block(b"\0\0\0\2\xff\xff\xff\xff\x0f"),
        with_block(b"\0\0\0\2\x01"), with_block(b"\0\0\0\0\0\xfe\xff\xff\xff\x0f", count=1), with_block(b"\0\0\0\0\0\x02\0\0\x02\0\0\0", count=1),
        with_block(b"\x8e\0" + avro_record(ROWS[0])[1:], count=1),
        b"Obj\x01" + META[:-1], b"Obj\x01" + varint(1) + META[1:] + b"\0" + MARKER, b"Obj\x01" + varint(-2) + META[1:] + b"\0" + MARKER,
        b"Obj\x01" + varint(3) + META[1:] + avro_bytes(b"more") + avro_bytes(b"") + b"\0" + MARKER,
    ],
)  # fmt: skip
def test_what_is_no_payload_file(data: bytes) -> None:
    with pytest.raises(BrokenError):
        read_container(data, MARKER)


@pytest.mark.parametrize("data", [b"\0", b"\0\5abcd", b"\0\1a\0", b"\xff\xff"])
def test_what_is_no_bundle(data: bytes) -> None:
    with pytest.raises(BrokenError):
        entries_of("bundle", data)


def test_a_small_block_that_inflates_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.verify.container.MOST_IN_A_BLOCK", 1000)
    deflating = zlib.compressobj(wbits=-15)
    with pytest.raises(BrokenError):
        inflated(deflating.compress(bytes(1001)) + deflating.flush())


READERS: tuple[tuple[Callable[[bytes], object], bytes], ...] = (
    (lambda data: checkpoint_of(data, None, [key_of(KEY.vkey())]), checkpoint("ledger.example/seals", 5, bytes(32))),
    (lambda data: read_container(data, MARKER), DEFLATED),
    (lambda data: entries_of("bundle", data), b"\0\3abc\0\2de"),
    (lambda data: hashes_of("tile", data, 2), bytes(64)),
    (lambda data: key_of(data.decode(errors="replace")), VKEY.encode()),
)


@pytest.mark.parametrize("reader", range(len(READERS)))
def test_noise_is_broken_and_nothing_worse(reader: int) -> None:
    read, good = READERS[reader]
    draw = random.Random(reader)  # noqa: S311
    for _ in range(2000):
        data = bytearray(good)
        for _ in range(draw.randrange(1, 4)):
            at = draw.randrange(len(data) + 1)
            how = draw.randrange(4)
            data[at : at + draw.choice((0, 1, 5)) * (how > 0)] = draw.randbytes(draw.choice((0, 1, 1, 4, 40)))
        with contextlib.suppress(BrokenError, SignatureError):
            read(bytes(data))


def test_a_size_that_no_file_bears_out_ends_soon(tmp_path: Path) -> None:
    """The ledger's own key can sign any size; a verifier must not count to it."""
    log = Log("facts", 0, events(3))
    archive = Archive([log]).write(tmp_path)
    size = 9_000_000_000_000_000_000
    for name in ("checkpoint", f"checkpoints/{size}"):
        put(archive, f"logs/facts/0/{name}", checkpoint(log.origin, size, bytes(32)))

    assert command.main(["replay", "--archive", str(archive), "--key", KEY.vkey()]) == 2


def test_a_fault_of_the_machine_is_undecided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def failing(*_: object) -> None:
        raise OSError("no more of it")

    monkeypatch.setattr(command, "check_archive", failing)
    assert command.main(["replay", "--archive", str(small().write(tmp_path)), "--key", KEY.vkey()]) == 2
    out = capsys.readouterr()
    assert "cannot decide" in out.err
    assert out.out == ""


def test_a_checkpoint_that_cannot_be_kept_is_no_good_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, state = small().write(tmp_path / "archive"), tmp_path / "no such folder" / "state"

    assert command.main(["replay", "--archive", str(archive), "--key", KEY.vkey(), "--state", str(state)]) == 2
    assert "verified" not in capsys.readouterr().out.lower()


def test_progress_is_for_people_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    progress, clear = command.shown_progress()
    progress(256)
    clear()
    assert capsys.readouterr().err == ""

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    times = iter((0.0, 0.1, 1.0, 1.0))
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    progress, clear = command.shown_progress()
    progress(256)
    assert capsys.readouterr().err == ""
    progress(256)
    clear()
    assert capsys.readouterr().err == "\r512 entries checked \r\033[K"


@pytest.mark.parametrize("name", [b"0\nVERIFIED  9 events", b"\x1b[2J", b"\xff"])
def test_a_name_in_the_archive_says_nothing_in_our_voice(tmp_path: Path, name: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    archive = small().write(tmp_path)
    for folder in (archive / "logs" / os.fsdecode(name) / "0", archive / "logs/facts" / os.fsdecode(name)):
        put(folder, "genesis.json", b"{}")

    for more in ([], ["--json"]):
        assert command.main(["replay", "--archive", str(archive), "--key", KEY.vkey(), *more]) == 1
        out = capsys.readouterr().out
        assert all(line.isascii() and line.isprintable() for line in out.splitlines())
        assert not any(line.lower().startswith("verified") for line in out.splitlines())


def test_a_reason_is_one_of_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs/evidence.md").read_text().partition("\n## 7")[0]
    from ledger.verify.findings import REASONS

    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `") and line.count("|") == 3] == list(REASONS)
    with pytest.raises(ValueError, match="no reason"):
        Findings("log").add("else", "")


def test_the_schema_stands_in_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs/evidence.md").read_text()
    assert SCHEMA.decode() in "".join(line.strip() for line in page.splitlines())


def test_the_command_runs_as_a_module(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "ledger.verify", "replay", "--archive", str(small().write(tmp_path)), "--key", KEY.vkey()],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("VERIFIED  12 events, 3 partitions")
