"""What export tests share: a ledger in memory with something for every register, and an export read to its end."""

from __future__ import annotations

from ledger.answers.query import Query
from ledger.exporting.asked import Parameters
from ledger.exporting.exporting import Export, make
from tests.everything import everything
from tests.histories import project
from tests.memory_answers import MemoryAnswers

CONTROLLER, PERSON = "mijndomein", "s1"
OF_A_PERSON = ("access", "consents", "look-ups", "portable")


def asked() -> Query:
    """Three people of one hoster."""
    return Query(MemoryAnswers(project(everything().log)))


def parameters_of(name: str) -> Parameters:
    """What this register needs."""
    return Parameters(CONTROLLER, PERSON if name in OF_A_PERSON else None)


def exported(query: Query, name: str, form: str, parameters: Parameters | None = None) -> tuple[Export, bytes]:
    """The export, and all its bytes."""
    export = make(query, name, parameters_of(name) if parameters is None else parameters, form)
    return export, b"".join(export.chunks())
