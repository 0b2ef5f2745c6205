"""`ledger schema lint | check | show | terms`: the contract, looked at and tested."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from ledger.contract import schema_store
from ledger.core.events import EVENT_KINDS

group = typer.Typer(help="Look at the event schemas and check them.", no_args_is_help=True, epilog="Example: ledger schema show DataShared")


def register(app: typer.Typer) -> None:
    """Add the group to the `ledger` command."""
    app.add_typer(group, name="schema")


def _finish(rows: list[dict[str, Any]], as_json: bool, good: str) -> None:
    """Print findings (stdout) and a summary (stderr); exit 1 when there is a finding."""
    for row in rows:
        print(json.dumps(row) if as_json else ": ".join(str(value) for value in row.values()))
    if rows:
        typer.echo(f"ledger: error: {len(rows)} finding{'s' if len(rows) > 1 else ''} in the schemas", err=True)
        raise typer.Exit(1)
    typer.echo(f"ledger: {good}", err=True)


_AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]


@group.command(epilog="Example: ledger schema lint --json")
def lint(as_json: _AS_JSON = False) -> None:
    """Check every published schema against the rules of change in schemas/README.md."""
    from ledger.contract.schema_lint import lint_published

    rows = [{"file": path, "place": finding.place, "rule": finding.rule} for path, findings in lint_published().items() for finding in findings]
    _finish(rows, as_json, f"{len(schema_store.published())} schemas keep to the rules")


@group.command(epilog="Example: ledger schema check")
def check(as_json: _AS_JSON = False) -> None:
    """Check that published files are unchanged and that every version reads every other (needs the extra dev)."""
    from ledger.contract.schema_compatibility import changed_files, check_published

    rows: list[dict[str, Any]] = [
        {"file": path, "rule": "a published file is frozen: its bytes differ from fingerprints.txt"} for path in changed_files()
    ]
    rows += [
        {"event": found.event, "rule": f"v{found.reader} cannot read v{found.writer}: {found.why}", "place": found.place}
        for found in check_published()
    ]
    _finish(rows, as_json, f"{len(schema_store.published())} schemas are unchanged, and each version reads every other")


@group.command(epilog="Example: ledger schema show DataShared")
def show(
    event: Annotated[str | None, typer.Argument(metavar="EVENT", help="An event type; without it all are listed.")] = None,
    version: Annotated[int | None, typer.Option("--version", metavar="N", min=1, help="A version; without it the newest.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print an example event as a JSON line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the schema, or the list, as JSON.")] = False,
) -> None:
    """Show the events, or one event with the meaning of its fields."""
    if event is None:
        _list_events(as_json)
        return
    from ledger.contract.schema_docs import type_text

    row = schema_store.find(event, version)
    schema = schema_store.schema(row.name, row.version)
    if example:
        print(json.dumps(schema_store.example(row.name), ensure_ascii=False))
    elif as_json:
        print(json.dumps(schema, ensure_ascii=False))
    else:
        print(f"{row.name} v{row.version}, schema id {row.schema_id}, topic {EVENT_KINDS[row.name].topic}\n{schema['doc']}\n")
        for field in schema["fields"]:
            print(f"{field['name']}: {type_text(field['type'])}\n    {field['doc']}")


def _list_events(as_json: bool) -> None:
    for row in schema_store.published():
        line = {**row._asdict(), "topic": EVENT_KINDS[row.name].topic}
        print(json.dumps(line) if as_json else f"{row.schema_id}  {row.name} v{row.version}  {line['topic']}")


@group.command(epilog="Example: ledger schema terms recipient_roles")
def terms(
    code_list: Annotated[str | None, typer.Argument(metavar="LIST", help="A code list; without it their names.")] = None,
    as_json: _AS_JSON = False,
) -> None:
    """Show the terms of a code list and what they mean: what events and policies may name."""
    from ledger.contract import vocabulary

    if code_list is None:
        for kind in vocabulary.KINDS:
            print(json.dumps({"list": kind, "terms": len(vocabulary.terms(kind))}) if as_json else f"{kind}: {len(vocabulary.terms(kind))} terms")
        return
    found = vocabulary.terms(code_list).values()
    width = max(len(term.term) for term in found)
    for term in found:
        print(json.dumps(term._asdict(), ensure_ascii=False) if as_json else f"{term.term:<{width}}  {term.label}")


@group.command(epilog="Example: ledger schema docs > docs/events.md")
def docs() -> None:
    """Print the page about all events that docs/events.md holds."""
    from ledger.contract.schema_docs import render

    print(render(), end="")
