"""`ledger witness`: ask somebody outside to cosign the newest checkpoint, keep the answer, or be that somebody for another ledger."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ledger.errors import CallerError


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    witness = typer.Typer(help="Have checkpoints cosigned by somebody outside (C2SP tlog-witness).", no_args_is_help=True, rich_markup_mode=None)
    witness.command("export", epilog="Example: ledger witness export --since 250 > request.txt")(export)
    witness.command("import", epilog="Example: ledger witness import answer.txt --witness dpo.example+1a2b3c4d+BA...")(keep)
    witness.command("cosign", epilog="Example: ledger witness cosign request.txt --log ledger.example/seals+5e6f7a8b+AT... --state seen.json")(cosign)
    witness.command("key", epilog="Example: ledger witness key --name dpo.example.org")(key)
    app.add_typer(witness, name="witness")


def export(
    since: Annotated[int, typer.Option("--since", metavar="SIZE", min=0, help="The size that the witness cosigned last; 0: none yet.")] = 0,
) -> None:
    """Print a request to cosign the newest checkpoint of the seals log: give it to the witness, by whatever way."""
    from ledger.sealing.archive import Archive
    from ledger.sealing.witnessing import request
    from ledger.settings import read_settings

    print(request(Archive(read_settings().archive), since), end="")


def keep(
    answer: Annotated[Path, typer.Argument(metavar="FILE", help="The answer: signature lines, or the whole note; - for standard input.")],
    witness: Annotated[list[str], typer.Option("--witness", metavar="VKEY", help="Public key of a witness; may be repeated.")],
    size: Annotated[int | None, typer.Option("--size", metavar="N", min=1, help="Of which checkpoint it is. [default: looked for]")] = None,
) -> None:
    """Keep the cosignatures of an answer beside the checkpoint in the archive."""
    from ledger.evidence.cosignatures import witness_from
    from ledger.evidence.notes import NoteError
    from ledger.sealing import witnessing
    from ledger.sealing.archive import Archive
    from ledger.settings import read_settings

    try:
        witnesses = [witness_from(each) for each in witness]
    except NoteError as error:
        raise CallerError(str(error), hint="--witness NAME+ID+KEY, as the witness gave it") from None
    kept, names = witnessing.keep(Archive(read_settings().archive), _text_of(answer), witnesses, size)
    print(f"size {kept} is cosigned by {', '.join(names)}")


def cosign(
    request: Annotated[Path, typer.Argument(metavar="FILE", help="The request; - for standard input.")],
    log: Annotated[str, typer.Option("--log", metavar="VKEY", help="The public key of the ledger whose log it is.")],
    state: Annotated[Path, typer.Option("--state", metavar="FILE", help="What you saw last; made by the first request.")],
    key_file: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Your private key. [default: keys/witness.key in the home]")] = None,
) -> None:
    """As a witness: check that a checkpoint goes on from what you saw last, and print your cosignature. Needs neither Kafka nor PostgreSQL."""
    from ledger.evidence.notes import NoteError, Verifier, verifier_from
    from ledger.sealing import witnessing
    from ledger.sealing.keys import read_keys

    try:
        ledger = verifier_from(log)
    except NoteError as error:
        raise CallerError(str(error), hint="--log NAME+ID+KEY: what `ledger keys show` prints there") from None
    (own,) = read_keys(key_file or _key_file())
    print(witnessing.cosign(_text_of(request), Verifier(f"{ledger.name}/seals", ledger.key), own, state, int(time.time())), end="")


def key(name: Annotated[str, typer.Option("--name", metavar="NAME", help="Your name as a witness: best a host name of yours.")]) -> None:
    """Make the key of a witness, and print the public one."""
    from ledger.evidence.cosignatures import Witness
    from ledger.evidence.notes import NoteError
    from ledger.sealing.keys import new_key, write_keys

    try:
        made = new_key(name)
    except NoteError:
        raise CallerError("cannot make a key: a name has no spaces and no plus signs", hint="ledger witness key --name dpo.example.org") from None
    write_keys(_key_file(), [made], is_new=True)
    print(f"private key  {_key_file()} (mode 0600)")
    print(f"public key   {Witness(name, made.verifier.key).text()}")


def _key_file() -> Path:
    from ledger.settings import read_settings

    return read_settings().home / "keys/witness.key"


def _text_of(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CallerError(f"cannot read {path}: {type(error).__name__}", hint="name a text file, or - for standard input") from None
