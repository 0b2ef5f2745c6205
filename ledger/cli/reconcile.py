"""`ledger reconcile`: log against database, once or all the time. Names positions, never what stands there."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.errors import CallerError, DataError, DependencyError

if TYPE_CHECKING:
    from ledger.reconciling.noted import NotedAnswer, NotedRun
    from ledger.reconciling.reconcile import Report
    from ledger.settings import Settings

HINT = "see the runbook, `log and database were compared and differ`"
RETRY_SECONDS = 5.0


class _ToldToEndError(Exception):
    """In the middle of comparing."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile", epilog="Example: ledger reconcile --watch --every 24")(reconcile)


def reconcile(
    watch: Annotated[bool, typer.Option("--watch", help="Go on for ever: what comes, and all of it again now and then.")] = False,
    every: Annotated[float, typer.Option(metavar="HOURS", min=0.001, help="With --watch: how often all of it is compared again.")] = 24.0,
    pause: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="With --watch: between two looks at what has come.")] = 15.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the round that was cut off, instead of a new one.")] = False,
    last: Annotated[bool, typer.Option("--last", help="Say what was found last, how far that was and when; compare nothing.")] = False,
    slice_records: Annotated[int, typer.Option("--slice", metavar="N", min=1, max=100_000, help="Records that are compared at a time.")] = 5_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object; with --watch one a line when something is found.")] = False,
) -> None:
    """Compare log and database: each offset is in a table with the same bytes, each outcome that was sent is stored and published, no more;
    what is held of each person is what the facts say, and what is added up what counting gives.

    Changes nothing but its own notes; workers may run meanwhile. Ends with 1 when anything differs, and names the first place of each kind.
    With --watch it speaks JSON lines on stderr.
    """
    from ledger.reconciling.reconcile import Reconciler
    from ledger.settings import load_settings

    if watch and resume:
        raise CallerError("cannot use --resume with --watch: it always goes on", hint="ledger reconcile --watch")
    if last and (watch or resume):
        raise CallerError("cannot use --last with --watch or --resume: it compares nothing", hint="ledger reconcile --last")
    settings = load_settings()
    if last:
        _last(settings, as_json)
        return
    if watch:
        _watch(every, pause, slice_records, as_json)
        return
    with Reconciler(settings, slice_records=slice_records) as one, _progress() as done:
        report = one.run_round(done, anew=not resume)
    print(json.dumps(_fields(report)) if as_json else "\n".join(_lines(report)))
    if report.found:
        raise DataError(
            f"log and database differ at {report.found.total()} places", hint=HINT
        )


def _last(settings: Settings, as_json: bool) -> None:
    """What stands noted; Kafka is not asked."""
    from ledger.answers.shapes import as_json as in_json
    from ledger.reconciling.noted import noted

    found = noted(settings)
    print(json.dumps(in_json(found)) if as_json else "\n".join(_noted_lines(found)))
    if found.found:
        raise DataError(f"log and database differ at {sum(found.found.values())} places", hint=HINT)


def _noted_lines(found: NotedAnswer) -> Iterator[str]:
    from ledger.answers.presentation import moment
    from ledger.legal_time import DUTCH_TIME

    if found.round is None or found.begun_at is None:
        yield "log and database were never compared; ledger reconcile does"
        return
    until = "goes on" if found.done_at is None else f"was done {moment(found.done_at, DUTCH_TIME)}"
    said = "they differ" if found.found else "nothing differs"
    yield f"round {found.round} began {moment(found.begun_at, DUTCH_TIME)} (Dutch legal time) and {until}: {said}"
    for run in found.runs[:1]:
        yield _compared(run)
        yield from (f"  {count:>12,}  {name}" for name, count in run.types.items())
    yield from (f"  {each.next_offset:>12,}  compared of {each.topic}-{each.partition}" for each in found.compared)
    for kind, count in found.found.items():
        first = next(each.position for each in found.mismatches if each.kind == kind)
        yield f"{kind}: {count:,}, first at {first}"


def _watch(every: float, pause: float, slice_records: int, as_json: bool) -> None:
    """Until SIGTERM or Ctrl-C; begins anew when Kafka or PostgreSQL went away. A daemon: speaks JSON lines on stderr, as a worker does."""
    from ledger import diagnostics
    from ledger.reconciling.reconcile import Reconciler
    from ledger.settings import load_settings

    diagnostics.configure()
    log, stop = diagnostics.logger("reconcile"), threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    def go_on_unless_told(*_: object) -> None:
        if stop.is_set():  # noted is what was compared; the next one goes on there
            raise _ToldToEndError

    told = 0
    while not stop.is_set():
        try:
            with Reconciler(load_settings(), slice_records=slice_records) as one:
                told = 0
                while not stop.is_set():
                    report = one.follow(anew_after_seconds=every * 3600, done=go_on_unless_told)
                    if report.found.total() > told:
                        told = report.found.total()
                        log.error("log_and_database_differed", found=list(_kinds(report)), remedy=HINT)
                        if as_json:
                            print(json.dumps(_fields(report)), flush=True)
                    stop.wait(pause)
        except _ToldToEndError:
            break
        except DependencyError as error:
            log.warning("part_interrupted", error=str(error), remedy=error.hint, pause_seconds=RETRY_SECONDS)
            stop.wait(RETRY_SECONDS)
    if told:
        raise DataError(f"log and database differ at {told} places", hint=HINT)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int, int], None]]:
    from ledger.cli.scanning import scan_progress

    ends: dict[tuple[str, int], tuple[int, int]] = {}
    with scan_progress("comparing log and database") as tell:

        def done(topic: str, partition: int, offset: int, end: int) -> None:
            ends[topic, partition] = offset, max(end, 1)
            tell(sum(at / of for at, of in ends.values()) / len(ends))

        yield done


def _fields(report: Report) -> dict[str, Any]:
    return {
        "records": report.records, "repeats": report.repeats, "dead_letters": report.dead_letters,
        "outcomes": report.outcomes, "people": report.people,
        "not_judged": report.not_judged, "tallies": sorted(report.tallies), "types": dict(sorted(report.types.items())),
        "found": dict(sorted(report.found.items())),
        "mismatches": [{"kind": each.kind, "position": f"{each.topic}-{each.partition}:{each.offset}"} for each in report.mismatches],
    }  # fmt: skip


def _compared(run: Report | NotedRun) -> str:
    repeats, dead_letters = f"{run.repeats:,} repeats", f"{run.dead_letters:,} dead letters"
    return f"compared {run.records:,} records of facts ({repeats}, {dead_letters}), {run.outcomes:,} outcomes and {run.people:,} people"


def _lines(report: Report) -> Iterator[str]:
    yield f"{_compared(report)}: {'they differ' if report.found else 'the same'}"
    yield from (f"  {count:>12,}  {name}" for name, count in sorted(report.types.items()))
    yield from _kinds(report)
    if report.not_judged:
        yield f"people of partition {', '.join(map(str, report.not_judged))} were not compared: what follows from wrong records is not judged"


def _kinds(report: Report) -> Iterator[str]:
    for kind, count in sorted(report.found.items()):
        first = next((f", first at {each.topic}-{each.partition} offset {each.offset}" for each in report.mismatches if each.kind == kind), "")
        which = f" ({', '.join(sorted(report.tallies))})" if kind == "other_tally" else ""
        yield f"{kind}: {count:,}{first}{which}"
