"""`ledger dead-letters list | show | retry`: records that could not be read. Never prints their bytes."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.errors import CallerError, DataError

if TYPE_CHECKING:
    from ledger.dead_letters import DeadLetter, Position
    from ledger.folding.reading import Record

SEND_SECONDS_MAX = 30.0
# Why a retry was left out, for those reasons that no newer version of the ledger will remove.
_ADVICE = {
    "register_copy": "copies of register events are not repeated: publish the register event again",
    "wrong_key": "the service must emit it under its subject's key",
    "wrong_partition": "the service must emit it with partitioner murmur2_random",
    "not_a_fact": "it does not belong on this topic",
    "text_too_long": "the service must emit shorter texts, or seal what is long",
    "list_too_long": "the service must spread it over several events",
}

AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
POSITION = Annotated[str, typer.Argument(metavar="POSITION", help="topic/partition/offset, as `list` prints it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        help="Records that could not be read: where they are, why, and another chance.",
        epilog="Example: ledger dead-letters list",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("list", epilog="Example: ledger dead-letters list --json")(list_letters)
    group.command("show", epilog="Example: ledger dead-letters show facts/0/12")(show)
    group.command("retry", epilog="Example: ledger dead-letters retry --all")(retry)
    app.add_typer(group, name="dead-letters")


def list_letters(as_json: AS_JSON = False) -> None:
    """List all dead letters with position, reason and fingerprint. The last line says how fresh the list is."""
    from ledger.adapters.postgres_dead_letters import PostgresDeadLetters
    from ledger.cli.freshness import freshness_fields, freshness_line, read_freshness
    from ledger.settings import load_settings

    settings = load_settings()
    freshness = read_freshness(settings)
    with PostgresDeadLetters(settings.postgres_dsn()) as table:
        letters = table.all()
    for letter in letters:
        print(json.dumps(_as_dict(letter)) if as_json else _as_line(letter))
    print(json.dumps({"freshness": freshness_fields(freshness)}) if as_json else freshness_line(freshness))
    print(f"ledger: {len(letters)} dead letters", file=sys.stderr)


def show(
    position: POSITION,
    raw_to: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the value to a new file. It may hold personal data.")] = None,
    as_json: AS_JSON = False,
) -> None:
    """Show what is known of one dead letter: reason, fingerprint, size, names of its headers, schema id."""
    from ledger.adapters.kafka_log import KafkaLog
    from ledger.adapters.postgres_dead_letters import PostgresDeadLetters
    from ledger.dead_letters import headers_of, parse_position, read_record, schema_id_of
    from ledger.settings import load_settings

    wanted, settings = parse_position(position), load_settings()
    with PostgresDeadLetters(settings.postgres_dsn()) as table, KafkaLog(settings) as log:
        letter = _require(table.find(wanted), wanted)
        record = read_record(log, wanted)
    if raw_to is not None:
        _write_new(raw_to, record[3] or b"")
    about = _as_dict(letter) | {
        "schema_id": schema_id_of(record[3]),
        "key_size": None if record[2] is None else len(record[2]),
        "headers": sorted({name for name, _ in headers_of(record)}),
    }
    if as_json:
        print(json.dumps(about))
    else:
        for name, value in about.items():
            print(f"{name:<12} {', '.join(value) if isinstance(value, list) else value}")


def retry(
    position: Annotated[str | None, typer.Argument(metavar="POSITION", help="topic/partition/offset, as `list` prints it.")] = None,
    all_letters: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Emit dead letters again that can be read by now, under their own event id. Ends with 1 when one still cannot be."""
    if (position is None) == (not all_letters):
        raise CallerError("cannot retry: expected either a POSITION or --all", hint="ledger dead-letters list")
    from ledger.adapters.kafka_log import KafkaLog
    from ledger.adapters.kafka_sender import KafkaSender
    from ledger.adapters.postgres_dead_letters import PostgresDeadLetters
    from ledger.adapters.postgres_identity import read_identity
    from ledger.dead_letters import headers_of, parse_position
    from ledger.dead_letters import retry as retry_one
    from ledger.settings import load_settings

    settings = load_settings()
    dsn = settings.postgres_dsn()
    identity = read_identity(dsn)
    if identity is None:
        raise CallerError("cannot retry: the database belongs to no ledger yet", hint="ledger up")
    sender = KafkaSender(settings, client_id="ledger-dead-letters")

    def append(at: Position, record: Record) -> int:
        sender.send(at.topic, at.partition, key=record[2], value=record[3], headers=headers_of(record))
        sender.finish(seconds=SEND_SECONDS_MAX)
        return sender.last_offset(at.topic, at.partition)

    left = 0
    try:
        with PostgresDeadLetters(dsn) as table, KafkaLog(settings) as log:
            if position is None:
                letters = table.all()
                if not letters:
                    print("ledger: there are no dead letters to retry", file=sys.stderr)
            else:
                wanted = parse_position(position)
                letters = [_require(table.find(wanted), wanted)]
            for letter in letters:
                done = retry_one(
                    letter,
                    log,
                    partitions=identity[1],
                    simulated=identity[0] == "simulated",
                    now_millis=time.time_ns() // 1_000_000,
                    append=append,
                    note=table.note_retry,
                )
                left += done.new_offset is None
                if as_json:
                    print(json.dumps({"position": str(done.position), "new_offset": done.new_offset, "reason": done.reason}))
                elif done.new_offset is not None:
                    print(f"{done.position} is at offset {done.new_offset}")
                else:
                    advice = _ADVICE.get(done.reason or "", "it can still not be read")
                    print(f"{done.position} stays: {done.reason}; {advice}")
    finally:
        sender.close()
    if left:
        raise DataError(f"{left} dead letters could not be emitted again", hint="ledger dead-letters show POSITION")


def _require(letter: DeadLetter | None, position: Position) -> DeadLetter:
    if letter is None:
        raise CallerError(f"there is no dead letter at {position}", hint="ledger dead-letters list")
    return letter


def _write_new(path: Path, value: bytes) -> None:
    """Write to a file that must not exist, readable by its owner alone: the bytes may hold personal data."""
    import os

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CallerError("cannot write the value: the file exists", hint="name a new file") from None
    except OSError as error:
        raise CallerError(f"cannot write the value: {type(error).__name__}", hint="name another file") from None
    with open(handle, "wb") as file:  # noqa: PTH123  a handle, not a path
        file.write(value)


def _as_dict(letter: DeadLetter) -> dict[str, Any]:
    from ledger.contract.json_form import instant_to_text

    return {
        "position": str(letter.position),
        "reason": letter.reason,
        "fingerprint": letter.fingerprint,
        "size": letter.size,
        "recorded_at": instant_to_text(letter.recorded_at),
        "new_offset": letter.new_offset,
    }


def _as_line(letter: DeadLetter) -> str:
    retried = "" if letter.new_offset is None else f"  retried at offset {letter.new_offset}"
    return f"{letter.position}  {letter.reason}  {letter.size} bytes  sha256 {letter.fingerprint[:16]}{retried}"
