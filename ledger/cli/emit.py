"""`ledger emit FILE|-`: events from JSON Lines onto the log, resumable."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.errors import LedgerError
    from ledger.sdk.emit import Emitter
    from ledger.sdk.line_progress import Progress
    from ledger.sdk.receipts import Receipt

    Lines = Iterator[tuple[int, bytes]]

DEADLINE_SECONDS = 30.0
_STDIN = "-"


def register(app: typer.Typer) -> None:
    """Add the command to `ledger`."""
    app.command(name="emit", epilog="Example: ledger emit events.jsonl --dry-run")(emit)


def emit(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON Lines, one event each; - reads standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line and emit nothing.")] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="STATEFILE", help="Where to note how far it got. [default: FILE.progress]", show_default=False)
    ] = None,
    controller: Annotated[str | None, typer.Option(metavar="NAME", help="Controller of lines that name none.")] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Source of lines that name none.")] = None,
    deadline: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="How long an event may wait for its acknowledgement.")
    ] = DEADLINE_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print a receipt per event, as JSON Lines.")] = False,
) -> None:
    """Emit events from a file; stopped at any moment and run again, it goes on where it was.

    A line is {"type": "DataShared", ...} with the fields of the event's schema. Refused lines are told on standard error and the
    others go on; then it ends with 1. The next run tries the refused ones again, and emits what was appended.
    """
    from ledger.sdk.line_emitting import read_lines
    from ledger.sdk.line_progress import Progress, begin, load_progress

    path = None if file == _STDIN else Path(file)
    state = _state_path(path, resume)
    with ExitStack() as stack:
        if path is None or state is None:
            progress, stream = Progress(), sys.stdin.buffer
            lines = _require_named_first(read_lines(stream), controller, source)
        else:
            progress = begin(path) if dry_run else load_progress(state, path)
            _require_named(path, progress, controller, source)
            lines = read_lines(stack.enter_context(path.open("rb")), progress.size)
        show = stack.enter_context(_progress_bar(progress.lines, "checking" if dry_run else "emitting"))
        if dry_run:
            refused = _dry_run(lines, progress, controller, source, show)
        else:
            emitter = stack.enter_context(_emitter(controller, source, deadline))
            refused = _emit(lines, progress, state, emitter, show, as_json=as_json)
    if refused:
        raise typer.Exit(1)


def _emit(lines: Lines, progress: Progress, state: Path | None, emitter: Emitter, show: Callable[[int], None], *, as_json: bool) -> int:
    """Emit what an earlier run has not; return how many lines stay refused."""
    from ledger.sdk.line_emitting import emit_lines

    emitted = 0
    if progress.lines_done:
        again = f", and trying {_count(len(progress.refused), 'refused line')} again" if progress.refused else ""
        _say(f"going on after line {progress.lines_done}{again}")

    def on_receipt(number: int, receipt: Receipt) -> None:
        nonlocal emitted
        emitted += 1
        if as_json:
            print(_receipt_line(number, receipt))

    def on_progress(now: Progress) -> None:
        if state is not None:
            _save(now, state)
        show(now.lines_done)

    try:
        emit_lines(
            lines,
            emitter.emit_soon,
            origin=progress.origin or None,
            progress=progress,
            on_receipt=on_receipt,
            on_refusal=_tell_refusal,
            on_progress=on_progress,
        )
    finally:
        _say(f"{emitted} emitted, {len(progress.refused)} refused, done up to line {progress.lines_done}")
    if progress.refused and state is not None:
        _say("hint: the next run tries refused lines again; put corrected ones into a new file")
    return len(progress.refused)


def _dry_run(lines: Lines, progress: Progress, controller: str | None, source: str | None, show: Callable[[int], None]) -> int:
    """Check every line; return how many are refused. Without a ledger, times are judged by this machine's clock."""
    from ledger.sdk.emit import Emitter
    from ledger.sdk.line_emitting import check_lines
    from ledger.settings import load_settings
    from ledger.testing import RecordingEmitter

    checker: Emitter | RecordingEmitter
    try:
        load_settings()
        checker = Emitter(controller=controller, source=source)
    except CallerError:
        _say("no ledger found: times are judged by the clock of this machine")
        checker = RecordingEmitter(controller=controller, source=source)
    with checker:
        correct, refused = check_lines(lines, checker.check, origin=progress.origin or None, on_refusal=_tell_refusal, on_progress=show)
    _say(f"{correct} correct, {refused} refused, nothing emitted")
    return refused


def _require_named(path: Path, progress: Progress, controller: str | None, source: str | None) -> None:
    """Look for lines that lack a controller or source before the first is emitted, when the call names none."""
    from ledger.sdk.line_emitting import read_lines, require_named

    unnamed = _unnamed(controller, source)
    if unnamed:
        with path.open("rb") as stream:
            lines = read_lines(stream, progress.size)
            require_named(((number, line) for number, line in lines if progress.is_to_do(number)), unnamed)


def _require_named_first(lines: Lines, controller: str | None, source: str | None) -> Lines:
    """The same of the first line of standard input, which can be read only once."""
    from ledger.sdk.line_emitting import require_named

    first = list(islice(lines, 1))
    require_named(first, _unnamed(controller, source))
    return chain(first, lines)


def _unnamed(controller: str | None, source: str | None) -> list[str]:
    return [name for name, value in (("controller", controller), ("source", source)) if value is None]


def _emitter(controller: str | None, source: str | None, deadline: float) -> Emitter:
    from ledger.sdk.emit import Emitter

    return Emitter(controller=controller, source=source, deadline_seconds=deadline)


def _state_path(path: Path | None, resume: Path | None) -> Path | None:
    if path is None:
        if resume is not None:
            raise CallerError("cannot resume from standard input: its lines cannot be read again", hint="give a file, or leave --resume out")
        return None
    if resume is not None and resume.resolve() == path.resolve():
        raise CallerError("cannot note progress: --resume names the file itself", hint="name another place, or leave --resume out")
    return resume or path.with_name(path.name + ".progress")


def _save(progress: Progress, state: Path) -> None:
    try:
        progress.save(state)
    except OSError as error:
        raise CallerError(f"cannot write {state.name}: {type(error).__name__}", hint="name another place with --resume") from None


def _tell_refusal(number: int, error: LedgerError) -> None:
    typer.echo(f"ledger: error: line {number}: {error}", err=True)
    if error.hint:
        typer.echo(f"ledger: hint: line {number}: {error.hint}", err=True)


def _receipt_line(number: int, receipt: Receipt) -> str:
    return json.dumps({"line": number, **receipt._asdict(), "recorded_at": receipt.recorded_at.isoformat()})


def _count(number: int, of: str) -> str:
    return f"{number} {of}" + ("" if number == 1 else "s")


def _say(text: str) -> None:
    typer.echo(f"ledger: {text}", err=True)


@contextmanager
def _progress_bar(lines_in_file: int, doing: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error when it is a terminal; elsewhere the counts at the end must do."""
    if not lines_in_file or not sys.stderr.isatty():
        yield lambda lines: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(doing, total=lines_in_file)
        yield lambda lines: bar.update(task, completed=lines)
