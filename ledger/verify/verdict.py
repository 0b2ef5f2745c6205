"""What follows from all that was seen: the level of trust, the exit code, and the words. Never says "verified" of what it could not decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.verify.bundle import Bundle
from ledger.verify.findings import printable
from ledger.verify.replay import Checked

VERIFIED, FOUND, UNDECIDED, MISUSE = 0, 1, 2, 3
WORDS = {VERIFIED: "VERIFIED", FOUND: "FINDINGS", UNDECIDED: "UNDECIDED"}
NEVER_PROVEN = ("that an event was recorded at all", "that what it says is true", "that no copy of an erased key exists")
NOT_AT_L0 = "that nobody was shown another history: keep the checkpoint of the seals log (--state FILE), the next run is then at L1"
NOT_BELOW_L2 = "when it was sealed: times are by the sealer's own clock"
APART = 60  # seconds that two clocks which are right may be apart


@dataclass(frozen=True)
class Verdict:
    checked: Checked
    code: int
    level: str
    why: tuple[str, ...]  # why it cannot be decided
    age: float | None  # of the newest round, in seconds
    kept_size: int | None

    def not_proven(self) -> list[str]:
        return [*NEVER_PROVEN, *([NOT_AT_L0] if self.level == "L0" else []), *([NOT_BELOW_L2] if self.level != "L3" else [])]


def verdict_of(checked: Checked, kept_size: int | None, asked: str | None, max_age: float | None, now: float, trouble: str | None) -> Verdict:
    reasons = {reason for findings in checked.findings() for reason in findings.reasons}
    newest = checked.seals.milliseconds
    age = None if newest is None else now - newest / 1000
    why = [trouble] if trouble else []
    if "file-missing" in reasons:
        why.append("files are missing")
    if not checked.reports:
        why.append("there is no log")
    if not checked.seals.rounds:
        why.append("there is no whole round of sealing")
    if max_age is not None and (age is None or not -APART <= age <= max_age):
        why.append(age_in_words(age) + (f", over {max_age:.0f} s" if age is not None and age > max_age else ""))
    level = "L0" if not reasons and not trouble else "none"
    if level == "L0" and kept_size is not None:
        level = "L1"
    cosigned = checked.seals.cosigned
    if level != "none" and cosigned.size and cosigned.size == checked.seals.size:
        level = "L3"
    if asked == "L3" and level != "L3":
        why.append(f"level L3 needs the newest checkpoint, of size {checked.seals.size}, cosigned by a quorum; cosigned is size {cosigned.size}")
    if asked == "L1" and kept_size is None:
        why.append("level L1 needs a checkpoint that you kept: run once with --state FILE at L0")
    code = FOUND if reasons - {"file-missing"} else UNDECIDED if why else VERIFIED
    return Verdict(checked, code, level, tuple(why), age, kept_size)


def as_json(verdict: Verdict) -> Iterator[str]:
    """The findings, one a line, and a last line with the verdict."""
    more = 0
    for findings in verdict.checked.findings():
        more += findings.more
        yield from (finding.as_json() for finding in findings)
    last = {
        "verdict": WORDS[verdict.code].lower(), "exit": verdict.code, "level": verdict.level, "events": verdict.checked.events,
        "partitions": len(verdict.checked.reports), "rounds": verdict.checked.seals.rounds, "sealed_to": verdict.checked.seals.milliseconds,
        "cosigned": {"size": verdict.checked.seals.cosigned.size, "by": verdict.checked.seals.cosigned.by},
        "more_findings": more, "why": list(verdict.why), "notes": notes_of(verdict), "not_proven": verdict.not_proven(),
    }  # fmt: skip
    yield json.dumps(last)


def as_text(verdict: Verdict) -> Iterator[str]:
    for findings in verdict.checked.findings():
        yield from (finding.as_text() for finding in findings)
        if findings.more:
            yield printable(f"and {findings.more:,} more of {findings.log}")
    checked, reasons = verdict.checked, {reason for findings in verdict.checked.findings() for reason in findings.reasons}
    if verdict.code == VERIFIED:
        until = "" if checked.seals.milliseconds is None else f", sealed to {in_words(checked.seals.milliseconds)}"
        yield f"VERIFIED  {checked.events:,} events, {len(checked.reports)} partitions{until}"
        kept = f", consistent with your checkpoint of size {verdict.kept_size}" if verdict.kept_size is not None else ""
        if verdict.level == "L3":
            by = checked.seals.cosigned.by
            kept += f", cosigned by {', '.join(sorted(by))} until {in_words(1000 * max(by.values()))}"
        yield f"  trust   {verdict.level}: signed by the key that you gave{kept}"
    else:
        number = sum(len(findings.kept) + findings.more for findings in checked.findings())
        counted = f"{number:,} findings" if verdict.code == FOUND else "cannot decide"
        yield f"{WORDS[verdict.code]}  {counted}" + "".join(f"; {why}" for why in verdict.why)
        yield "  trust   none"
    yield f"  gaps    {'FOUND' if 'offset-hole' in reasons else 'none'}   {age_in_words(verdict.age)}"
    for note in notes_of(verdict):
        yield printable(f"  note    {note}")
    yield "  not proven:"
    yield from (f"    {each}" for each in verdict.not_proven())


NOT_BY_BUNDLE = ("that these are all events of that person or matter", "that the answer follows from them: that takes a replay of the log")


def code_of_bundle(bundle: Bundle) -> int:
    return FOUND if bundle.findings.reasons else VERIFIED if bundle.records else UNDECIDED


def bundle_as_json(bundle: Bundle) -> Iterator[str]:
    """The findings, one a line, and a last line with the verdict."""
    yield from (finding.as_json() for finding in bundle.findings)
    code = code_of_bundle(bundle)
    last = {
        "verdict": WORDS[code].lower(), "exit": code, "without_place": bundle.without_place, "state_not_compared": bundle.not_compared,
        "records": bundle.records, "logs": bundle.logs, "sealed_to": bundle.sealed_to,
        "seals_size": bundle.seals.size if bundle.seals else None, "not_proven": [*NOT_BY_BUNDLE, *NEVER_PROVEN],
    }  # fmt: skip
    yield json.dumps(last)


def bundle_as_text(bundle: Bundle) -> Iterator[str]:
    yield from (finding.as_text() for finding in bundle.findings)
    if bundle.findings.reasons:
        yield f"{WORDS[FOUND]}  {len(bundle.findings.kept) + bundle.findings.more:,} findings"
    elif not bundle.records:
        yield f"{WORDS[UNDECIDED]}  there is no record in it"
    else:
        until = "" if bundle.sealed_to is None else f", sealed by {in_words(bundle.sealed_to)}"
        yield f"{WORDS[VERIFIED]}  {bundle.records:,} records of {bundle.logs} partitions{until}"
        if bundle.has_answer:
            less = f", but for {bundle.without_place:,} that it names without a place" if bundle.without_place else ""
            yield f"  answer  each event that it names is among them{less}"
            yield "  answer  what it says besides is not checked here: no date, category, name or number of it"
        yield f"  trust   L0: signed by the key that you gave, in the seals log of size {bundle.seals.size if bundle.seals else 0:,}"
    if bundle.not_compared is not None:
        yield f"  state   NOT compared: the checkpoint that you kept is of size {bundle.not_compared:,}; replay, pack and between compare it"
    yield "  not proven:"
    yield from (f"    {each}" for each in (*NOT_BY_BUNDLE, *NEVER_PROVEN))


def notes_of(verdict: Verdict) -> list[str]:
    cosigned, size = verdict.checked.seals.cosigned.size, verdict.checked.seals.size
    late = [f"the seals log is cosigned up to size {cosigned} of {size}"] if 0 < cosigned < size else []
    ahead = [age_in_words(verdict.age)] if verdict.age is not None and verdict.age < -APART else []
    return [*ahead, *late, *verdict.checked.seals.notes, *(note for report in verdict.checked.reports for note in report.notes)]


def age_in_words(age: float | None) -> str:
    if age is not None and age < -APART:
        return f"the time of the newest round lies {-age:,.0f} s in the future: the sealer's clock or this one is wrong"
    return "there is no round" if age is None else f"newest round is {max(age, 0):,.0f} s old"


def in_words(milliseconds: int) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms since 1970"
