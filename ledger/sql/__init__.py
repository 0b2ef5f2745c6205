"""The SQL files of the package. Reads files and nothing else; adapters run them."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from typing import NamedTuple

from ledger.errors import OperatorError


class Migration(NamedTuple):
    """One numbered migration file: `0001_installation.sql`."""

    number: int
    name: str
    text: str
    sha256: str


def read_sql(name: str) -> str:
    """Return the text of one SQL file of this package, by its path inside it."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def read_queries(name: str) -> dict[str, str]:
    """Return the named queries of one file. Each begins with a line `-- its_name --`; the comment lines below it say what it is for.

    Raises:
        OperatorError: a name is given twice.
    """
    found: dict[str, str] = {}
    for part in re.split(r"^-- (?=\w+ --$)", read_sql(name), flags=re.MULTILINE)[1:]:
        title, _, text = part.partition(" --\n")
        if title in found:
            raise OperatorError(f"cannot read {name}: the query {title} is there twice")
        found[title] = text.strip()
    return found


def read_migrations() -> list[Migration]:
    """Return all migrations in the order of their numbers: 1, 2, 3, ... without a gap.

    Raises:
        OperatorError: a number is missing or given twice.
    """
    folder = files(__name__).joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    found = []
    for expected, name in enumerate(names, start=1):
        number = int(name.partition("_")[0])
        if number != expected:
            raise OperatorError(f"cannot read migrations: expected number {expected}, got file {name}")
        text = read_sql(f"migrations/{name}")
        found.append(Migration(number, name.removesuffix(".sql"), text, hashlib.sha256(text.encode()).hexdigest()))
    return found
