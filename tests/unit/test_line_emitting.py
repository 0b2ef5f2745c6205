"""JSON Lines: what is refused, what a repeat repeats, and what the progress may claim."""

from __future__ import annotations

import io
import json

import pytest

from ledger.errors import CallerError, DataError, DependencyError
from ledger.sdk.line_emitting import LINE_BYTES_MAX, LineError, Progress, check_lines, emit_lines, identify, load_progress, parse_line, read_lines
from ledger.sdk.receipts import KafkaUnreachableError
from ledger.testing import RecordingEmitter
from tests.emittable import SHARE

LINE = {"type": "DataShared", "controller": "hostinghuis", "source": "shop", "subject_ref": "subj-1", "by": "hostinghuis", **SHARE}
ORIGIN = b"o" * 32


def as_bytes(*lines) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        b"{oops",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"type": "DataShared", "type": "DataErased"}',
        b'{"type": "DataShared", "ref": NaN}',
        b"[" * 100_000,
        b'{"type": "DataShared", "ref": "' + b"x" * LINE_BYTES_MAX + b'"}',
        b"{}",
        b'{"type": "NoSuchEvent"}',
        b'{"type": "DataShared", "secret-name@voorbeeld.nl": 1}',
        b'{"type": "DataShared", "occurred_at": "2018-01-01T00:00:00"}',
    ],
)
def test_a_line_that_is_no_event_is_refused_without_being_repeated(line):
    with pytest.raises(DataError) as caught:
        parse_line(line, 1, ORIGIN)

    assert "voorbeeld" not in f"{caught.value} {caught.value.hint}"
    assert len(str(caught.value)) < 200


def test_a_line_without_event_id_gets_the_same_id_and_salt_each_time():
    line = as_bytes(LINE)

    assert parse_line(line, 7, ORIGIN) == parse_line(line, 7, ORIGIN)
    assert parse_line(line, 7, ORIGIN)[1]["event_id"] != parse_line(line, 8, ORIGIN)[1]["event_id"]
    assert "event_id" not in parse_line(line, 7, None)[1]


def test_an_event_id_of_its_own_is_kept():
    own = "0190c2a4-7b00-7000-8000-000000000001"

    assert parse_line(as_bytes({**LINE, "event_id": own}), 1, ORIGIN)[1]["event_id"].hex() == own.replace("-", "")


def test_empty_lines_count_and_the_last_line_needs_no_end():
    assert [number for number, _ in read_lines(io.BytesIO(b"\n{}\n\n  \n{}"))] == [2, 5]


def test_a_line_that_is_too_long_is_one_refused_line_and_the_next_is_read():
    lines = list(read_lines(io.BytesIO(b"x" * (3 * LINE_BYTES_MAX) + b"\n" + as_bytes(LINE))))

    assert [number for number, _ in lines] == [1, 2]
    with pytest.raises(LineError):
        parse_line(lines[0][1], 1, None)
    assert parse_line(lines[1][1], 2, None)[0] == "DataShared"


class Told:
    """What emit_lines has reported."""

    def __init__(self, emitter: RecordingEmitter) -> None:
        self.emitter = emitter
        self.receipts: list[int] = []
        self.refusals: list[int] = []
        self.saved: list[int] = []

    def run(self, content: bytes, progress: Progress) -> None:
        emit_lines(
            read_lines(io.BytesIO(content)),
            self.emitter.emit_soon,
            origin=ORIGIN,
            progress=progress,
            on_receipt=lambda number, receipt: self.receipts.append(number),
            on_refusal=lambda number, error: self.refusals.append(number),
            on_progress=lambda now: self.saved.append(now.lines_done),
        )


@pytest.fixture
def told():
    return Told(RecordingEmitter())


def test_refused_lines_are_told_in_order_and_the_others_go_on(told):
    progress = Progress(file_sha256="")

    told.run(as_bytes(LINE, b"{oops", LINE, {**LINE, "purpose": "nonsense"}, LINE), progress)

    assert (told.receipts, told.refusals) == ([1, 3, 5], [2, 4])
    assert (progress.lines_done, progress.refused, told.saved[-1]) == (5, 2, 5)


def test_lines_that_are_done_are_passed_over(told):
    told.run(as_bytes(LINE, LINE, LINE), Progress(file_sha256="", lines_done=2))

    assert told.receipts == [3]
    assert len(told.emitter.events) == 1


def test_progress_never_claims_a_line_behind_one_that_failed(told):
    told.emitter.fail_next(KafkaUnreachableError("emit", "no answer"))
    progress = Progress(file_sha256="")

    with pytest.raises(DependencyError):
        told.run(as_bytes(LINE, LINE, LINE), progress)

    assert progress.lines_done == 0
    assert told.saved[-1] == 0


def test_two_runs_of_one_file_give_the_same_ids(told):
    content = as_bytes(*[{**LINE, "ref": f"order-{number}"} for number in range(20)])
    again = Told(RecordingEmitter())

    told.run(content, Progress(file_sha256=""))
    again.run(content, Progress(file_sha256="", lines_done=11))

    ids = [event.fields["event_id"] for event in told.emitter.events]
    assert len(set(ids)) == 20
    assert [event.fields["event_id"] for event in again.emitter.events] == ids[11:]
    assert [event.fields["salt"] for event in again.emitter.events] == [event.fields["salt"] for event in told.emitter.events][11:]


def test_a_check_counts_and_emits_nothing(told):
    counts = check_lines(
        read_lines(io.BytesIO(as_bytes(LINE, b"{oops", LINE))),
        told.emitter.check,
        origin=ORIGIN,
        on_refusal=lambda number, error: told.refusals.append(number),
        on_progress=lambda number: None,
    )

    assert (counts, told.refusals) == ((2, 1), [2])
    told.emitter.assert_nothing_emitted()


def test_progress_is_kept_beside_the_file_it_belongs_to(tmp_path):
    file, state = tmp_path / "events.jsonl", tmp_path / "events.jsonl.progress"
    file.write_bytes(as_bytes(LINE) * 3)
    identity = identify(file)
    progress = load_progress(state, identity)
    assert (identity.lines, progress.lines_done) == (3, 0)

    progress.lines_done, progress.refused = 2, 1
    progress.save(state)

    assert load_progress(state, identity) == progress
    file.write_bytes(as_bytes(LINE) * 4)
    with pytest.raises(CallerError, match="another content"):
        load_progress(state, identify(file))
    for damage in ("", "[]", '{"lines": 1}'):
        state.write_text(damage)
        with pytest.raises(CallerError, match="expected the progress"):
            load_progress(state, identity)


def test_a_file_that_cannot_be_read_is_the_callers_error(tmp_path):
    with pytest.raises(CallerError, match="no such file"):
        identify(tmp_path / "nothing")
