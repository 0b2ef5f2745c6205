"""`ledger rebuild | digest`: the projections made again from the log, and proof that they are the same."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import DataError

if TYPE_CHECKING:
    from ledger.replaying.outcome_check import Findings
    from ledger.replaying.rebuild import RebuildReport, Stage

WORKERS_MAX = 64


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("rebuild", epilog="Example: ledger rebuild --workers 4")(rebuild)
    app.command("digest", epilog="Example: ledger digest --json")(digest)


def rebuild(
    workers: Annotated[int | None, typer.Option(metavar="N", min=1, max=WORKERS_MAX, help="Processes that fold. [default: one per core]")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw away what an unfinished rebuild has left.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make all projections again from the log, beside the live ones, and switch to them at once.

    Workers may run meanwhile. A rebuild that was killed continues. Ends with 1 when the outcomes derived now differ from those published.
    """
    from ledger import failpoints
    from ledger.cli.freshness import freshness_fields, freshness_line, read_freshness
    from ledger.replaying.rebuild import rebuild as rebuild_all
    from ledger.settings import load_settings

    settings = load_settings()
    failpoints.arm(settings.failpoint)
    with shown_stages() as report:
        done = rebuild_all(settings, workers=workers or os.cpu_count() or 1, fresh=fresh, report=report)
    freshness = read_freshness(settings)
    print(json.dumps(_as_dict(done) | {"freshness": freshness_fields(freshness)}) if as_json else f"{_as_text(done)}\n{freshness_line(freshness)}")
    if done.warning is not None:
        print(f"ledger: warning: {done.warning}", file=sys.stderr)
    if not done.findings.is_clean:
        found = done.findings
        raise DataError(
            f"outcomes differ from those published: {found.missing} missing, {found.extra} extra, {found.different} different",
            hint="the rebuilt projections are live; find out whether the code or the topics changed",
        )


def digest(
    schema: Annotated[str, typer.Option(metavar="NAME", help="Schema of projections to digest.")] = "projection",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line, the last one the freshness.")] = False,
) -> None:
    """Print a canonical digest of each projection. Equal logs give equal digests, however they were folded.

    The last line says how fresh they are, read just before them.
    """
    from ledger.adapters.postgres_digest import digests
    from ledger.cli.freshness import freshness_fields, freshness_line, read_freshness
    from ledger.settings import load_settings

    settings = load_settings()
    freshness = read_freshness(settings)
    for each in digests(settings.postgres_dsn(), schema):
        print(json.dumps(each._asdict()) if as_json else f"{each.sha256}  {each.table} ({each.rows} rows)")
    print(json.dumps({"freshness": freshness_fields(freshness)}) if as_json else freshness_line(freshness))


def _as_dict(done: RebuildReport) -> dict[str, object]:
    found = done.findings
    return {
        "partitions": done.partitions,
        "continued": done.continued,
        "records": done.records,
        "seconds": round(done.seconds, 3),
        "fold_seconds": round(done.fold_seconds, 3),
        "generation": done.generation,
        "warning": done.warning,
        "outcomes": outcome_fields(found),
    }


def outcome_fields(found: Findings) -> dict[str, object]:
    """What was compared of the outcomes, for JSON."""
    return {
        "derived": found.derived,
        "published": found.published,
        "missing": found.missing,
        "extra": found.extra,
        "different": found.different,
        "unsent": found.unsent,
        "unsent_from": {f"facts-{partition}": offset for partition, offset in sorted(found.unsent_from.items())},
        "later": found.later,
        "examples": [example._asdict() for example in found.examples],
    }


def outcome_lines(found: Findings) -> Iterator[str]:
    """The same in words."""
    yield f"outcomes: {found.derived} derived, {found.published} published"
    if found.later:
        yield f"  {found.later} of those published are of later records, and not judged"
    if found.unsent:
        places = ", ".join(f"facts-{partition} offset {offset}" for partition, offset in sorted(found.unsent_from.items()))
        yield f"  {found.unsent} are not yet sent, from {places} on: that they will be cannot be decided here"
    for each in found.examples:
        where = f"{each.topic}-{each.partition}" + ("" if each.offset is None else f" offset {each.offset}")
        of = "" if each.fact_offset is None else f", of facts-{each.partition} offset {each.fact_offset}"
        yield f"{each.kind} outcome {each.event_id} in {where}{of}" + (f": {each.what}" if each.what else "")


def _as_text(done: RebuildReport) -> str:
    rate = done.records / done.seconds if done.seconds else 0
    lines = [
        f"rebuilt {done.records} records of {done.partitions} partitions in {done.seconds:.1f} s ({rate:,.0f}/s)",
        *islice(outcome_lines(done.findings), 1),
        f"generation {done.generation} is live",
    ]
    if done.continued:
        lines.insert(1, f"{done.continued} partitions were finished by an earlier run")
    lines += islice(outcome_lines(done.findings), 1, None)
    return "\n".join(lines)


@contextmanager
def shown_stages() -> Iterator[Callable[[Stage], None]]:
    """A bar with rate and time left while folding, on a terminal; a line per stage elsewhere. On stderr."""
    if not sys.stderr.isatty():
        last = ""

        def tell(stage: Stage) -> None:
            nonlocal last
            if stage.stage != last:
                last = stage.stage
                print(f"ledger: {stage.stage}", file=sys.stderr, flush=True)

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("ledger: {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("folding", total=None, rate="")

        def draw(stage: Stage) -> None:
            if stage.stage == "folding":
                speed = bar.tasks[0].speed
                rate = f"{speed:,.0f}/s" if speed else ""
                bar.update(task, description="folding", completed=stage.done, total=stage.total or None, rate=rate)
            else:
                bar.update(task, description=stage.stage, rate="")
                if stage.total:
                    bar.update(task, completed=stage.done, total=stage.total)

        yield draw
