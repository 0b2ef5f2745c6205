"""`ledger policy explain`: what a policy does to one holding and when, in plain English or Dutch."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.explaining.shapes import Explanation, Happened, Part

COLUMNS: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WHEN = re.compile(r"(?P<kind>[A-Z_]+)(:(?P<ref>[^=]+))?=(?P<time>.+)")


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
    from ledger.explaining.explaining import explain as explained
    from ledger.explaining.json_form import explanation_json
    from ledger.explaining.shapes import Asked

    if activity is not None and role is not None:
        raise CallerError("cannot explain: expected --activity or --role, got both", hint="a role is for what others hold")
    if activity is None and role is None and (purpose or category or collected or when or customer is not None):
        raise CallerError("cannot explain one holding: expected --activity or --role, got neither", hint="`ledger policy show` names them")
    _require_terms(role=[role] if role else [], purposes=[purpose] if purpose else [], categories=category or [])
    _, policy = policy_named(name, published=published, command="explain")
    zone = ZoneInfo(policy.time_zone)
    happened = _happened(collected, when or [], zone) if collected or when else None
    asked = Asked(activity=activity, role=role, purpose=purpose, categories=frozenset(category or ()), customer=customer)
    found = explained(policy, asked, "nl" if language is Lang.NL else "en", zone, happened)
    if as_json:
        print(json.dumps(explanation_json(found, zone), ensure_ascii=False))
    else:
        _print(found)


def _require_terms(*, role: list[str], purposes: list[str], categories: list[str]) -> None:
    from ledger.contract import vocabulary

    for option, kind, values in (("--role", "recipient_roles", role), ("--purpose", "purposes", purposes), ("--category", "categories", categories)):
        for value in values:
            if not vocabulary.is_term(kind, value):
                near = ", ".join(vocabulary.suggest(kind, value))
                hint = f"did you mean {near}" if near else f"all: `ledger schema terms {kind}`"
                raise CallerError(f"cannot explain: {option} expects a term of the code list {kind}, got another", hint=hint)


def _happened(collected: str | None, when: list[str], zone: ZoneInfo) -> Happened:
    from ledger.core.retention_rule import ANCHORS, COLLECTION, NOT_STATED
    from ledger.explaining.shapes import Happened

    kinds = ANCHORS - {COLLECTION, NOT_STATED}
    milestones = []
    for text in when:
        found = _WHEN.fullmatch(text)
        if found is None or found["kind"] not in kinds:
            raise CallerError("cannot read --when: expected KIND=TIME or KIND:REF=TIME, got another", hint=f"kinds: {', '.join(sorted(kinds))}")
        milestones.append((found["kind"], found["ref"], _moment("--when", found["time"], zone)))
    return Happened(collected_at=_moment("--from", collected, zone) if collected else None, milestones=tuple(milestones))


def _moment(option: str, text: str, zone: ZoneInfo) -> int:
    """A day (its first moment) or a time, in microseconds since 1970 UTC; without an offset in the policy's legal time."""
    from ledger.core.calendar import start_of_day

    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return start_of_day(date.fromisoformat(text), zone)
        read = datetime.fromisoformat(text)
        return ((read if read.tzinfo else read.replace(tzinfo=zone)) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise CallerError(f"cannot read {option}: expected a day or a time, got something else", hint="2020-06-30, or 2020-06-30T12:00") from None


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
