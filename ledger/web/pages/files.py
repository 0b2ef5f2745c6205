"""What a page can be taken along as: the files beside it and their formats, of access.EXPORTS alone. Pure.

Must never offer what a role may not have, nor put a reference of a person into an address: files about one person are asked for by a form, or, about
oneself, by the session. Source: docs/exports.md, docs/pages.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import urlencode

from ledger.answers.deletion_choice import AHEAD_DAYS
from ledger.exporting.documents import DOCUMENTS
from ledger.exporting.exporting import formats
from ledger.exporting.registers import REGISTERS
from ledger.web.access import may_export
from ledger.web.exports import OF_A_PERSON
from ledger.web.roles import Role

BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "/sharing": ("recipients", "agreements", "transfers"),
    "/sharing/list": ("holdings",),
    "/deletion": ("due", "obligations", "retention", "retention-overruns"),
    "/deletion/gaps": ("retention-gaps",),
    "/duties": ("obligations",),
    "/requests": ("requests",),
    "/breaches": ("breaches", "breach-people"),
    "/disclosures": ("disclosures",),
    "/violations": ("violations",),
    "/register": ("processing", "processor-statement"),
}
"""Page -> the registers that say what it says, for all of it."""
OWN: Final = "/my-data/report"
BESIDES: Final[Mapping[str, Mapping[str, str]]] = {"due": {"days": str(AHEAD_DAYS)}}
"""What is asked of a file besides, so that it has what its page shows: a year of days."""


class Form(NamedTuple):
    """One format. value: as `format` takes it; name: as people know it."""

    value: str
    name: str
    address: str


class Offered(NamedTuple):
    """One file. name: of access.EXPORTS."""

    name: str
    forms: tuple[Form, ...]


NAMES: Final[Mapping[str, str]] = {
    "csv": "CSV", "html": "HTML", "json": "JSON", "jsonld": "JSON-LD", "ndjson": "NDJSON", "parquet": "Parquet", "pdf": "PDF",
}  # fmt: skip
FIRST: Final = ("pdf", "html", "csv")
"""Formats that people can read stand before those of programs."""


def beside(role: Role, path: str, query: Mapping[str, object], language: str) -> tuple[Offered, ...]:
    """The files of a page, as addresses. query: what the page was asked; of that the organisation and the day count."""
    asked = {name: str(query[name]) for name in ("controller", "on") if query.get(name)}
    names = [name for name in BESIDE.get(path, ()) if may_export(role, name) and ("controller" in asked or not _needs_controller(name))]
    return tuple(
        Offered(name, tuple(Form(form, NAMES[form], _address(name, form, asked, language)) for form in _ordered(formats()[name]))) for name in names
    )


def of_a_person(role: Role) -> tuple[Offered, ...]:
    """The files about one person that a role may have; an address of these has nothing of whom it is about: only oneself is asked about by one."""
    return tuple(
        Offered(name, tuple(Form(form, NAMES[form], f"{OWN}?{urlencode({'name': name, 'format': form})}") for form in _ordered(formats()[name])))
        for name in OF_A_PERSON
        if may_export(role, name)
    )


def _address(name: str, form: str, asked: Mapping[str, str], language: str) -> str:
    labels = {"labels": "true"} if form == "csv" and name in _registers() else {}  # for who opens it in a spreadsheet
    return f"/v1/exports/{name}?{urlencode({**asked, 'format': form, 'language': language, **labels, **BESIDES.get(name, {})})}"


def _ordered(forms: Sequence[str]) -> list[str]:
    return sorted(forms, key=lambda form: FIRST.index(form) if form in FIRST else len(FIRST))


@cache
def _registers() -> frozenset[str]:
    return frozenset(each.name for each in REGISTERS)


@cache
def _needs_controller(name: str) -> bool:
    needs = [(each.name, each.needs) for each in REGISTERS] + [(each.name, each.needs) for each in DOCUMENTS]
    return any(each == name and "controller" in needed for each, needed in needs)
