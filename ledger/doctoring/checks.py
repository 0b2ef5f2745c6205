"""The form of a check, and running all of them: one that cannot look says so, and the others go on; those that need what it looked at wait.

Must never change anything, and never tell a value of an event: names, positions, counts, ages. One cause is told once: a check that needs a
service that does not answer is not run, since what it would say of it is a guess, and it would wait as long again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from ledger.errors import CallerError, DataError, DependencyError, LedgerError, RefusedError
from ledger.settings import Settings

Verdict = Literal["ok", "warning", "wrong"]
CONNECT_SECONDS_MAX: Final = 5.0
COULD_NOT_LOOK: Final = "could not look"
NOT_LOOKED_AT: Final = "nothing"
ON_ITS_MACHINE: Final = "`ledger doctor` on its machine says more"
_KINDS: Final[tuple[tuple[type[LedgerError], str], ...]] = (
    (DependencyError, "a service that it needs does not answer"), (CallerError, "a setting is missing or wrong"),
    (RefusedError, "somebody else is at it"), (DataError, "something stored is damaged"),
    (LedgerError, "something is not as it must be"),
)  # fmt: skip


class Found(NamedTuple):
    """What a check says. looked_at: of what it speaks. said: what is so, in a few words. remedy: what to do, empty when ok."""

    verdict: Verdict
    looked_at: str
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report. runbook: heading of docs/runbook.md to read, empty when ok."""

    name: str
    verdict: Verdict
    looked_at: str
    said: str
    remedy: str
    runbook: str


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
    found: dict[str, Finding] = {}
    for name, check in checks.items():
        found[name] = waiting(check, found) or run(check, settings)
        yield found[name]


def waiting(check: Check, found: Mapping[str, Finding]) -> Finding | None:
    """What to say of a check that needs one that could not look; None: it can be run. found: by name, those that were run."""
    missing = next((name for name in check.needs if name in found and found[name].looked_at == COULD_NOT_LOOK), None)
    if missing is None:
        return None
    said, remedy = f"not looked at: it needs `{missing}`", f"mend `{missing}`, then ask again"
    return Finding(name=check.name, verdict="warning", looked_at=NOT_LOOKED_AT, said=said, remedy=remedy, runbook=check.runbook)


def run(check: Check, settings: Settings, *, is_told_abroad: bool = False) -> Finding:
    """Run one check; whatever goes wrong in it is its finding.

    is_told_abroad: to who is not at the machine, so an error is told by its kind alone: its text may name a path or an address.
    """
    try:
        found = check.look(settings)
    except LedgerError as error:
        said = next(words for kind, words in _KINDS if isinstance(error, kind))
        found = Found("wrong", COULD_NOT_LOOK, *((said, ON_ITS_MACHINE) if is_told_abroad else (str(error), error.hint or "")))
    except Exception as error:  # of a library, or a defect of ours: its message may hold a value
        found = Found("wrong", COULD_NOT_LOOK, f"stopped with {type(error).__name__}", "report this")
    runbook = "" if found.verdict == "ok" else check.runbook
    return Finding(
        name=check.name, verdict=found.verdict, looked_at=found.looked_at, said=found.said,
        remedy="" if found.verdict == "ok" else found.remedy, runbook=runbook,
    )  # fmt: skip
