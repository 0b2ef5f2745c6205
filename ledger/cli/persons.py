"""`ledger subject register`, `resolve`, `forget`: who is behind a reference, until the person is forgotten. Source: docs/vault.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.identity_input import FromFile, Kind, read_identity
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from ledger.answers.look_ups import Opening
    from ledger.forgetting.persons import Standing
    from ledger.forgetting.vaults import VaultKeys
    from ledger.sdk.emit import Emitter
    from ledger.settings import Settings
    from ledger.vault.vault import Vault

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Controller = Annotated[str, typer.Option("--controller", "-c", metavar="NAME", help="The controller.")]


def register(subject: typer.Typer) -> None:
    """Add the commands of this group."""
    subject.command("register", epilog="Example: ledger subject register --controller mijndomein --kind email")(register_person)
    subject.command("resolve", epilog="Example: ledger subject resolve --controller mijndomein --kind email")(resolve)
    subject.command("forget", epilog="Example: ledger subject forget subj-7f3a9c21d4e8 --controller mijndomein --yes")(forget)


def register_person(
    controller: Controller,
    kind: Kind = "email",
    subject_ref: Annotated[
        str | None, typer.Option("--subject", metavar="REF", help="A reference that has the person already, who is known by this too.")
    ] = None,
    file: FromFile = None,
    as_json: AsJson = False,
) -> None:
    """Print the reference of a person, and make it if this is nobody yet.

    The identity comes from standard input or a file, never from the command line.
    """
    who = read_identity(kind, file)
    with open_vault_of_settings() as vault:
        _print_reference(vault.register(controller, who, subject_ref), as_json=as_json)


def resolve(controller: Controller, kind: Kind = "email", file: FromFile = None, as_json: AsJson = False) -> None:
    """Print the reference of a person. Ends with 1 when nobody is known by that."""
    who = read_identity(kind, file)
    with open_vault_of_settings() as vault:
        found = vault.resolve(controller, who)
    if found is not None or as_json:
        _print_reference(found, as_json=as_json)
    if found is None:
        raise typer.Exit(1)


def forget(
    subject_ref: Annotated[str, typer.Argument(metavar="REF", help="The subject's reference.")],
    controller: Controller,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be destroyed and what stands against it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy a subject's key and all that says who it is; the log is told, and keeps what holds no value. Nothing brings it back.

    Refused while an obligation is open or something is still held. Backups are harmless once the epoch has ended: ledger vault end-epoch.
    """
    from ledger.cli.asking import asking
    from ledger.forgetting.persons import announce, standing
    from ledger.forgetting.persons import forget as destroy

    with vault_and_emitter() as (vault, keys, emitter):
        with asking() as query:
            found = standing(vault, query, controller, subject_ref)
        if found.key_id is None:
            if not announce(vault, emitter, keys):
                raise RefusedError("cannot forget: nobody has that reference, or no more")
            print("an earlier run destroyed it; the log is told now")
            return
        if as_json:
            print(json.dumps(_as_json(found, is_done=yes and not found.held and not found.obligations), indent=2))
        elif not yes or found.held or found.obligations:
            _show(found)
        if not yes:
            raise RefusedError(f"would destroy {found.key_id} and what says who {subject_ref} is", hint="add --yes")
        destroy(vault, emitter, keys, found)
    if not as_json:
        print(f"destroyed {found.key_id} and {sum(found.identities.values())} identities; the log was told")
        print("backups made before this still hold them, wrapped, until the epoch ends: ledger vault end-epoch")


@contextmanager
def open_vault_of_settings(settings: Settings | None = None) -> Iterator[Vault]:
    """The vault of the ledger that the settings name, failpoints armed."""
    from ledger import failpoints
    from ledger.forgetting.vaults import open_vault
    from ledger.settings import load_settings

    known = settings or load_settings()
    failpoints.arm(known.failpoint)
    with open_vault(known) as vault:
        yield vault


@contextmanager
def opening_look_ups(is_wanted: bool) -> Iterator[Opening | None]:
    """What opens who looked; None where it is not wanted, or this machine has no key of the vault, or not that of the database."""
    from ledger.forgetting.vaults import VaultKeys, opening_of
    from ledger.settings import load_settings

    settings = load_settings()
    if not is_wanted or not VaultKeys(settings).has_epochs():
        yield None
        return
    with open_vault_of_settings(settings) as vault:
        yield opening_of(vault)


@contextmanager
def vault_and_emitter() -> Iterator[tuple[Vault, VaultKeys, Emitter]]:
    """The vault, its keys, and an emitter that speaks for it."""
    from ledger.forgetting.persons import SOURCE
    from ledger.forgetting.vaults import VaultKeys
    from ledger.sdk.emit import Emitter
    from ledger.settings import load_settings

    settings = load_settings()
    with open_vault_of_settings(settings) as vault, Emitter(source=SOURCE, bootstrap_servers=None) as emitter:
        yield vault, VaultKeys(settings), emitter


def _print_reference(subject_ref: str | None, *, as_json: bool) -> None:
    print(json.dumps({"subject_ref": subject_ref}) if as_json else subject_ref)


def _show(found: Standing) -> None:
    from ledger.answers.presentation import moment
    from ledger.cli.tables import console, table_of
    from ledger.legal_time import DUTCH_TIME

    print(f"{found.subject_ref} of {found.controller}: {found.key_id}, known by {_counted(found)}")
    if found.suppresses:
        print("objects to marketing: its addresses go onto the suppression list as keyed hashes")
    if found.obligations:
        table = table_of("to be done first", "by", "due", "state")
        for each in found.obligations:
            table.add_row(each.kind, each.holder, moment(each.due_at, DUTCH_TIME), each.state)
        console().print(table)
    if found.held:
        table = table_of("still held by", "store", "for", "categories", "until")
        for held in found.held:
            until = "" if held.until is None else moment(held.until, DUTCH_TIME)
            table.add_row(held.holder, held.store or "", held.purpose.label, ", ".join(each.category.label for each in held.categories), until)
        console().print(table)


def _counted(found: Standing) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in found.identities.items()) or "nothing"


def _as_json(found: Standing, *, is_done: bool) -> dict[str, object]:
    from ledger.answers.shapes import as_json

    return {
        "controller": found.controller,
        "subject_ref": found.subject_ref,
        "key_id": found.key_id,
        "identities": dict(found.identities),
        "suppresses": found.suppresses,
        "obligations": [as_json(each) for each in found.obligations],
        "held": [as_json(each) for each in found.held],
        "destroyed": is_done,
    }
