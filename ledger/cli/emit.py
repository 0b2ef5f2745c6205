"""`ledger emit FILE|-`: events from JSON Lines onto the log, resumable."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.errors import LedgerError
    from ledger.sdk.emit import Emitter
    from ledger.sdk.line_emitting import FileIdentity, Progress
    from ledger.sdk.receipts import Receipt

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
    controller: Annotated[str | None, typer.Option(help="Controller of lines that name none.")] = None,
    source: Annotated[str | None, typer.Option(help="Source of lines that name none.")] = None,
    deadline: Annotated[float, typer.Option(min=0.1, help="Seconds that an event may wait for its acknowledgement.")] = DEADLINE_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print a receipt per event, as JSON Lines.")] = False,
) -> None:
    """Emit events from a file; stopped at any moment and run again, it goes on where it was.

    A line is {"type": "DataShared", ...} with the fields of the event's schema. Refused lines are told on standard error and the
    others go on; then it ends with 1.
    """
    path = None if file == _STDIN else Path(file)
    if path is None and resume is not None:
        raise CallerError("cannot resume from standard input: its lines cannot be read again", hint="give a file, or leave --resume out")
    with ExitStack() as stack:
        identity = _identity(path)
        stream = stack.enter_context(path.open("rb")) if path is not None else sys.stdin.buffer
        show = stack.enter_context(_progress_bar(identity, "checking" if dry_run else "emitting"))
        if dry_run:
            refused = _dry_run(stream, identity, controller, source, show)
        else:
            state = _state_path(path, resume)
            emitter = stack.enter_context(_emitter(controller, source, deadline))
            refused = _emit(stream, identity, state, emitter, show, as_json=as_json)
    if refused:
        raise typer.Exit(1)


def _emit(
    stream: BinaryIO, identity: FileIdentity | None, state: Path | None, emitter: Emitter, show: Callable[[int], None], *, as_json: bool
) -> int:
    """Emit what an earlier run has not; return how many lines are refused, earlier ones included."""
    from ledger.sdk.line_emitting import Progress, emit_lines, load_progress, read_lines

    progress = load_progress(state, identity) if state and identity else Progress(file_sha256="")
    refused_before, emitted = progress.refused, 0
    if progress.lines_done:
        _say(f"going on after line {progress.lines_done}")

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
            read_lines(stream),
            emitter.emit_soon,
            origin=identity.sha256 if identity else None,
            progress=progress,
            on_receipt=on_receipt,
            on_refusal=_tell_refusal,
            on_progress=on_progress,
        )
    finally:
        earlier = f" ({refused_before} of them in an earlier run)" if refused_before else ""
        _say(f"{emitted} emitted, {progress.refused} refused{earlier}, done up to line {progress.lines_done}")
    return progress.refused


def _dry_run(stream: BinaryIO, identity: FileIdentity | None, controller: str | None, source: str | None, show: Callable[[int], None]) -> int:
    """Check every line; return how many are refused. Without a ledger, times are judged by this machine's clock."""
    from ledger.sdk.emit import Emitter
    from ledger.sdk.line_emitting import check_lines, read_lines
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
        origin = identity.sha256 if identity else None
        correct, refused = check_lines(read_lines(stream), checker.check, origin=origin, on_refusal=_tell_refusal, on_progress=show)
    _say(f"{correct} correct, {refused} refused, nothing emitted")
    return refused


def _identity(path: Path | None) -> FileIdentity | None:
    from ledger.sdk.line_emitting import identify

    return None if path is None else identify(path)


def _emitter(controller: str | None, source: str | None, deadline: float) -> Emitter:
    from ledger.sdk.emit import Emitter

    return Emitter(controller=controller, source=source, deadline_seconds=deadline)


def _state_path(path: Path | None, resume: Path | None) -> Path | None:
    return resume if resume is not None or path is None else path.with_name(path.name + ".progress")


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


def _say(text: str) -> None:
    typer.echo(f"ledger: {text}", err=True)


@contextmanager
def _progress_bar(identity: FileIdentity | None, doing: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error when it is a terminal; elsewhere the counts at the end must do."""
    if identity is None or not sys.stderr.isatty():
        yield lambda lines: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(doing, total=identity.lines)
        yield lambda lines: bar.update(task, completed=lines)
