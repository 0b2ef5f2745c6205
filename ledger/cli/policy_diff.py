"""`ledger policy diff`: what another version of a statement says otherwise, and what publishing it would change. Publishes nothing."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.errors import CallerError, DependencyError, OperatorError, RefusedError

if TYPE_CHECKING:
    from ledger.answers.policy_effects import EffectAnswer
    from ledger.answers.wide_query import WideQuery
    from ledger.core.policy import Policy
    from ledger.policies.files import CompiledPolicy

LIMIT = 100


def register(group: typer.Typer) -> None:
    """Add the command to the group of `ledger policy`."""
    group.command("diff", epilog="Example: ledger policy diff smallhold my-smallhold.yaml --list")(diff)


def diff(
    first: Annotated[
        str, typer.Argument(metavar="OLD|NEW", help="A file or a shipped policy. Alone it is NEW; OLD is then what its controller has published.")
    ],
    second: Annotated[str | None, typer.Argument(metavar="NEW", help="A file or a shipped policy.")] = None,
    published: Annotated[
        str | None, typer.Option("--published", metavar="CONTROLLER", help="OLD is what is published for this controller, on the day NEW begins.")
    ] = None,
    text_only: Annotated[bool, typer.Option("--text-only", help="Compare the texts; ask no ledger what would change.")] = False,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Judge again only facts that happened on that day or later.")] = None,
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Look at N people only: a sample, of which the answer says how large it is.")
    ] = None,
    one_by_one: Annotated[bool, typer.Option("--list", help="Each single change, not just examples.")] = False,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="With --list: at most so many holdings, and so many verdicts.")] = LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document; its fields are in docs/policies.md.")] = False,
) -> None:
    """Say what NEW says otherwise than OLD, and how many holdings, obligations and verdicts publishing NEW would change on this ledger.

    Nothing is published and nothing is written. Without a ledger that answers, the texts alone are compared, and stderr says so.
    """
    from ledger.answers.shapes import as_json as in_json
    from ledger.moments import read_moment
    from ledger.policies.files import load_policy
    from ledger.policies.publishing import decoded_event
    from ledger.policies.shapes import difference

    if second is not None and published is not None:
        raise CallerError("cannot tell which two to compare: expected NEW alone with --published, got OLD too", hint="leave out one of the two")
    old_name, new = (first if second is not None else None), load_policy(second or first)
    if text_only and old_name is None:
        raise CallerError("cannot compare: expected OLD and NEW with --text-only, got NEW alone", hint="what is published stands on the ledger")
    given_old = None if old_name is None else load_policy(old_name).policy
    moment = read_moment(since, is_first=True)
    old, effect, missing = given_old, None, "the texts alone were asked for"
    if not text_only:
        try:
            listed = limit if one_by_one else None
            old, effect, missing = _ask(decoded_event(new), new, given_old, published, since=moment, sample=sample, limit=listed)
        except (DependencyError, OperatorError, CallerError) as error:
            if given_old is None:
                raise
            missing = str(error)
            typer.echo(f"ledger: what it would change is not known: {error}", err=True)
    assert old is not None  # noqa: S101  given, or published
    found = difference(old, new.policy, effect, missing)
    if as_json:
        print(json.dumps(in_json(found), indent=2, ensure_ascii=False))
        return
    from ledger.cli.policy_diff_text import show_changes, show_effect

    show_changes(found)
    if effect is not None:
        show_effect(effect, one_by_one=one_by_one)


def _ask(
    event: dict[str, Any],
    new: CompiledPolicy,
    old: Policy | None,
    published: str | None,
    *,
    since: int | None,
    sample: int | None,
    limit: int | None,
) -> tuple[Policy, EffectAnswer, str]:
    """The older text, and what publishing would change.

    Raises:
        CallerError: no ledger is named, or nothing is published for the controller. DependencyError, OperatorError: it does not answer.
    """
    from ledger.cli.asking import asking_widely
    from ledger.cli.scanning import scan_progress

    with asking_widely() as query:
        found = old or _published(query, published or new.policy.controller, new.in_force_from)
        _warn(query, event)
        with scan_progress("looking at what would change") as report:
            return found, query.effect(event, since=since, sample=sample, limit=limit, report=report), ""


def _published(query: WideQuery, controller: str, in_force_from: int) -> Policy:
    """What is in force for a controller from that moment on, as things stand."""
    found = query.policy_standing(controller, in_force_from)
    if found is None:
        raise CallerError(
            f"cannot compare with what is published: nothing is for {controller}", hint="name OLD too, such as a file or a shipped policy"
        )
    typer.echo(f"ledger: published is {found.policy.name} {found.policy.version}, in force from {found.policy.in_force_from}", err=True)
    return found.policy


def _warn(query: WideQuery, event: dict[str, Any]) -> None:
    """Say what `publish` would say."""
    from ledger.policies.publishing import stands_already
    from ledger.sdk.event_ids import id_text

    try:
        if stands_already({**event, "event_id": id_text(event["event_id"])}, query.published(event["controller"])) is not None:
            print("ledger: it is published already: publishing it again changes nothing", file=sys.stderr)
    except RefusedError as error:
        print(f"ledger: warning: publishing it would be refused: {error}", file=sys.stderr)
        print(f"ledger: hint: {error.hint}", file=sys.stderr)

