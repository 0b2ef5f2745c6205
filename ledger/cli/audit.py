"""`ledger audit`: what is sealed, checked and handed out. `ledger-verify` checks, and shares no code with the sealer."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from ledger.cli.audit_as_of import as_of
from ledger.cli.audit_check import check
from ledger.cli.audit_replay import ArchiveFolder, replay
from ledger.cli.certificate import certificate
from ledger.cli.checked import note_check
from ledger.cli.pack import pack
from ledger.errors import CallerError, DataError

if TYPE_CHECKING:
    from ledger.auditing.bundles import Place
    from ledger.settings import Settings



def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    audit = typer.Typer(help="Check what is sealed, and prove single events.", no_args_is_help=True, rich_markup_mode=None)
    audit.command("verify", epilog="Example: ledger audit verify --kafka")(verify)
    audit.command("replay", epilog="Example: ledger audit replay --from-archive")(replay)
    audit.command("as-of", epilog="Example: ledger audit as-of 7f3a9c21d4e8 -c smallhold --on 2026-01-31 --known-at 2026-02-01")(as_of)
    audit.command("prove", epilog="Example: ledger audit prove --subject 7f3a9c21d4e8 -c smallhold > bundle.json")(prove)
    audit.command("check", epilog="Example: ledger audit check certificate.json")(check)
    audit.command("certificate", epilog="Example: ledger audit certificate --request request-1 -c smallhold > certificate.json")(certificate)
    audit.command("pack", epilog="Example: ledger audit pack --output for-the-auditor --from 2026-01-01")(pack)
    app.add_typer(audit, name="audit", epilog="Example: ledger audit verify")


def verify(
    archive: ArchiveFolder = None,
    key: Annotated[list[str] | None, typer.Option("--key", metavar="VKEY", help="Public key; may be repeated. [default: our own]")] = None,
    kafka: Annotated[bool, typer.Option("--kafka", help="Read all of the log from Kafka besides, and compare each record.")] = False,
    state: Annotated[Path | None, typer.Option("--state", metavar="FILE", help="The checkpoint that you kept; renewed by a good run.")] = None,
    resume: Annotated[Path | None, typer.Option("--resume", metavar="FILE", help="Notes what is done; a run cut short goes on from it.")] = None,
    level: Annotated[str | None, typer.Option(metavar="LEVEL", help="L0, L1 or L3: below it, it cannot be decided.")] = None,
    max_age: Annotated[float | None, typer.Option("--max-age", metavar="SECONDS", help="Of the newest round; older: cannot decide.")] = None,
    witness: Annotated[list[str] | None, typer.Option("--witness", metavar="VKEY", help="A witness that you trust; may be repeated.")] = None,
    quorum: Annotated[int | None, typer.Option(metavar="N", help="How many of the witnesses must have cosigned. [all]")] = None,
    processes: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Processes that verify.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Findings and verdict as JSON Lines.")] = False,
) -> None:
    """Verify the archive as an auditor would, from its files alone; with --kafka also that the broker still has what was sealed.

    Exit codes are those of ledger-verify: 0 verified, 1 findings, 2 cannot decide, 3 wrong use.
    """
    from ledger.settings import load_settings, read_settings
    from ledger.verify.__main__ import main as ledger_verify

    settings = load_settings() if kafka else read_settings()
    words = ["replay", "--archive", str(archive or settings.archive), "--processes", str(processes)]
    words += [word for each in key or _own_keys(settings, archive or settings.archive) for word in ("--key", each)]
    for option, given in (("state", state), ("resume", resume), ("level", level), ("max-age", max_age), ("quorum", quorum)):
        words += [] if given is None else [f"--{option}", str(given)]
    words += [word for each in witness or () for word in ("--witness", each)]
    code = ledger_verify([*words, "--json"] if as_json else words)
    if kafka and code != 3:
        code = max(code, _compare(settings, archive or settings.archive, as_json), key=(0, 2, 1).index)
    if archive is None and code != 3:  # of another archive it says nothing about this ledger
        note_check("verify", ("good", "findings", "undecided")[code])
    raise typer.Exit(code)


def prove(
    event: Annotated[UUID | None, typer.Argument(metavar="EVENT", help="Id of an event.")] = None,
    subject_ref: Annotated[str | None, typer.Option("--subject", metavar="REF", help="All events of a subject, with the answer about it.")] = None,
    controller: Annotated[str | None, typer.Option("--controller", "-c", metavar="NAME", help="With --subject: the controller.")] = None,
    archive: ArchiveFolder = None,
) -> None:
    """Print a bundle: records of the log, with what shows that they are sealed. `ledger-verify bundle` checks it anywhere.

    Of a subject it holds all its events and the answer of `ledger subject show`; keep it as you keep that answer.
    """
    if (event is None) == (subject_ref is None) or (subject_ref is None) != (controller is None):
        raise CallerError("cannot prove: expected an event id, or --subject with --controller", hint="ledger audit prove --help")
    from ledger.auditing.bundles import bundle
    from ledger.auditing.sealed_archive import SealedArchive
    from ledger.sealing.archive import Archive
    from ledger.settings import load_settings

    sealed = SealedArchive(Archive(archive or load_settings().archive))
    places, answer = _places_of_event(event) if event is not None else _places_of_subject(controller or "", subject_ref or "")
    print(json.dumps(bundle(sealed, places, answer), indent=1))


def _own_keys(settings: Settings, folder: Path) -> list[str]:
    """Our keys, and those that they took the place of: what the archive itself names, which an auditor would not believe."""
    from ledger.sealing.archive import Archive
    from ledger.sealing.keys import public_keys
    from ledger.sealing.seals import keys_of_ledger_file
    from processors.sealer import sealing_keys

    print("ledger: checked with our own keys: an auditor brings those that he was given before", file=sys.stderr)
    own = public_keys(sealing_keys(settings))
    return list(dict.fromkeys([*own, *keys_of_ledger_file(Archive(folder).read("ledger.json"))]))


def _compare(settings: Settings, folder: Path, as_json: bool) -> int:
    """Hold every sealed entry against the broker; return the exit code."""
    from ledger.adapters.kafka_log import KafkaLog
    from ledger.auditing.against_kafka import compare
    from ledger.auditing.sealed_archive import SealedArchive
    from ledger.sealing.archive import Archive

    with KafkaLog(settings) as log:
        found = compare(SealedArchive(Archive(folder)), log)
    for each in found.findings:
        print(json.dumps(each._asdict()) if as_json else f"{each.reason}  {each.topic}-{each.partition} offset {each.offset}: {each.text}")
    last = {"kafka": "differs" if found.findings else "same", "records": found.records, "gone": found.gone}
    gone = f", {found.gone:,} more have expired there" if found.gone else ""
    print(json.dumps(last) if as_json else f"  kafka   {last['kafka']}: {found.records:,} sealed records read from the broker{gone}")
    return 1 if found.findings else 0


def _places_of_event(event: UUID) -> tuple[list[Place], Any]:
    from ledger.auditing.bundles import Place
    from ledger.cli.asking import asking

    with asking() as query:
        found = query.places_of_event(event.bytes)
    if not found:
        raise DataError("cannot prove the event: no fact with that id is folded", hint="ledger wait; ids are in every answer (`--json`)")
    return [Place("facts", *each) for each in found], None


def _places_of_subject(controller: str, subject_ref: str) -> tuple[list[Place], Any]:
    from ledger.cli.asking import asking
    from ledger.packing.persons import rests_on

    with asking() as query, query.one_moment(controller, subject_ref):
        found = rests_on(query, controller, subject_ref)
    if not found.places:
        raise DataError("cannot prove anything of this subject: nothing is known of it", hint="ledger subject show")
    return found.places, found.answer
