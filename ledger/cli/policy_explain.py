"""`ledger policy explain`: what a policy does to one holding and when, in plain English or Dutch."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from ledger.explaining.shapes import Explanation, Part

COLUMNS: Final = 100


class Lang(StrEnum):
    """The languages that an explanation can be in."""

    EN = "en"
    NL = "nl"


def register(group: typer.Typer) -> None:
    """Add the command to `ledger policy`."""
    group.command(epilog="Example: ledger policy explain hostinghuis --activity account --when SERVICE_ENDED=2020-06-30 --lang nl")(explain)


def explain(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A file, or the name of a shipped policy; with --published a controller.")],
    activity: Annotated[str | None, typer.Option(metavar="NAME", help="Data of the controller from this activity.")] = None,
    role: Annotated[str | None, typer.Option(metavar="ROLE", help="Data at recipients in this role.")] = None,
    purpose: Annotated[str | None, typer.Option(metavar="TERM", help="Only what is held for this purpose.")] = None,
    category: Annotated[list[str] | None, typer.Option("--category", metavar="TERM", help="Only this category; may be given again.")] = None,
    customer: Annotated[
        bool | None, typer.Option("--customer/--no-customer", help="Collected while the person was a customer, or was none; else both.")
    ] = None,
    collected: Annotated[str | None, typer.Option("--from", metavar="TIME", help="When it was collected: a day or a time.")] = None,
    when: Annotated[
        list[str] | None, typer.Option("--when", metavar="KIND[:REF]=TIME", help="A milestone that has come, such as SERVICE_ENDED=2020-06-30.")
    ] = None,
    language: Annotated[Lang, typer.Option("--lang", help="English or Dutch.")] = Lang.EN,
    published: Annotated[bool, typer.Option("--published", help="Explain what stands on the log for this controller, not a file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say in plain words what a policy does to one holding and when; without --activity or --role, to all data.

    With --from or --when the date is worked out too. A time without offset, and the midnight of a day, are in the policy's legal time.
    """
    from ledger.cli.policy import policy_named
    from ledger.explaining import questions
    from ledger.explaining.explaining import explain as explained
    from ledger.explaining.json_form import explanation_json
    from ledger.explaining.questions import Question

    question = Question(
        activity=activity, role=role, purpose=purpose, category=tuple(category or ()), customer=customer, collected=collected,
        when=tuple(when or ()),
    )  # fmt: skip
    asked = questions.asked(question, _option, "`ledger schema terms {}`")
    _, policy = policy_named(name, published=published, command="explain")
    zone = ZoneInfo(policy.time_zone)
    happened = questions.happened(question, zone, _option)
    found = explained(policy, asked, "nl" if language is Lang.NL else "en", zone, happened)
    if as_json:
        print(json.dumps(explanation_json(found, zone), ensure_ascii=False))
    else:
        _print(found)


def _option(field: str) -> str:
    return "--from" if field == "collected" else f"--{field}"


def _print(found: Explanation) -> None:
    width = shutil.get_terminal_size((COLUMNS, 24)).columns if sys.stdout.isatty() else COLUMNS
    print(found.title)
    print(found.header)
    for holding in found.holdings:
        print(f"\n{holding.activity or holding.role}: {holding.title}")
        _print_parts(holding.parts, width, indent="  ")
    if found.general:
        print()
        _print_parts(found.general, width, indent="")


def _print_parts(parts: tuple[Part, ...], width: int, indent: str) -> None:
    for part in parts:
        print(f"{indent}{part.title}")
        before: tuple[str, ...] = ()
        for text, cites in part.sentences:
            shown = f"{text}  [{' '.join(cites)}]" if cites and cites != before else text
            before = cites
            first, rest = f"{indent}- ", f"{indent}  "
            print(textwrap.fill(shown, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False))
