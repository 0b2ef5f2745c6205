"""The form of a check, and running all of them: one that cannot look says so, and the others go on; those that need what it looked at wait.

Must never change anything, and never tell a value of an event: names, positions, counts, ages. One cause is told once: a check that needs a
service that does not answer is not run, since what it would say of it is a guess, and it would wait as long again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ledger.doctoring.sayings import SAYINGS, Verdict, english
from ledger.errors import CallerError, DataError, DependencyError, LedgerError, RefusedError
from ledger.settings import Settings

CONNECT_SECONDS_MAX: Final = 5.0
COULD_NOT_LOOK: Final = "could not look"
_KINDS: Final[tuple[tuple[type[LedgerError], str], ...]] = (
    (DependencyError, "error_dependency"), (CallerError, "error_caller"), (RefusedError, "error_refused"), (DataError, "error_data"),
    (LedgerError, "error_other"),
)  # fmt: skip


class Found(NamedTuple):
    """What a check says. looked_at: of what it speaks. said: what is so, in a few words. remedy: what to do, empty when ok.

    key, parts: of ledger/doctoring/sayings.py, from which the words are made; no key: the words stand for themselves.
    """

    verdict: Verdict
    looked_at: str
    said: str
    remedy: str = ""
    key: str = ""
    parts: Mapping[str, Any] = {}


def found(key: str, **parts: Any) -> Found:
    """What a check says, by its key. parts: see `sayings.sentence`."""
    said, remedy = english(key, parts)
    return Found(SAYINGS[key].verdict, SAYINGS[key].looked_at, said, remedy, key, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report. runbook: heading of docs/runbook.md to read, empty when ok. key: which sentence `said` is; parts: what is filled in."""

    name: str
    verdict: Verdict
    looked_at: str
    said: str
    remedy: str
    runbook: str
    key: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)


class Check(NamedTuple):
    """One named check. runbook: heading of docs/runbook.md. look: given the settings; raises LedgerError when it cannot look. needs: checks
    without which this one cannot tell anything.
    """

    name: str
    runbook: str
    look: Callable[[Settings], Found]
    needs: tuple[str, ...] = ()


def run_all(checks: Mapping[str, Check], settings: Settings) -> Iterator[Finding]:
    """Run each, in order, unless one that it needs could not look; what fails is wrong, and ends no other."""
    findings: dict[str, Finding] = {}
    for name, check in checks.items():
        findings[name] = waiting(check, findings) or run(check, settings)
        yield findings[name]


def waiting(check: Check, findings: Mapping[str, Finding]) -> Finding | None:
    """What to say of a check that needs one that could not look; None: it can be run. findings: by name, those that were run."""
    missing = next((name for name in check.needs if name in findings and findings[name].looked_at == COULD_NOT_LOOK), None)
    return None if missing is None else _finding(check, found("not_looked_at", check=missing))


def run(check: Check, settings: Settings, *, is_told_abroad: bool = False) -> Finding:
    """Run one check; whatever goes wrong in it is its finding.

    is_told_abroad: to who is not at the machine, so an error is told by its kind alone: its text may name a path or an address.
    """
    try:
        seen = check.look(settings)
    except LedgerError as error:
        key = next(each for kind, each in _KINDS if isinstance(error, kind))
        seen = found(key) if is_told_abroad else Found("wrong", COULD_NOT_LOOK, str(error), error.hint or "", key)
    except Exception as error:  # of a library, or a defect of ours: its message may hold a value
        seen = found("stopped", kind=type(error).__name__)
    return _finding(check, seen)


def _finding(check: Check, seen: Found) -> Finding:
    is_ok = seen.verdict == "ok"
    return Finding(
        name=check.name, verdict=seen.verdict, looked_at=seen.looked_at, said=seen.said, remedy="" if is_ok else seen.remedy,
        runbook="" if is_ok else check.runbook, key=seen.key, parts=seen.parts,
    )  # fmt: skip
