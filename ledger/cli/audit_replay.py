"""`ledger audit replay`: the log folded again and compared, up to now or to an earlier place."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.checked import note_check
from ledger.errors import DataError

if TYPE_CHECKING:
    from ledger.answers.everybody_on import DayCompared
    from ledger.replaying.audit import ReplayReport

ArchiveFolder = Annotated[Path | None, typer.Option("--archive", metavar="DIR", help="The archive. [default: LEDGER__SEALING__ARCHIVE]")]


def replay(
    from_archive: Annotated[bool, typer.Option("--from-archive", help="Read the log from the archive; Kafka is not asked.")] = False,
    archive: ArchiveFolder = None,
    until: Annotated[
        list[str] | None,
        typer.Option(
            "--until", metavar="POSITION", help="Fold no further than PARTITION:OFFSET (may be repeated), or than what was recorded by a day or time."
        ),
    ] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="Compare too what was so about everybody at the end of that day.")] = None,
    workers: Annotated[int | None, typer.Option(metavar="N", min=1, max=64, help="Processes that fold. [default: one per core]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fold the log again and compare: every table with the live one, every derived obligation and violation with the published one.

    With --until as it was known there: tables that have changed since are not compared, their digests are printed.
    Changes nothing; workers may run meanwhile. Ends with 1 when anything differs, and shows the first difference of each table with both sides.
    """
    from ledger.answers.days_come import require_so_by_now
    from ledger.cli.freshness import freshness_fields, freshness_line, read_freshness
    from ledger.cli.rebuild import shown_stages
    from ledger.moments import read_moment, read_until
    from ledger.replaying.audit import replay_and_compare
    from ledger.settings import load_settings

    end, moment = read_until(until or []), read_moment(on)
    settings = load_settings()
    folder = (archive or settings.archive) if from_archive or archive else None
    freshness = read_freshness(settings)
    require_so_by_now(moment, max(each.time_reached for each in freshness.partitions), simulated=freshness.simulated)
    with shown_stages() as report:
        done = replay_and_compare(settings, workers=workers or os.cpu_count() or 1, archive=folder, until=end, on=moment, report=report)
    if as_json:
        print(json.dumps(_fields(done) | {"archive": str(folder) if folder else None, "freshness": freshness_fields(freshness)}))
    else:
        print("\n".join([*_lines(done, folder), freshness_line(freshness)]))
    if done.is_whole:
        note_check("replay", "good" if done.is_clean else "findings")
    if not done.is_clean:
        found = done.findings
        raise DataError(
            f"the log gives something else: {len(done.differences)} tables and {found.missing + found.extra + found.different} outcomes differ"
            + (f", and answers about {done.day.differing} subjects" if done.day is not None and done.day.differing else ""),
            hint="tables: `ledger rebuild` makes them again from the log; outcomes: see the runbook, `outcomes differ from those published`",
        )


def _fields(done: ReplayReport) -> dict[str, Any]:
    from ledger.answers.shapes import as_json
    from ledger.cli.rebuild import outcome_fields

    return {
        "records": done.records, "seconds": round(done.seconds, 3), "up_to": {f"facts-{number}": end for number, end in sorted(done.ends.items())},
        "as_far_as_live": done.is_whole,
        "tables": [
            each.replayed._asdict() | {"live_rows": each.live and each.live.rows, "live_sha256": each.live and each.live.sha256}
            for each in done.tables
        ],
        "answers": None if done.day is None else as_json(done.day),
        "differences": [each._asdict() for each in done.differences],
        "outcomes": outcome_fields(done.findings) | {"sealed_at": _sealed_at(done)},
    }  # fmt: skip


def _day_lines(day: DayCompared) -> Iterator[str]:
    from ledger.answers.as_of_lines import events_in
    from ledger.cli.audit_as_of import both_sides
    from ledger.contract.json_form import instant_to_text

    differing = f"{day.differing} differ" if day.differing else "all are the same"
    yield f"answers about {day.subjects} subjects on {instant_to_text(day.on)}: {differing}; sha256 {day.sha256} of the replayed ones"
    if day.first is not None:
        who = f"{day.first.controller} / {day.first.subject_ref}" if day.first.subject_ref else f"subject {day.first.subject_id.hex()}"
        yield f"{who}: the first of whom they differ"
        for each in day.first.lines:
            yield f"  {'only replayed' if each.then is None else 'only live' if each.now is None else 'other'}  {each.kind} {each.name}"
            yield from (f"  {line}" for line in both_sides(each, "live", "replayed"))
            yield from (f"    rests on event {event}" for event in dict.fromkeys(event for event, _ in events_in([each.then, each.now])))


def _sealed_at(done: ReplayReport) -> str | None:
    from ledger.contract.json_form import instant_to_text

    return None if done.sealed_at is None else instant_to_text(done.sealed_at * 1000)


def _lines(done: ReplayReport, folder: Path | None) -> Iterator[str]:
    from ledger.cli.rebuild import outcome_lines

    comparable = [each for each in done.tables if each.live is not None]
    same = f"{len(comparable) - len(done.differences)} of {len(comparable)} tables are the same"
    yield f"replayed {done.records} records from {folder or 'Kafka'} in {done.seconds:.1f} s: {same}"
    if not done.is_whole:
        yield f"until {', '.join(f'{number}:{end - 1}' for number, end in sorted(done.ends.items()))}; digests there (the live tables are further):"
        yield from (f"  {each.replayed.sha256}  {each.replayed.table} ({each.replayed.rows} rows)" for each in done.tables)
    for each in done.differences:
        yield f"{each.table} {', '.join(f'{name} {value}' for name, value in each.key.items())}: the first row that differs"
        if not each.live or not each.replayed:
            yield f"  only {'live' if each.live else 'in the replay'}"
        else:
            yield from (f"  {name}: live {each.live[name]}, replayed {each.replayed[name]}" for name in each.live)
        yield from (f"  rests on event {event}" for event in each.events)
    if done.day is not None:
        yield from _day_lines(done.day)
    yield from outcome_lines(done.findings)
    if done.findings.unsent and done.sealed_at is not None:
        yield f"  the newest seal is of {_sealed_at(done)}: what was recorded a day before it and is not published counts as missing"
