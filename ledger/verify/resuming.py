"""A run that was cut short goes on: logs that were checked to their end without a finding are noted in a file, and passed over the next time.

Passed over is only what is as it was: the same newest checkpoint, the same rounds, the same keys. What somebody did to other files in between is not
seen by the run that goes on, so it says what it has passed over; a run without the file sees all.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from ledger.verify.files import LogFiles
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.one_log import Report, Task


class Resuming:
    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.done: dict[str, tuple[str, int]] = {}
        try:
            lines = [] if file is None else file.read_text().splitlines()
        except FileNotFoundError:  # the first run, or another that used it has just ended
            lines = []
        for line in lines:
            try:
                mark, origin, size = json.loads(line)
                self.done[str(mark)] = (str(origin), int(size))
            except (ValueError, TypeError):
                continue  # the line that was being written when the run was cut short

    def passed_over(self, task: Task) -> Report | None:
        """The report of a log that needs no checking any more, or None."""
        known = self.done.get(mark_of(task))
        if known is None:
            return None
        origin, size = known
        note = [f"{origin}: passed over, an earlier run had checked it up to size {size}"]
        return Report(Findings(origin, task.topic, task.partition), origin, size, notes=note)

    def note(self, task: Task, report: Report) -> None:
        """Remember a log without findings."""
        if self.file is not None and not report.findings.reasons and report.size and report.origin:
            with self.file.open("a") as out:
                out.write(json.dumps([mark_of(task), report.origin, report.size]) + "\n")

    def is_over(self) -> None:
        """All was checked: the next run begins anew."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)


def mark_of(task: Task) -> str:
    """What must be the same for a log to be passed over."""
    whole = hashlib.sha256(os.fsencode(task.folder.resolve()))
    for key in task.keys:
        whole.update(b"\n" + key.vkey.encode())
    for origin, said in sorted((task.sealed or {}).items()):
        whole.update(b"\n" + origin.encode() + said)
    try:
        whole.update(LogFiles(task.folder).read("checkpoint"))
    except (MissingError, BrokenError):
        return ""
    return whole.hexdigest()
