"""`ledger seal` and `ledger keys`: make the log tamper-evident, and keep the key that signs for it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import CallerError, RefusedError

if TYPE_CHECKING:
    from ledger.adapters.postgres_duties import Duty
    from ledger.settings import Settings

KEYS = typer.Typer(help="The key that signs for the ledger.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("seal", epilog="Example: ledger seal --once")(seal)
    KEYS.command("init", epilog="Example: ledger keys init --name ledger.example.org")(init)
    KEYS.command("show", epilog="Example: ledger keys show --json")(show)
    KEYS.command("rotate", epilog="Example: ledger keys rotate")(rotate)
    KEYS.command("retire", epilog="Example: ledger keys retire --yes")(retire)
    app.add_typer(KEYS, name="keys")


def seal(
    once: Annotated[bool, typer.Option("--once", help="Seal what is on the log now, and end.")] = False,
    adopt: Annotated[bool, typer.Option("--adopt", help="PostgreSQL was lost: take the heads from the archive, then go on.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --adopt: this is the newest archive that anybody has.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: what was sealed, as JSON.")] = False,
) -> None:
    """Seal the log: trees, files and signed checkpoints in the archive. Runs until SIGTERM or Ctrl-C; one at a time.

    The archive is LEDGER__SEALING__ARCHIVE, by default `archive` in the home. docs/evidence.md says what is in it.
    """
    if adopt:
        _adopt(yes)
    if once:
        _seal_once(as_json)
    elif as_json:
        raise CallerError("cannot print JSON while sealing goes on", hint="ledger seal --once --json")
    else:
        from ledger.cli.work import work

        work(only="sealer")


def init(
    name: Annotated[str, typer.Option(metavar="NAME", help="The ledger's name in every checkpoint, chosen for good; best a host name of yours.")],
) -> None:
    """Make the key of a ledger, and print the public one: give that to auditors by a way of its own."""
    from ledger.evidence.notes import NoteError
    from ledger.sealing.keys import new_key, write_keys
    from ledger.settings import read_settings

    path = read_settings().sealing_key_file
    try:
        key = new_key(name)
    except NoteError:
        raise CallerError("cannot make a key: a name has no spaces and no plus signs", hint="ledger keys init --name ledger.example.org") from None
    write_keys(path, [key], is_new=True)
    print(f"private key  {path} (mode 0600; back it up, nobody can make it again)")
    print(f"public key   {key.verifier.text()}")


def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print the public keys, the newest last: what auditors get."""
    from ledger.sealing.keys import public_keys
    from ledger.settings import read_settings
    from processors.sealer import sealing_keys

    keys = public_keys(sealing_keys(read_settings()))
    if as_json:
        print(json.dumps({"keys": keys}))
    else:
        print("\n".join(keys))


def rotate() -> None:
    """Make a second key: from the next round on both sign. `ledger keys retire` takes the old one away."""
    from ledger.sealing.keys import KEYS_MAX, new_key, read_keys, write_keys

    path = _settings_of_a_file().sealing_key_file
    keys = read_keys(path)
    if len(keys) == KEYS_MAX:
        raise RefusedError("cannot rotate: two keys sign already", hint="ledger keys retire")
    keys.append(new_key(keys[0].ledger))
    write_keys(path, keys, is_new=False)
    print(f"public key   {keys[-1].verifier.text()}")
    print("both keys sign from the next round on; tell auditors, then `ledger keys retire`")


def retire(yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")] = False) -> None:
    """Take the older of two keys away; its last round must have been signed by both."""
    from ledger.sealing.archive import Archive
    from ledger.sealing.keys import read_keys, write_keys
    from ledger.sealing.sealed_log import have_all_signed

    settings = _settings_of_a_file()
    path = settings.sealing_key_file
    keys = read_keys(path)
    if len(keys) == 1:
        raise RefusedError("cannot retire: one key signs, and a ledger needs one", hint="ledger keys rotate")
    if not yes:
        raise RefusedError(f"would delete the older private key, {keys[0].verifier.text()}", hint="ledger keys retire --yes")
    if not have_all_signed(Archive(settings.archive), keys):
        raise RefusedError("cannot retire: no round was signed by both keys yet", hint="let the sealer make a round, or ledger seal --once")
    write_keys(path, keys[1:], is_new=False)
    print(f"public key   {keys[1].verifier.text()}")


def _seal_once(as_json: bool) -> None:
    from ledger.settings import load_settings
    from processors.sealer import seal_once

    settings, started = load_settings(), time.monotonic()
    with _duty(settings) as duty, _progress() as on_step:
        done = seal_once(settings, duty, on_step)
    seconds = time.monotonic() - started
    if as_json:
        print(json.dumps({"round": done.number, "records": done.records, "logs": done.logs, "archive": str(settings.archive)}))
    else:
        print(f"sealed {done.records} records of {done.logs} logs in {seconds:.1f} s: round {done.number}, in {settings.archive}")


def _adopt(yes: bool) -> None:
    from ledger.sealing.adopting import adopt
    from ledger.sealing.archive import Archive
    from ledger.settings import load_settings
    from processors.sealer import sealing_keys

    settings = load_settings()
    if not yes:
        raise RefusedError(
            f"would take the heads of all logs from {settings.archive}: an old copy of the archive would be sealed on as a second history",
            hint="compare with the newest checkpoint that an auditor or witness keeps, then add --yes",
        )
    with _duty(settings) as duty:
        count = adopt(Archive(settings.archive), duty, sealing_keys(settings))
    print(f"heads of {count} logs are in PostgreSQL again", file=sys.stderr)


@contextmanager
def _duty(settings: Settings) -> Iterator[Duty]:
    """The sealer's duty, or a refusal while another has it. Checks first that log and database belong together."""
    from ledger import failpoints
    from ledger.adapters.postgres_duties import Duty
    from processors.log_checks import LogCheck

    failpoints.arm(settings.failpoint)
    LogCheck().require_same_log(settings)
    with Duty(settings.postgres_dsn(), "sealer") as duty:
        if not duty.take():
            raise RefusedError("cannot seal: another sealer is at work", hint="one at a time: stop it, or let it do the work; ledger status")
        yield duty


def _settings_of_a_file() -> Settings:
    from ledger.settings import read_settings

    settings = read_settings()
    if settings.sealing.key.get_secret_value():
        raise RefusedError("cannot change the key: it comes from LEDGER__SEALING__KEY", hint="change it in the secret store; two lines: both sign")
    return settings


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """A line that counts, on a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("sealed {task.completed} records"), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("sealing", total=None)
        yield lambda _, records: bar.update(task, advance=records)
