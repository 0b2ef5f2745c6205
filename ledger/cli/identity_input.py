"""Identities of people as the command line takes them: from standard input, a file, or a question; never as a word of the command.

A word of a command stands in the shell's history and in the list of processes. Must never print what it read. Source: docs/vault.md section 3.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.vault.identities import Identity

Kind = Annotated[str, typer.Option("--kind", "-k", metavar="KIND", help="What it is: email, phone, domain or reference (a number of your own).")]
FromFile = Annotated[Path | None, typer.Option("--file", metavar="PATH", help="Read it there. [default: standard input, or asked for]")]


def read_identity(kind: str, file: Path | None) -> Identity:
    """The one identity that was given. Raises: CallerError, none or several, or no identity of that kind."""
    found = read_identities(kind, file)
    if len(found) != 1:
        raise CallerError(f"cannot read the identity: expected one line, got {len(found)}")
    return found[0]


def read_identities(kind: str, file: Path | None) -> list[Identity]:
    """Those that were given, one a line; empty lines are passed over. Raises: CallerError, naming the line and not what is in it."""
    from ledger.vault.identities import identity

    found = []
    for number, line in enumerate(_text(kind, file).splitlines(), start=1):
        if line.strip():
            try:
                found.append(identity(kind, line))
            except CallerError as error:
                raise CallerError(f"line {number}: {error}", hint=error.hint) from None
    return found


def _text(kind: str, file: Path | None) -> str:
    try:
        if file is not None:
            return file.read_text(encoding="utf-8")
        return getpass.getpass(f"{kind} (not shown): ") if sys.stdin.isatty() else sys.stdin.read()
    except (OSError, UnicodeError) as error:
        raise CallerError(f"cannot read the identity: {type(error).__name__}", hint="UTF-8 text from --file or standard input") from None
