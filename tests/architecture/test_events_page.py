"""docs/events.md says what the schemas say."""

from __future__ import annotations

from pathlib import Path

from ledger.contract import schema_store
from ledger.contract.schema_docs import render

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_page_is_what_the_schemas_give():
    assert PAGE.read_text("utf-8") == render(), "run: ledger schema docs > docs/events.md"


def test_every_event_and_field_is_on_the_page():
    page = render()

    for row in schema_store.published():
        assert f"### {row.name}\n" in page
        for field in schema_store.schema(row.name, row.version)["fields"]:
            assert f"| `{field['name']}` |" in page
