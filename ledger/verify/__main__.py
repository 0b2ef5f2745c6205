"""The command. Data on stdout, talk on stderr; exit codes 0 verified at the level asked for, 1 findings, 2 cannot decide, 3 wrong use."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from ledger.verify.between import check_between
from ledger.verify.bundle import check_bundle
from ledger.verify.files import LARGE, LogFiles
from ledger.verify.findings import BrokenError, Findings, MissingError, printable
from ledger.verify.notes import Checkpoint, Key, SignatureError, checkpoint_of, key_of
from ledger.verify.pack import check_bundles, check_files
from ledger.verify.replay import check_archive
from ledger.verify.seals import checkpoint_in
from ledger.verify.verdict import FOUND, MISUSE, UNDECIDED, VERIFIED, as_json, as_text, bundle_as_json, bundle_as_text, code_of_bundle, verdict_of
from ledger.verify.witnesses import check_witnesses, witness_of

WHATEVER = (MissingError, BrokenError, OSError, MemoryError, ArithmeticError, LookupError, TypeError, ValueError)


class Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(MISUSE, f"ledger-verify: {message}\n")


def parser() -> Arguments:
    whole = Arguments(prog="ledger-verify", description="Checks an archive of sealed logs, from its files alone (docs/evidence.md).")
    commands = whole.add_subparsers(dest="command", required=True, parser_class=Arguments)
    replay = commands.add_parser("replay", help="everything: every log, every entry, every record, every round")
    between = commands.add_parser("between", help="whether one checkpoint goes on from another, whichever is the older")
    between.add_argument("old", type=Path, metavar="CHECKPOINT")
    between.add_argument("new", type=Path, metavar="CHECKPOINT")
    bundle = commands.add_parser("bundle", help="some records with their proofs, from one file")
    bundle.add_argument("bundle", type=Path, metavar="FILE")
    bundle.add_argument("--state", type=Path, metavar="FILE", help="the checkpoint that you kept, to compare")
    pack = commands.add_parser("pack", help="what an auditor took home: its files, the archive and the bundles in it")
    pack.add_argument("pack", type=Path, metavar="DIR")
    pack.add_argument("--partial", action="store_true", help="it is enough that a part of the records is in it")
    for each in (replay, between):
        each.add_argument("--archive", type=Path, required=True, metavar="DIR")
    for each in (replay, between, bundle, pack):
        each.add_argument("--key", action="append", required=True, metavar="VKEY", help="the vkey of the ledger, from anywhere but the archive")
        each.add_argument("--json", action="store_true", help="findings and verdict as JSON Lines")
    replay.add_argument("--resume", type=Path, metavar="FILE", help="notes the logs that are done; a run that was cut short goes on from it")
    for each in (replay, pack):
        each.add_argument("--state", type=Path, metavar="FILE", help="the checkpoint that you kept; written anew after a good run")
        each.add_argument("--processes", type=int, default=1, metavar="N")
        each.add_argument("--max-age", type=float, metavar="SECONDS", help="of the newest round")
        each.add_argument("--witness", action="append", default=[], metavar="VKEY", help="a witness that you trust; may be repeated")
        each.add_argument("--quorum", type=int, metavar="N", help="how many of the witnesses must have cosigned; all when left out")
        each.add_argument("--level", choices=("L0", "L1", "L3"), help="below it: cannot decide")
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    whole = parser()
    given = whole.parse_args(arguments)
    try:
        keys = [key_of(vkey) for vkey in given.key]
    except BrokenError as error:
        whole.error(f"--key: {error}")
    if len({key.name for key in keys}) != 1:
        whole.error("all keys must be of one ledger")
    if given.command == "pack":
        given.archive = given.pack / "archive"
    if given.command != "bundle" and not given.archive.is_dir():
        whole.error(f"{given.archive} is no folder")
    try:
        commands = {"replay": replay, "between": between, "bundle": some_records, "pack": replay}
        return commands[given.command](given, keys, whole)
    except WHATEVER as error:  # a bug of ours, or a disk that fails
        sys.stderr.write(f"ledger-verify: cannot decide: {type(error).__name__}: {error}\n")
        return UNDECIDED


def replay(given: argparse.Namespace, keys: list[Key], whole: Arguments) -> int:
    kept: Checkpoint | None
    kept = trouble = None
    try:
        witnesses = [witness_of(vkey) for vkey in given.witness]
    except BrokenError as error:
        whole.error(f"--witness: {error}")
    quorum = given.quorum or len(witnesses)
    if given.quorum is not None and not 0 < given.quorum <= len(witnesses):
        whole.error("--quorum: expected a number up to that of the witnesses")
    if given.state:
        try:
            kept, _ = checkpoint_in(given.state, keys[0].name, keys)
        except (BrokenError, SignatureError) as error:
            trouble = f"{given.state}: {error}"
    progress, clear = shown_progress()
    of_pack, is_pack = Findings(keys[0].name), given.command == "pack"
    ranges = check_files(given.pack, keys[0].name, of_pack) if is_pack else None
    checked = check_archive(given.archive, keys, kept, given.processes, progress, None if is_pack else given.resume, ranges, of_pack)
    clear()
    if is_pack:
        bundles = check_bundles(given.pack, keys, checked.seals.note, of_pack)
        checked.seals.notes.append(f"{bundles} bundles are in this pack, each checked" if not of_pack.reasons else "the pack has findings")
        if (outside := sum(report.outside for report in checked.reports)) and not given.partial:
            trouble = trouble or f"{outside:,} records are not in this pack (--partial: the rest is enough)"
    if witnesses and checked.seals.size:
        checked.seals.cosigned = check_witnesses(given.archive, keys[0].name, keys, witnesses, quorum, checked.seals.findings)
    verdict = verdict_of(checked, kept.size if kept else None, given.level, given.max_age, time.time(), trouble)
    if verdict.code == VERIFIED and given.state:
        try:
            keep(given.state, checked.seals.note)
            sys.stderr.write(f"kept the checkpoint of size {checked.seals.size} in {given.state}\n")
        except OSError as error:
            why = f"the checkpoint cannot be kept in {given.state}: {error.strerror}"
            verdict = replace(verdict, code=UNDECIDED, level="none", why=(why,))
    say(as_json(verdict) if given.json else as_text(verdict))
    return verdict.code


def between(given: argparse.Namespace, keys: list[Key], whole: Arguments) -> int:
    read: list[Checkpoint] = []
    for file in (given.old, given.new):
        try:
            read.append(checkpoint_of(LogFiles(file.parent).read(file.name), None, keys))
        except MissingError as error:
            whole.error(str(error))
        except (BrokenError, SignatureError) as error:
            say([printable(f"UNDECIDED  {file}: {error}")])
            return UNDECIDED
    old, new = sorted(read, key=lambda each: each.size)  # who holds a fork in his hands does not know which is the older one
    if old.origin != new.origin:
        whole.error("the checkpoints are of two logs")
    found = check_between(given.archive, keys[0].name, old, new)
    say(finding.as_json() if given.json else finding.as_text() for finding in found)
    if not found.reasons:
        say([printable(f"CONSISTENT  {new.origin}: size {new.size} goes on from size {old.size}")])
        return VERIFIED
    return FOUND if found.reasons == {"checkpoint-conflict"} else UNDECIDED


def some_records(given: argparse.Namespace, keys: list[Key], whole: Arguments) -> int:
    try:
        text = LogFiles(given.bundle.parent).read(given.bundle.name, LARGE)
        if not text:  # what a command that was refused has left
            say([printable(f"UNDECIDED  {given.bundle} is empty")])
            return UNDECIDED
        bundle = check_bundle(text, keys)
        kept = checkpoint_in(given.state, keys[0].name, keys)[0] if given.state else None
    except MissingError as error:
        whole.error(str(error))
    except (BrokenError, SignatureError) as error:
        whole.error(f"{given.state}: {error}")
    if kept and bundle.seals and kept.size != bundle.seals.size:
        bundle.not_compared = kept.size
    elif kept and bundle.seals and kept != bundle.seals:
        bundle.findings.add("checkpoint-conflict", f"the checkpoint that was kept is of the same size, {kept.size}, and has another root")
    say(bundle_as_json(bundle) if given.json else bundle_as_text(bundle))
    return code_of_bundle(bundle)


def say(lines: Iterable[str]) -> None:
    """A reader who has seen enough (`| head`) changes no verdict: the exit code says it all the same."""
    try:
        for line in lines:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def keep(file: Path, note: bytes) -> None:
    """At once or not at all: a checkpoint half written would be lost trust."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("wb") as out:
        out.write(note)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def shown_progress() -> tuple[Callable[[int], None], Callable[[], object]]:
    """A line on stderr that is written over, when a person looks at it."""
    if not sys.stderr.isatty():
        return (lambda _: None), (lambda: None)
    done, shown = 0, time.monotonic()

    def progress(entries: int) -> None:
        nonlocal done, shown
        done += entries
        if time.monotonic() - shown > 0.5:
            shown = time.monotonic()
            sys.stderr.write(f"\r{done:,} entries checked ")
            sys.stderr.flush()

    return progress, lambda: sys.stderr.write("\r\033[K")


if __name__ == "__main__":
    raise SystemExit(main())
