"""`ledger suppression add`, `remove`, `check`: whom no campaign may reach, as keyed hashes. Source: docs/vault.md section 8; MD-22."""

from __future__ import annotations

import sys

import typer

from ledger.cli.identity_input import FromFile, Kind, read_identities
from ledger.cli.persons import Controller, open_vault_of_settings


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(help="Whom no campaign may reach.", no_args_is_help=True, rich_markup_mode=None)
    group.command("add", epilog="Example: ledger suppression add --controller mijndomein < addresses.txt")(add)
    group.command("remove", epilog="Example: ledger suppression remove --controller mijndomein")(remove)
    group.command("check", epilog="Example: ledger suppression check --controller mijndomein < campaign.txt")(check)
    app.add_typer(group, name="suppression", epilog="Example: ledger suppression check --controller mijndomein < campaign.txt")


def add(controller: Controller, kind: Kind = "email", file: FromFile = None) -> None:
    """Put addresses on the list, one a line. Only hashes are kept."""
    people = read_identities(kind, file)
    with open_vault_of_settings() as vault:
        count = sum(vault.suppress(controller, who) for who in people)
    print(f"{count} added, {len(people) - count} were on it", file=sys.stderr)


def remove(controller: Controller, kind: Kind = "email", file: FromFile = None) -> None:
    """Take addresses off the list: of people who agree to marketing again."""
    people = read_identities(kind, file)
    with open_vault_of_settings() as vault:
        count = sum(vault.unsuppress(controller, who) for who in people)
    print(f"{count} removed, {len(people) - count} were not on it", file=sys.stderr)


def check(controller: Controller, kind: Kind = "email", file: FromFile = None) -> None:
    """Print the number of each address that is on the list, counting from 1, empty lines left out. Ends with 1 when there is one."""
    people = read_identities(kind, file)
    with open_vault_of_settings() as vault:
        found = vault.suppressed(controller, people)
    for number, is_on_it in enumerate(found, start=1):
        if is_on_it:
            print(number)
    print(f"{sum(found)} of {len(found)} may not be reached", file=sys.stderr)
    if any(found):
        raise typer.Exit(1)
