"""`ledger vault`: the vault as a whole: begin it, look at it, end an epoch, put right what a backup brought back. Source: docs/vault.md."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ledger.cli.persons import open_vault_of_settings, vault_and_emitter
from ledger.errors import RefusedError

Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(help="Keys per subject, and who is behind a reference.", no_args_is_help=True, rich_markup_mode=None)
    group.command("init", epilog="Example: ledger vault init")(init)
    group.command("status", epilog="Example: ledger vault status --json")(status)
    group.command("prepare-epoch", epilog="Example: ledger vault prepare-epoch")(prepare)
    group.command("end-epoch", epilog="Example: ledger vault end-epoch --yes")(end)
    group.command("announce", epilog="Example: ledger vault announce")(announce)
    group.command("reconcile", epilog="Example: ledger vault reconcile --yes")(reconcile)
    group.command("expire", epilog="Example: ledger vault expire --dry-run")(expire)
    app.add_typer(group, name="vault", epilog="Example: ledger vault status")


def init() -> None:
    """Begin the vault: make its two secrets, and mark the database. Safe to run again after a crash."""
    from ledger.forgetting.persons import begin
    from ledger.forgetting.vaults import VaultKeys
    from ledger.settings import load_settings

    settings = load_settings()
    keys = VaultKeys(settings)
    with open_vault_of_settings(settings) as vault:
        keys.make_suppression()
        epoch = begin(vault, keys)
    print(f"epoch {epoch.number} has begun, its key is {epoch.secret.key_id}")
    print(f"secret       {settings.vault_key_file} (mode 0600; keep its backup away from those of the database, and destroy it with the epoch)")
    print(f"suppression  {settings.suppression_key_file} (mode 0600; keep it for good)")


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say at which epoch the vault is and how much is in it. Ends with 1 when the log was not told of something."""
    from ledger.forgetting.vaults import VaultKeys
    from ledger.settings import load_settings

    settings = load_settings()
    with open_vault_of_settings(settings) as vault:
        mark, counts = vault.store.mark(), vault.store.counts()
    if mark is None:
        raise RefusedError("cannot look at the vault: it has not begun", hint="ledger vault init")
    keys = [epoch.number for epoch in VaultKeys(settings).epochs()]
    if as_json:
        print(json.dumps({"epoch": mark.number, "key": mark.key_id, "keys_of_epochs": keys, **counts._asdict()}))
    else:
        print(f"epoch {mark.number}, key {mark.key_id}; keys here: {', '.join(f'epoch {number}' for number in keys)}")
        print(f"{counts.subjects} subjects known by {counts.identities} identities, {counts.forgotten} forgotten, {counts.suppressed} suppressed")
        if counts.announcements:
            print(f"{counts.announcements} destructions that the log was not told of: ledger vault announce")
    if counts.announcements:
        raise typer.Exit(1)


def prepare() -> None:
    """Make the secret of the next epoch, so that every service can have it before it is needed. Nothing is written under it yet."""
    from ledger.forgetting.persons import prepare_epoch
    from ledger.forgetting.vaults import VaultKeys
    from ledger.settings import load_settings

    settings = load_settings()
    with open_vault_of_settings(settings) as vault:
        epoch = prepare_epoch(vault, VaultKeys(settings))
    print(f"epoch {epoch.number} has its key {epoch.secret.key_id} in {settings.vault_key_file}")
    print("give the file to the services, then ledger vault end-epoch")


def end(yes: Yes = False) -> None:
    """Write what lives under the next epoch, then destroy the secret of this one: from here on no older backup says who anybody was.

    Run it again after a crash: it finishes what was begun.
    """
    from ledger.forgetting.persons import end_epoch

    with vault_and_emitter() as (vault, keys, emitter):
        if not yes:
            mark = vault.store.mark()
            number = "the epoch" if mark is None else f"epoch {mark.number}"
            raise RefusedError(
                f"would write {vault.store.counts().subjects} subjects anew and destroy the secret of {number}: no older backup is of use then",
                hint="back up the database after it; ledger vault end-epoch --yes",
            )
        done = end_epoch(vault, keys, emitter)
    how = "as an earlier run began it" if done.is_resumed else f"{done.subjects} subjects written anew"
    print(f"epoch {done.number} has ended, {how}; the log was told")
    print("destroy the backups of its key file, and back up the new one")


def announce() -> None:
    """Tell the log what was destroyed and not told, because a run was killed or Kafka away."""
    from ledger.forgetting.persons import announce as tell

    with vault_and_emitter() as (vault, keys, emitter):
        print(f"the log was told of {tell(vault, emitter, keys)}")


def expire(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which keys would be destroyed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Destroy the keys of days whose look-ups are all older than the policy's term: nobody can say any more who looked. Nothing brings them back.

    What the policy promises, and no more: by the ledger's time, as far as it is folded. A worker with the vault's role does it by itself.
    """
    from contextlib import closing

    from ledger.adapters.postgres_reader import PostgresReader
    from ledger.answers.asking import Asking
    from ledger.forgetting.look_ups import days_over
    from ledger.forgetting.look_ups import expire as destroy
    from ledger.settings import load_settings

    settings = load_settings()
    with open_vault_of_settings(settings) as vault, closing(PostgresReader(settings.postgres_dsn())) as reader:
        asking = Asking(reader)
        days = days_over(asking, vault.store.living_days())[1] if dry_run else list(destroy(asking, vault.store))
        left = vault.store.counts().days
    if as_json:
        lines = [{"controller": each.controller, "day": each.day.isoformat(), "over_at": each.over_at, "rule": each.rule} for each in days]
        print(json.dumps({"destroyed": not dry_run, "days": lines, "left": left}))
        return
    for each in days:
        print(f"{each.controller} {each.day.isoformat()} ({each.rule})")
    said = "would be destroyed" if dry_run else "destroyed: nobody can say any more who looked then"
    print(f"{len(days)} keys of days {said}; {left} are there")


def reconcile(yes: Yes = False) -> None:
    """After a restore of the database: destroy again what the log says was destroyed. Needs a worker that has caught up."""
    from ledger.adapters.postgres_reader import PostgresReader
    from ledger.cli.asking import asking
    from ledger.forgetting.persons import announce as tell
    from ledger.forgetting.persons import reconcile as destroy_again
    from ledger.settings import load_settings

    if not yes:
        raise RefusedError("would destroy the keys and mappings of all whom the log says to be forgotten", hint="ledger vault reconcile --yes")
    reader = PostgresReader(load_settings().postgres_dsn())
    with vault_and_emitter() as (vault, keys, emitter), asking() as query:
        try:
            again = destroy_again(vault, query, reader)
        finally:
            reader.close()
        tell(vault, emitter, keys)
    for controller, subject_ref in again:
        print(f"{controller} {subject_ref}")
    print(f"{len(again)} that a backup had brought back are destroyed again")
