"""`ledger policy check | show | publish`: statements as files, and on the log. Beside it: policy_explain, policy_coverage, policy_diff."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.errors import CallerError
from ledger.moments import read_instant

if TYPE_CHECKING:
    from ledger.adapters.kafka_register import Registered
    from ledger.core.policy import Policy
    from ledger.policies.files import CompiledPolicy
    from ledger.sdk.receipts import Receipt

group = typer.Typer(
    help="Check, show and publish privacy statements.",
    no_args_is_help=True,
    epilog="Example: ledger policy check --all",
)

_FILES = Annotated[list[str] | None, typer.Argument(metavar="FILE|NAME", help="Files, or names of shipped policies.")]
_ALL = Annotated[bool, typer.Option("--all", help="All policies that come with the package.")]
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]


def register(app: typer.Typer) -> None:
    """Add the group to the `ledger` command."""
    from ledger.cli import policy_coverage, policy_diff, policy_explain

    for each in (policy_explain, policy_coverage, policy_diff):
        each.register(group)
    app.add_typer(group, name="policy")


@group.command(epilog="Example: ledger policy check hostinghuis my-policy.yaml")
def check(files: _FILES = None, every: _ALL = False, as_json: _AS_JSON = False) -> None:
    """Check policies and print every finding with file, line and field. Ends with 1 when there is one.

    A promise without a status, and one called checked that no rule judges, is a remark: the policy may be published all the same.
    """
    from ledger.policies.checks import PolicyFileError
    from ledger.policies.coverage import remarks_on
    from ledger.policies.files import load_policy

    names = _names(files, every)
    wrong = 0
    for name in names:
        try:
            compiled = load_policy(name)
        except PolicyFileError as error:
            wrong += 1
            for finding in error.findings:
                print(json.dumps(finding._asdict(), ensure_ascii=False) if as_json else finding)
            continue
        remarks = remarks_on(compiled.policy)
        if as_json:
            print(json.dumps({"file": name, **_summary(compiled), "remarks": remarks}, ensure_ascii=False))
        else:
            for remark in remarks:
                typer.echo(f"ledger: remark: {name}: {remark}", err=True)
            counts = f"activities {len(compiled.policy.activities)}, retention rules {len(compiled.policy.retention)}"
            print(f"{name}: correct ({counts})")
    if wrong:
        typer.echo(f"ledger: error: {wrong} of {len(names)} policies are wrong", err=True)
        typer.echo("ledger: hint: the language is explained in docs/policies.md", err=True)
        raise typer.Exit(1)


@group.command(epilog="Example: ledger policy show hostinghuis")
def show(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A file, or the name of a shipped policy; with --published a controller.")],
    published: Annotated[bool, typer.Option("--published", help="Show what stands on the log for this controller, not a file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the compiled policy, as it goes on the log.")] = False,
) -> None:
    """Say in words what a policy declares, until when it keeps data, and where it is silent."""
    from ledger.cli.policy_text import policy_text

    compiled_json, policy = policy_named(name, published=published, command="show")
    print(compiled_json if as_json else policy_text(policy))


def policy_named(name: str, *, published: bool, command: str) -> tuple[str, Policy]:
    """A policy as compiled JSON and as the fold reads it: a file, a shipped one, or with published what stands on the log for a controller.

    command: of `ledger policy`, for the hint. Raises: CallerError, PolicyFileError; for a published one also what the broker raises.
    """
    if published:
        return _published(name, command)
    from ledger.policies.files import load_policy

    try:
        compiled = load_policy(name)
    except CallerError as error:
        if not _is_no_such_file(name):
            raise
        raise CallerError(str(error), hint=f"{error.hint}; for what is published: `ledger policy {command} --published {name}`") from error
    return compiled.compiled_json, compiled.policy


@group.command(epilog="Example: ledger policy publish hostinghuis my-policy.yaml --wait")
def publish(
    files: _FILES = None,
    every: _ALL = False,
    announced_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it was announced, RFC 3339 with offset; else as in the file.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the workers have it: what is emitted then is judged by it.")] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="With --wait: give up after this long.", min=0.0)] = 60.0,
    as_json: _AS_JSON = False,
) -> None:
    """Put policies on the log, from where they count. All are checked first; publishing one again changes nothing.

    Refused (4): another text under a version that stands already, and a text that was replaced since; both need a version of their own.
    """
    from ledger.contract.json_form import datetime_to_instant
    from ledger.policies.files import load_policy
    from ledger.policies.publishing import policy_event

    announced = datetime_to_instant(read_instant("--announced-at", announced_at)) if announced_at is not None else None
    checked = [load_policy(name) for name in _names(files, every)]
    standing = _standing([policy_event(compiled, announced_at=announced) for compiled in checked])
    for compiled, stands in zip(checked, standing, strict=True):
        _tell(compiled, stands or _emit(compiled, announced), is_new=stands is None, as_json=as_json)
    if wait:
        _wait_for_workers(timeout)
    elif None in standing:
        typer.echo("ledger: judges what stands after it in its partition: run `ledger wait` before emitting what must be judged by it", err=True)


def _standing(events: list[dict[str, Any]]) -> list[Receipt | None]:
    """For each event where it stands already and counts, None when it is news. Raises: RefusedError, one would be dropped as a repeat."""
    from ledger.policies.publishing import stands_already
    from ledger.sdk.event_ids import id_bytes, id_text
    from ledger.sdk.receipts import Receipt
    from ledger.topics import REGISTER

    found = _registered()
    published = [each.fields for each in found]
    receipts: list[Receipt | None] = []
    for event in events:
        own = [place for place, fields in enumerate(published) if fields["controller"] == event["controller"]]
        again = stands_already(event, [published[place] for place in own])
        if again is None or own[again] >= len(found):
            published.append(event | {"event_id": id_bytes(event["event_id"])})  # the next file of this command is held against it
            receipts.append(None)
        else:
            offset, recorded_at, fields = found[own[again]]
            receipts.append(Receipt(id_text(fields["event_id"]), REGISTER, 0, offset, datetime.fromtimestamp(recorded_at / 1e6, UTC)))
    return receipts


def _tell(compiled: CompiledPolicy, receipt: Receipt, *, is_new: bool, as_json: bool) -> None:
    if as_json:
        where = {"topic": receipt.topic, "partition": receipt.partition, "offset": receipt.offset}
        recorded_at = receipt.recorded_at.isoformat()
        print(json.dumps({**_summary(compiled), "published": is_new, "event_id": receipt.event_id, **where, "recorded_at": recorded_at}))
        return
    policy, place = compiled.policy, f"{receipt.topic}/{receipt.partition}@{receipt.offset}"
    what = "published" if is_new else "already published, nothing changes"
    print(f"{policy.name} {policy.version}: {what}, in force from {policy.in_force_from} ({place})")


def _emit(compiled: CompiledPolicy, announced_at: int | None) -> Receipt:
    from ledger.policies.publishing import publish_policy
    from ledger.sdk.emit import Emitter

    with Emitter(controller=compiled.policy.controller, source="policy") as emitter:
        return publish_policy(emitter, compiled, announced_at=announced_at)


def _wait_for_workers(seconds: float) -> None:
    from ledger.adapters.kafka_admin import KafkaAdmin
    from ledger.adapters.postgres_positions import PostgresPositions
    from ledger.settings import load_settings
    from ledger.topics import FACTS
    from ledger.waiting import wait_until_answered

    settings = load_settings()
    admin, positions = KafkaAdmin(settings), PostgresPositions(settings.postgres_dsn())

    def tell(what: str) -> None:
        typer.echo(f"ledger: waiting for {what}", err=True)

    try:
        wait_until_answered(admin, positions, partitions=admin.topics()[FACTS].partitions, seconds=seconds, tell=tell)
    finally:
        positions.close()


def _registered() -> list[Registered]:
    from ledger.adapters.kafka_register import registered
    from ledger.settings import load_settings

    return list(registered(load_settings(), "PolicyPublished"))


def _published(controller: str, command: str) -> tuple[str, Policy]:
    """The newest statement that stands for a controller, as the fold reads it; the others are named on stderr."""
    from zoneinfo import ZoneInfo

    from ledger.core.rules import Rules
    from ledger.errors import LedgerError

    rules, found = Rules(ZoneInfo), _registered()
    for each in found:
        try:
            rules.apply("PolicyPublished", each.fields)
        except LedgerError:
            continue  # the fold puts it aside too
    versions = rules.policies.get(controller, [])
    if not versions:
        names = ", ".join(sorted(rules.policies)) or "nobody"
        raise CallerError(f"cannot {command} what {controller} has published: no statement of it is on the register", hint=f"published: {names}")
    by_id = {each.fields["event_id"]: each for each in found}
    for version in versions:
        place, policy = by_id[version.event_id].offset, version.policy
        typer.echo(f"ledger: {policy.name} {policy.version} stands, in force from {policy.in_force_from} (register/0@{place})", err=True)
    newest = versions[-1]
    return by_id[newest.event_id].fields["compiled"], newest.policy


def _is_no_such_file(name: str) -> bool:
    from pathlib import Path

    return "/" not in name and not Path(name).exists()


def _names(files: list[str] | None, every: bool) -> list[str]:
    from ledger.policies.files import shipped_policies

    if bool(files) == every:
        raise CallerError(
            "cannot tell which policies: expected names or --all, got " + ("both" if every else "neither"),
            hint=f"shipped: {', '.join(shipped_policies())}",
        )
    return files or list(shipped_policies())


def _summary(compiled: CompiledPolicy) -> dict[str, Any]:
    policy = compiled.policy
    named = {"policy": policy.name, "controller": policy.controller, "version": policy.version}
    return {**named, "in_force_from": policy.in_force_from, "text_hash": compiled.sha256}
