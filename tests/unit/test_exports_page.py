"""docs/exports.md says of each register which columns it has, in their order, and of each document in which formats it comes; and of nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from ledger.exporting.columns import Kind
from ledger.exporting.exporting import FORMS, formats
from ledger.exporting.registers import REGISTERS

PAGE = (Path(__file__).resolve().parents[2] / "docs/exports.md").read_text()
ROW = re.compile(r"^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_the_page_has_every_register_with_its_columns_in_order() -> None:
    said = {}
    for part in PAGE.partition("\n## 4.")[2].partition("\n## 5.")[0].split("\n### ")[1:]:
        said[re.match(r"`([\w-]+)`", part)[1]] = ROW.findall(part)  # type: ignore[index]

    assert list(said) == [each.name for each in REGISTERS]
    for register in REGISTERS:
        assert said[register.name] == [tuple(column) for column in register.columns], register.name


def test_columns_have_kinds_that_there_are_and_names_once() -> None:
    for register in REGISTERS:
        names = [column.name for column in register.columns]
        assert len(names) == len(set(names)), register.name
        assert {column.kind for column in register.columns} <= set(get_args(Kind)), register.name


def test_the_page_has_every_document_and_its_formats() -> None:
    said = {}
    for name, form, _ in ROW.findall(PAGE.partition("\n## 5.")[2]):
        said[name] = tuple(re.findall(r"`(\w+)`", form))

    rows = {each.name for each in REGISTERS}
    assert said == {
        name: tuple(form for form in forms if name not in rows or form not in FORMS)
        for name, forms in formats().items()
        if name not in rows or set(forms) - set(FORMS)
    }
