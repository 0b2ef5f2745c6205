"""JSON Lines: what is refused, what a repeat repeats, and what the progress may claim."""

from __future__ import annotations

import io
import json

import pytest

from ledger.errors import CallerError, DataError, DependencyError
from ledger.sdk.line_emitting import LINE_BYTES_MAX, LineError, check_lines, emit_lines, parse_line, read_lines, require_named
from ledger.sdk.line_progress import Progress, identify, load_progress
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
    progress = Progress()

    told.run(as_bytes(LINE, b"{oops", LINE, {**LINE, "purpose": "nonsense"}, LINE), progress)

    assert (told.receipts, told.refusals) == ([1, 3, 5], [2, 4])
    assert (progress.lines_done, progress.refused, told.saved[-1]) == (5, {2, 4}, 5)


def test_refused_lines_are_tried_again_under_the_ids_they_would_have_had(told):
    content = as_bytes(LINE, {**LINE, "occurred_at": "2031-01-01T00:00:00Z"}, LINE, b"{oops")
    now = RecordingEmitter(now="2030-01-01T00:00:00Z")
    later = RecordingEmitter(now="2032-01-01T00:00:00Z")
    progress, at_once = Progress(), Told(later)
    at_once.run(content, Progress())
    told.emitter = now
    told.run(content, progress)
    assert (told.receipts, progress.refused, progress.lines_done) == ([1, 3], {2, 4}, 4)

    again = Told(RecordingEmitter(now="2032-01-01T00:00:00Z"))
    again.run(content, progress)

    assert (again.receipts, again.refusals) == ([2], [4])
    assert (progress.refused, progress.lines_done) == ({4}, 4)
    assert [event.fields["event_id"] for event in again.emitter.events] == [at_once.emitter.events[1].fields["event_id"]]
    assert [event.fields["salt"] for event in again.emitter.events] == [at_once.emitter.events[1].fields["salt"]]


def test_a_refused_line_that_fails_at_the_broker_stays_to_be_tried(told):
    told.emitter.fail_next(KafkaUnreachableError("emit", "no answer"))
    progress = Progress(lines_done=3, refused={2})

    with pytest.raises(DependencyError):
        told.run(as_bytes(LINE, LINE, LINE), progress)

    assert (progress.refused, progress.lines_done) == ({2}, 3)


def test_a_line_that_lacks_what_the_call_should_have_named_is_the_callers_error():
    nobody = {name: value for name, value in LINE.items() if name != "controller"}
    lines = list(read_lines(io.BytesIO(as_bytes(LINE, nobody, b'{"controller'))))

    with pytest.raises(CallerError, match="expected a controller for line 2, got none") as caught:
        require_named(lines, ["controller", "source"])
    assert "--controller" in caught.value.hint
    require_named(lines, ["source"])
    require_named(lines, [])
    require_named([(1, b"{oops"), (2, b"[]")], ["controller"])  # no events: the lines themselves are refused


def test_lines_that_are_done_are_passed_over(told):
    told.run(as_bytes(LINE, LINE, LINE), Progress(lines_done=2))

    assert told.receipts == [3]
    assert len(told.emitter.events) == 1


def test_progress_never_claims_a_line_behind_one_that_failed(told):
    told.emitter.fail_next(KafkaUnreachableError("emit", "no answer"))
    progress = Progress()

    with pytest.raises(DependencyError):
        told.run(as_bytes(LINE, LINE, LINE), progress)

    assert progress.lines_done == 0
    assert told.saved[-1] == 0


def test_two_runs_of_one_file_give_the_same_ids(told):
    content = as_bytes(*[{**LINE, "ref": f"order-{number}"} for number in range(20)])
    again = Told(RecordingEmitter())

    told.run(content, Progress())
    again.run(content, Progress(lines_done=11))

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


@pytest.fixture
def file(tmp_path):
    return tmp_path / "events.jsonl"


@pytest.fixture
def state(tmp_path):
    return tmp_path / "events.jsonl.progress"


def test_progress_is_kept_beside_the_file_it_belongs_to(file, state):
    file.write_bytes(as_bytes(LINE) * 9)
    assert identify(file).lines == 9
    progress = load_progress(state, file)
    assert (progress.lines_done, progress.refused, progress.origin) == (0, set(), identify(file).sha256)

    progress.lines_done, progress.refused = 8, {1, 2, 3, 5, 8}
    progress.save(state)

    assert load_progress(state, file) == progress


@pytest.mark.parametrize(
    "damage", ["", "[]", '{"lines": 1}', '{"origin": "xyz"}', '{"origin": 1, "file_sha256": 1, "bytes": "x", "lines_done": 1, "refused": 3}']
)
def test_damaged_progress_is_named_and_what_removing_it_does(file, state, damage):
    file.write_bytes(as_bytes(LINE))
    state.write_text(damage)

    with pytest.raises(CallerError, match="expected the progress") as caught:
        load_progress(state, file)
    assert "same ids" in caught.value.hint


def test_what_is_appended_is_gone_on_with_and_the_ids_stay_those_of_the_first_run(file, state):
    file.write_bytes(as_bytes(LINE, LINE))
    first = load_progress(state, file)
    first.lines_done = 2
    first.save(state)
    file.write_bytes(as_bytes(LINE, LINE, LINE))

    second = load_progress(state, file)

    assert (second.lines_done, second.origin) == (2, first.origin)
    second.lines_done = 3
    second.save(state)
    file.write_bytes(as_bytes(LINE, LINE, {**LINE, "ref": "order-2"}))
    with pytest.raises(CallerError, match="another content"):  # what the second run emitted may not change either
        load_progress(state, file)


def test_a_last_line_without_end_may_be_ended_by_what_is_appended_unless_it_was_emitted(file, state):
    file.write_bytes(as_bytes(LINE, LINE)[:-1])
    progress = load_progress(state, file)
    progress.lines_done = 2
    progress.save(state)

    file.write_bytes(as_bytes(LINE, LINE, LINE))
    assert load_progress(state, file).lines_done == 2
    file.write_bytes(as_bytes(LINE, LINE)[:-1] + b" \n")
    with pytest.raises(CallerError, match="another content"):
        load_progress(state, file)

    file.write_bytes(as_bytes(LINE, LINE)[:-3])
    state.unlink()
    cut = load_progress(state, file)
    cut.lines_done, cut.refused = 2, {2}
    cut.save(state)
    file.write_bytes(as_bytes(LINE, LINE))
    assert load_progress(state, file).refused == {2}


def test_a_changed_file_is_another_one_and_the_remedy_is_a_file_of_its_own(file, state):
    file.write_bytes(as_bytes(LINE, b"{oops"))
    load_progress(state, file).save(state)
    for content in (as_bytes(LINE, LINE), as_bytes(LINE), b""):
        file.write_bytes(content)
        with pytest.raises(CallerError, match="another content") as caught:
            load_progress(state, file)
        assert "a new file" in caught.value.hint
        assert "remove" not in caught.value.hint


def test_what_a_writer_adds_during_the_run_is_left_to_the_next(file):
    content = as_bytes(LINE, LINE)

    assert [number for number, _ in read_lines(io.BytesIO(content + as_bytes(LINE)), len(content))] == [1, 2]
    assert [line for _, line in read_lines(io.BytesIO(content), len(content) - 5)] == [as_bytes(LINE), as_bytes(LINE)[:-5]]


def test_a_file_that_cannot_be_read_is_the_callers_error(tmp_path):
    with pytest.raises(CallerError, match="no such file"):
        identify(tmp_path / "nothing")
