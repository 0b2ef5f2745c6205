"""`ledger up | down | status | reset`: the stack of this home."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import DependencyError, RefusedError
from ledger.moments import read_ledger_time

if TYPE_CHECKING:
    from ledger.stack.lifecycle import Running
    from ledger.stack.status import ResetPlan, StackStatus


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("up", epilog="Example: ledger up --simulated --start 2018-01-01T00:00:00Z")(up)
    app.command("down", epilog="Example: ledger down")(down)
    app.command("status", epilog="Example: ledger status --json")(status)
    app.command("migrate", epilog="Example: ledger migrate")(migrate)
    app.command("reset", epilog="Example: ledger reset --yes")(reset)


def up(
    simulated: Annotated[
        bool | None,
        typer.Option(
            "--simulated/--real", help="Only when the ledger is created, then for good: real follows the clocks."
        ),
    ] = None,
    partitions: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=1000, help="Only when the ledger is created, then for good. [LEDGER__PARTITIONS]"),
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="First time of a new simulated ledger, RFC 3339 with offset.")
    ] = None,
) -> None:
    """Start Kafka and PostgreSQL (or check your own), create the ledger when it is new, and return."""
    from ledger.stack.lifecycle import up as start_stack

    first_time = read_ledger_time("--start", start) if start is not None else None
    with _progress("fetching Kafka") as report:
        running = start_stack(simulated=simulated, partitions=partitions, start=first_time, report=report)
    _tell_running(running)


def down() -> None:
    """Stop what `ledger up` started. The data stays."""
    from ledger.stack.lifecycle import down as stop_stack

    workers = _workers()
    was_running = stop_stack()
    print("ledger: stopped" if was_running else "ledger: nothing was running", file=sys.stderr)
    if was_running and workers:
        how_many = "1 worker still runs" if workers == 1 else f"{workers} workers still run"
        print(f"ledger: {how_many}, trying to reach it until `ledger up`: end `ledger work` with Ctrl-C or SIGTERM", file=sys.stderr)


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Show what runs, where, and which ledger it is. Ends with 3 when a part does not run."""
    from ledger.settings import read_settings
    from ledger.stack.status import read_status

    found = read_status(read_settings())
    print(json.dumps(asdict(found)) if as_json else _status_text(found))
    if not found.is_up:
        down_parts = ", ".join(part.name for part in found.parts if part.state not in ("running", "answering"))
        raise DependencyError(f"not running: {down_parts}", hint="ledger up")


def migrate() -> None:
    """Bring the database to the tables of this version. `ledger up` does it too; here it tells what it did."""
    from ledger.adapters.postgres_migrations import migrate_with_report
    from ledger.settings import load_settings

    done = migrate_with_report(load_settings().postgres_dsn())
    for name in done.applied:
        print(name)
    print(f"ledger: {len(done.applied)} applied", file=sys.stderr)
    if done.note:
        print(f"ledger: {done.note}", file=sys.stderr)


def reset(yes: Annotated[bool, typer.Option("--yes", help="Delete what was shown.")] = False) -> None:
    """Delete the ledger: all events, all projections. Shows what it would delete; needs --yes. Downloads are kept."""
    from ledger.settings import read_settings
    from ledger.stack.status import plan_reset
    from ledger.stack.status import reset as delete_all

    settings = read_settings()
    plan = plan_reset(settings)
    if plan.is_empty:
        print("ledger: nothing to delete", file=sys.stderr)
        return
    print(_plan_text(plan))
    if not yes:
        raise RefusedError("nothing was deleted: a reset cannot be undone", hint="ledger reset --yes")
    delete_all(settings)
    print("ledger: deleted", file=sys.stderr)


def _workers() -> int:
    """How many workers are seen on the ledger of this home."""
    from ledger.settings import read_settings
    from ledger.stack.identity import read_ledger_file
    from ledger.stack.status import read_work

    settings = read_settings()
    identity = read_ledger_file(settings.home)
    work = read_work(settings, identity.partitions) if identity is not None else None
    return work.workers if work is not None else 0


def _tell_running(running: Running) -> None:
    identity = running.identity
    what = f"{identity.mode} ledger, {identity.partitions} partitions"
    if running.kafka is None:
        print(f"ledger: your own services answer ({what})", file=sys.stderr)
    else:
        how = "is already running" if running.was_running else "is up"
        print(f"ledger: {how} in {running.settings.home} ({what})", file=sys.stderr)
    print(f"kafka {running.settings.kafka.bootstrap_servers}")
    if running.postgres is not None:
        for folder in running.postgres.opened:
            print(f"ledger: let other accounts pass through {folder}: PostgreSQL may not run as root", file=sys.stderr)
        print(f"postgres {running.postgres.dsn}")  # an own DSN may hold a password


def _status_text(found: StackStatus) -> str:
    identity = found.identity
    what = f"{identity.mode}, {identity.partitions} partitions" if identity else "no ledger yet"
    lines = [f"home      {found.home}", f"ledger    {what}"]
    for part in found.parts:
        size = "" if part.data_bytes is None else f"  {_size(part.data_bytes)}"
        pid = "" if part.pid is None else f"  pid {part.pid}"
        lines.append(f"{part.name:<9} {part.state}{pid}  {part.address}{size}  ({part.version})")
    if found.work is not None:
        work = found.work
        leading = f"  (leading: {', '.join(work.leading)})" if work.leading else "  (start one with `ledger work`)" if not work.workers else ""
        lag = "unknown" if work.lag is None else f"{work.lag:,} records to fold, {work.register_lag:,} register events to copy"
        lag += f", {work.pending} to work off" if work.pending else ""
        lines += [f"workers   {work.workers}{leading}", f"lag       {lag}", f"time      {work.time_reached or 'no tick yet'}"]
        if work.sealed is not None:
            lines.append(f"sealed    {work.sealed.records:,} records, round {work.sealed.round} at {work.sealed.at}")
    return "\n".join(lines)


def _plan_text(plan: ResetPlan) -> str:
    lines = [f"delete {path}  {_size(size)}" for path, size in plan.paths]
    lines += [f"delete topic {name}" for name in plan.topics]
    lines += [f"delete schema {name}" for name in plan.schemas]
    return "\n".join(lines)


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr that appears with the first report; without a terminal, a line at the start and one at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, visible=False)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=True)
            if not console.is_terminal and done in (1, total):
                print(f"ledger: {what}: {done} of {total}", file=sys.stderr)

        yield report
