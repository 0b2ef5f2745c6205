"""`ledger work`: run a worker in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from ledger.errors import CallerError
from processors import BY_CHOICE, PARTS

# A thread that waits for PostgreSQL or Kafka gets the interpreter back within this time; by default the one that folds keeps it ten times longer.
SWITCH_SECONDS = 0.0005
# The fold keeps hundreds of thousands of objects without cycles; looking through them again and again costs a third of its time.
GARBAGE_THRESHOLDS = (100_000, 20, 1_000)


def register(app: typer.Typer) -> None:
    """Add the command to `ledger`."""
    app.command("work", epilog="Example: ledger work --only broadcaster,relay,ticker")(work)


def work(
    only: Annotated[str | None, typer.Option(metavar="PARTS", help=f"Run these parts only, by comma: {', '.join(PARTS + BY_CHOICE)}.")] = None,
    metrics_port: Annotated[int | None, typer.Option(metavar="PORT", help="Serve Prometheus metrics there, on 127.0.0.1.", min=1, max=65535)] = None,
) -> None:
    """Fold the log into PostgreSQL, copy the register, send outcomes, tick; by choice seal. Several workers share the work.

    Speaks JSON lines on stderr. Ends with 0 after SIGTERM or Ctrl-C, with 1 when a person must look.
    """
    parts = _parts(only)
    from ledger import diagnostics, failpoints, garbage, metrics
    from ledger.settings import load_settings
    from ledger.tracing import spans, starting
    from processors.supervisor import Supervisor

    settings = load_settings()
    settings.postgres_dsn()
    _stand_back(settings.worker.niceness)
    diagnostics.configure()
    failpoints.arm(settings.failpoint)
    starting.start(settings.traces, starting.WORKER)
    if metrics_port is not None:
        metrics.serve(metrics_port)
    sys.setswitchinterval(SWITCH_SECONDS)
    garbage.spare(GARBAGE_THRESHOLDS)
    supervisor = Supervisor(settings, parts)

    def stop(number: int, frame: FrameType | None) -> None:
        supervisor.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        supervisor.run()
    finally:
        spans.flush()


def _stand_back(niceness: int) -> None:
    """Let who waits for an answer go first, before any thread is there. Who started us may have asked for more."""
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))


def _parts(only: str | None) -> list[str]:
    if only is None:
        return list(PARTS)
    wanted = [name.strip() for name in only.split(",")]
    unknown = sorted(set(wanted) - set(PARTS + BY_CHOICE))
    if unknown:
        what = "expected names of parts, got none" if not any(wanted) else f"no such part: {', '.join(filter(None, unknown)) or 'an empty name'}"
        raise CallerError(f"cannot run: {what}", hint=f"parts: {', '.join(PARTS + BY_CHOICE)}")
    return [part for part in PARTS + BY_CHOICE if part in wanted]
