"""The whole archive: the seals log first, then each log against it, in as many processes as wanted. Gathers; decides nothing (verdict.py does)."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ledger.verify.files import LogFiles
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.notes import NUMBER, Checkpoint, Key, key_of
from ledger.verify.one_log import Report, Task, check_log
from ledger.verify.resuming import Resuming
from ledger.verify.seals import Seals, check_seals


@dataclass
class Checked:
    """All that was seen."""

    ledger: str
    seals: Seals
    reports: list[Report] = field(default_factory=list)
    others: Findings = field(default_factory=lambda: Findings(""))

    def findings(self) -> list[Findings]:
        return [self.seals.findings, self.others, *(report.findings for report in self.reports)]

    @property
    def events(self) -> int:
        return sum(max(0, report.size - 1) for report in self.reports)


def check_archive(
    archive: Path, keys: Sequence[Key], kept: Checkpoint | None, processes: int, progress: Callable[[int], None], resume: Path | None = None,
    payload: dict[str, tuple[int, int]] | None = None, others: Findings | None = None,
) -> Checked:  # fmt: skip
    ledger = keys[0].name
    checked = Checked(ledger, check_seals(archive, ledger, keys, kept, progress), others=others or Findings(ledger))
    check_ledger_json(archive, ledger, checked.others)
    tasks = [replace(task, payload=payload) for task in tasks_of(archive, keys, checked)]
    resuming, waiting = Resuming(resume), []
    for task in tasks:
        report = resuming.passed_over(task)
        if report is None:
            waiting.append(task)
        else:
            checked.reports.append(report)
    for task, report in zip(waiting, reports_of(waiting, processes, progress), strict=True):
        resuming.note(task, report)
        checked.reports.append(report)
    resuming.is_over()
    return checked


def tasks_of(archive: Path, keys: Sequence[Key], checked: Checked) -> list[Task]:
    """A task for each log that is there; a finding for each that the seals know and that is not."""
    seals, files = checked.seals, LogFiles(archive)
    sealed: dict[tuple[str, str], dict[str, bytes]] = {}
    for origin, packed in seals.sealed.items():
        topic, _, partition = origin.removeprefix(f"{checked.ledger}/").rpartition("/")[0].partition("/")
        sealed.setdefault((topic, partition), {})[origin] = bytes(packed)
    tasks = []
    try:
        for topic in files.listed("logs"):
            for partition in files.listed(f"logs/{topic}"):
                folder = archive / "logs" / topic / partition
                if not NUMBER.fullmatch(partition) or int(partition) >= 1 << 32 or not folder.is_dir():
                    checked.others.add("file-broken", f"logs/{topic}/{partition} is not the folder of a partition")
                elif files.listed(f"logs/{topic}/{partition}"):
                    known = sealed.pop((topic, partition), {}) if seals.is_read else None
                    tasks.append(Task(folder, checked.ledger, topic, int(partition), tuple(keys), known))
    except BrokenError as error:
        checked.others.of(error)
    for origin in (origin for missing in sealed.values() for origin in missing) if seals.is_read else ():
        checked.others.add("log-missing", f"the log {origin} of the seals is not there")
    return tasks


def check_ledger_json(archive: Path, ledger: str, found: Findings) -> None:
    """For convenience only, so it may be absent; but what is there must be right."""
    try:
        text = LogFiles(archive).read("ledger.json")
        said = json.loads(text)
        keys = [key_of(vkey) for vkey in said["keys"]]
        again = {name: said[name] for name in ("format", "ledger", "keys")}
        if text != json.dumps(again, separators=(",", ":"), ensure_ascii=False).encode() + b"\n":
            raise BrokenError("ledger.json is not written as it should be")
        if (said["format"], said["ledger"]) != (1, ledger) or not keys or any(key.name != ledger for key in keys):
            raise BrokenError("ledger.json is that of another ledger")
    except MissingError:
        return
    except BrokenError as error:
        found.add("file-broken", f"ledger.json: {error}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.add("file-broken", "ledger.json is not what it should be")


def reports_of(tasks: list[Task], processes: int, progress: Callable[[int], None]) -> Iterator[Report]:
    if processes <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield check_log(task, progress)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(tasks))) as pool:
        for report in pool.imap(checked_alone, tasks):
            progress(report.size)
            yield report


def checked_alone(task: Task) -> Report:
    return check_log(task, lambda _: None)
