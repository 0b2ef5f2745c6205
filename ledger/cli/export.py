"""`ledger export`: registers and reports as files, each with a manifest; and whether a file is still what its manifest says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import typer

from ledger.cli.asking import AsJson, Controller, KnownAt, On, asking
from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.exporting.writing import Written

# What there is, in words; a test holds this to ledger/exporting, which is not imported before it is needed.
ALL: Final = {
    "recipients": "Who gets what, by recipient, role and purpose.",
    "agreements": "Agreements with recipients, and who has none and needs one.",
    "transfers": "What is outside the EU, and what that rests on.",
    "breaches": "The register of breaches (datalekregister, GDPR Art. 33(5)).",
    "breach-people": "Whom each breach concerns, one by one, and who was told of it (GDPR Art. 34).",
    "disclosures": "Who outside asked for data, and what went out unasked; for officers.",
    "requests": "Requests of people, and how they went.",
    "retention": "The retention schedule: each rule and term, and what follows it.",
    "retention-gaps": "What is held without a term, or under one that will not start by itself.",
    "retention-overruns": "What is past its date, by rule.",
    "due": "What is past due, and what comes due within --days.",
    "violations": "Broken promises, one by one.",
    "obligations": "What holders must do or had to, one by one.",
    "holdings": "Who has what about whom, one by one, gone or not.",
}
OF_A_CONTROLLER: Final = {
    "processing": "The register of processing activities (GDPR Art. 30(1)), in the shape of the Dutch authority.",
    "processor-statement": "The register of a processor (GDPR Art. 30(2)), in the shape of the Dutch authority.",
}
OF_A_PERSON: Final = {
    "access": "All that GDPR Art. 15 asks about one person.",
    "portable": "What one person may take along (GDPR Art. 20).",
    "consents": "One person's consents, as records of DPV (JSON-LD).",
    "look-ups": "Who looked at one person's data, never by name.",
}
OneController = Annotated[str, typer.Option("--controller", "-c", metavar="NAME", help="The controller.")]
Format = Annotated[str | None, typer.Option("--format", "-f", metavar="FORMAT", help="`ledger export list` names them. [default: the first]")]
Audience = Annotated[
    str, typer.Option("--for", metavar="WHOM", help="subject: the person's own copy; officer: also what the person may not see.")
]
Language = Annotated[str, typer.Option("--language", metavar="nl|en", help="Of pages, paper and labels.")]
Labels = Annotated[bool, typer.Option("--labels", help="In a register as csv: the names of codes beside the codes, in the language.")]
Output = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to; made when it is not there.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file of that name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        help="Registers and reports as files, each with a manifest that says what it is and that it is whole.", no_args_is_help=True,
        rich_markup_mode=None,
    )  # fmt: skip
    for name, text in ALL.items():
        made = due if name == "due" else _of_all(name)
        group.command(name, help=text, epilog=f"Example: ledger export {name} --format csv --out registers")(made)
    for name, text in OF_A_CONTROLLER.items():
        group.command(name, help=text, epilog=f"Example: ledger export {name} --controller hostinghuis --out registers")(_of_a_controller(name))
    for name, text in OF_A_PERSON.items():
        group.command(name, help=text, epilog=f"Example: ledger export {name} 7f3a9c21d4e8 -c hostinghuis --out answers")(_of_a_person(name))
    group.command("list", epilog="Example: ledger export list")(list_all)
    group.command("check", epilog="Example: ledger export check registers/recipients-hostinghuis.csv")(check)
    app.add_typer(group, name="export", epilog="Example: ledger export recipients --controller hostinghuis --format csv --out registers")


def _of_all(name: str) -> Callable[..., None]:
    def export(
        controller: Controller = None, form: Format = None, language: Language = "nl", labels: Labels = False, output: Output = Path(),
        force: Force = False, on: On = None, known_at: KnownAt = None, as_json: AsJson = False,
    ) -> None:  # fmt: skip
        _export(name, form, language, output, force, on, known_at, as_json, controller=controller, labels=labels)

    return export


def due(
    controller: Controller = None,
    days: Annotated[int | None, typer.Option("--days", metavar="N", help="How many days ahead. [default: 30]")] = None,
    form: Format = None, language: Language = "nl", labels: Labels = False, output: Output = Path(), force: Force = False, on: On = None,
    known_at: KnownAt = None, as_json: AsJson = False,
) -> None:
    """What comes due has a day until which it is asked."""
    _export("due", form, language, output, force, on, known_at, as_json, controller=controller, labels=labels, days=days)


def _of_a_controller(name: str) -> Callable[..., None]:
    def export(
        controller: OneController, form: Format = None, language: Language = "nl", output: Output = Path(), force: Force = False, on: On = None,
        known_at: KnownAt = None, as_json: AsJson = False,
    ) -> None:  # fmt: skip
        _export(name, form, language, output, force, on, known_at, as_json, controller=controller)

    return export


def _of_a_person(name: str) -> Callable[..., None]:
    def export(
        subject_ref: Annotated[str, typer.Argument(metavar="REF", help="The subject's reference; never in a file's name.")],
        controller: OneController,
        audience: Audience = "subject",
        form: Format = None, language: Language = "nl", labels: Labels = False, output: Output = Path(), force: Force = False, on: On = None,
        known_at: KnownAt = None, as_json: AsJson = False,
    ) -> None:  # fmt: skip
        whose = {"controller": controller, "subject_ref": subject_ref, "audience": audience, "labels": labels}
        _export(name, form, language, output, force, on, known_at, as_json, **whose)

    return export


def _export(
    name: str, form: str | None, language: str, output: Path, force: bool, on: str | None, known_at: list[str] | None, as_json: bool, **whose: Any
) -> None:
    from ledger import failpoints
    from ledger.exporting.asked import Parameters
    from ledger.exporting.exporting import formats, make
    from ledger.exporting.writing import write_export
    from ledger.settings import load_settings

    if language not in ("nl", "en"):
        raise CallerError("cannot export: expected a language of nl or en, got another", hint="--language nl")
    parameters = Parameters(language=cast("Literal['nl', 'en']", language), **whose)
    failpoints.arm(load_settings().failpoint)
    person = (whose["controller"], whose["subject_ref"]) if "subject_ref" in whose else None
    with asking(on, known_at, person=person) as query, _progress(name) as told:
        export = make(query, name, parameters, form or formats()[name][0])
        written = write_export(export, output, force=force, progress=told)
    _tell(written, as_json)
    if not export.is_known:
        raise typer.Exit(1)


def _tell(written: Written, as_json: bool) -> None:
    (file,) = written.said["files"]
    if as_json:
        print(json.dumps({"file": str(written.file), "manifest_file": str(written.manifest)} | written.said, ensure_ascii=False, indent=2))
    else:
        counts = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in file["counts"].items())
        print(f"{written.file}: {counts}, {file['bytes']:,} bytes")
        print(f"sha256 {file['sha256']}")


def list_all(as_json: AsJson = False) -> None:
    """Name everything that can be exported, and in which formats."""
    from ledger.cli.tables import console, table_of
    from ledger.exporting.exporting import formats

    found = formats()
    if as_json:
        print(json.dumps([{"name": name, "formats": list(each)} for name, each in found.items()]))
        return
    table = table_of("name", "formats", "what")
    for name, text in (ALL | OF_A_CONTROLLER | OF_A_PERSON).items():
        table.add_row(name, ", ".join(found[name]), text.rstrip("."))
    console().print(table)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that was exported, or its manifest.")], as_json: AsJson = False
) -> None:
    """Tell whether a file is still what its manifest says. Ends with 1 when it is not, or when it has none."""
    from ledger.exporting.writing import check as differences

    found = differences(file)
    if as_json:
        print(json.dumps({"file": str(file), "same": not found, "differences": found}))
    else:
        print("\n".join(found) or "the file is what its manifest says")
    if found:
        raise typer.Exit(1)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int], None]]:
    """On a terminal, how many rows are written; nobody knows how many will come."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    shown = (SpinnerColumn(), TextColumn("ledger: exporting {task.description}, {task.completed:,.0f} rows"), TimeElapsedColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda rows: bar.update(task, completed=rows)
