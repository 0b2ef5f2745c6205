"""live and rebuild: the same events through one Faust worker, through the rebuild, and through the peers."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import psycopg

from tests.bench import ledgers
from tests.bench.figures import Figure
from tests.bench.shares import produce

LAYOUTS = {"dense": 20_000, "sparse": 400_000}
QUIX_PYTHON = ledgers.REPOSITORY / ".venv-bench" / "bin" / "python"


def run(events: int, which: frozenset[str]) -> list[Figure]:
    """Measure both layouts. which: of `live` and `rebuild`."""
    figures = []
    for layout, subjects in LAYOUTS.items():
        subjects = min(subjects, events)
        with ledgers.ledger() as running:
            bootstrap, dsn = running.settings.kafka.bootstrap_servers, ledgers.dsn(running)
            ledgers.fold_policies(running)
            produce(bootstrap, "facts", events, subjects)
            bare = ("-m", "tests.bench.peers.bare_loop")
            rates = {
                mode: ledgers.peer(*bare, mode, bootstrap, "facts", str(events), *([dsn] if mode == "upsert" else []))
                for mode in ("consume", "decode", "upsert")
            }
            floors = f"bare consume {rates['consume']:,.0f}/s, + decode {rates['decode']:,.0f}/s, + upsert {rates['upsert']:,.0f}/s"
            rate, memory = _live(running, events)
            if "live" in which:
                quix = _quix(running, bootstrap, events)
                figures.append(
                    Figure(
                        name=f"live, one worker, {layout}",
                        ours=rate,
                        peer_name="Quix Streams 3.28 + PostgreSQL sink",
                        peer=quix,
                        unit="ev/s",
                        floor=1.2,
                        goal=3.0,
                        note=f"{floors}; worker {memory:,.0f} MiB",
                    )
                )
            if "rebuild" in which:
                started = time.perf_counter()
                ledgers.run(running, "rebuild")
                rate = events / (time.perf_counter() - started)
                figures.append(
                    Figure(
                        name=f"rebuild, {layout}",
                        ours=rate,
                        peer_name="bare loop with upsert",
                        peer=rates["upsert"],
                        unit="ev/s",
                        floor=1.0,
                        goal=3.0,
                        note="whole command, from start to switched",
                    )
                )
                figures.append(_as_of(running, events, layout, rate))
    return figures


def _as_of(running: ledgers.Running, events: int, layout: str, rebuilt: float) -> Figure:
    """Who holds what, as known after the last record: the same fold as of now, from the stored log. Asked twice: the second finds it made."""
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        ledgers.run(running, "holders", "--known-at", f"{date.today()}", "--json")  # noqa: DTZ011  the broker's clock is this machine's
        seconds.append(time.perf_counter() - started)
    return Figure(
        name=f"holders as of a moment, {layout}", ours=events / seconds[0], peer_name="the rebuild of the same log", peer=rebuilt, unit="ev/s",
        floor=0.8, goal=1.0, note=f"whole command, the first question about a moment; the next one {seconds[1]:.2f} s",
    )  # fmt: skip


def _live(running: ledgers.Running, events: int) -> tuple[float, float]:
    """Events per second from the first commit to the last, and the worker's peak memory."""
    with psycopg.connect(ledgers.dsn(running), autocommit=True) as connection, ledgers.worker(running, "projector") as process:
        deadline = time.monotonic() + ledgers.WAIT_SECONDS_MAX
        first = at = 0.0
        while time.monotonic() < deadline:
            done = ledgers.folded(connection)
            if done and not first:
                first, at = float(done), time.perf_counter()
            if done >= events + ledgers.COPIES * running.identity.partitions:
                return (done - first) / (time.perf_counter() - at), ledgers.memory_mib(process.pid)
            if process.poll() is not None:
                raise RuntimeError("the worker ended")
            time.sleep(0.01)
    raise RuntimeError("the worker did not finish in time")


def _quix(running: ledgers.Running, bootstrap: str, events: int) -> float:
    if not QUIX_PYTHON.exists():
        raise RuntimeError("no environment for the peer; run `make bench`, which makes it from tests/bench/quix.lock")
    parts = {name: str(value) for name, value in psycopg.conninfo.conninfo_to_dict(ledgers.dsn(running)).items()}
    script = Path(__file__).parent / "peers" / "quix_sink.py"
    schema = ledgers.REPOSITORY / "schemas" / "data_shared" / "v1.avsc"
    return ledgers.peer(
        str(script), bootstrap, "facts", str(events), str(schema), parts.get("host", "127.0.0.1"), parts.get("port", "5432"),
        parts["dbname"], parts["user"], parts.get("password", "none"), python=str(QUIX_PYTHON),
    )  # fmt: skip


