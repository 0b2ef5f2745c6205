"""`ledger policy check | show | publish`: statements as files, and on the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.instants import read_instant
from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.core.calendar import Duration
    from ledger.core.limits import Condition, Prohibition, Scope
    from ledger.core.policy import Policy
    from ledger.core.retention_rule import RetentionRule
    from ledger.policies.files import CompiledPolicy

group = typer.Typer(
    help="Check, show and publish privacy statements.",
    no_args_is_help=True,
    epilog="Example: ledger policy check --all",
)

_FILES = Annotated[list[str] | None, typer.Argument(metavar="FILE|NAME...", help="Files, or names of shipped policies.")]
_ALL = Annotated[bool, typer.Option("--all", help="All policies that come with the package.")]
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]


def register(app: typer.Typer) -> None:
    """Add the group to the `ledger` command."""
    app.add_typer(group, name="policy")


@group.command(epilog="Example: ledger policy check hostinghuis my-policy.yaml")
def check(files: _FILES = None, every: _ALL = False, as_json: _AS_JSON = False) -> None:
    """Check policies and print every finding with file, line and field. Ends with 1 when there is one."""
    from ledger.policies.checks import PolicyFileError
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
        if as_json:
            print(json.dumps({"file": name, **_summary(compiled)}, ensure_ascii=False))
        else:
            counts = f"activities {len(compiled.policy.activities)}, retention rules {len(compiled.policy.retention)}"
            print(f"{name}: correct ({counts})")
    if wrong:
        typer.echo(f"ledger: error: {wrong} of {len(names)} policies are wrong", err=True)
        typer.echo("ledger: hint: the language is explained in docs/policies.md", err=True)
        raise typer.Exit(1)


@group.command(epilog="Example: ledger policy show hostinghuis")
def show(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A file, or the name of a shipped policy.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the compiled policy, as it goes on the log.")] = False,
) -> None:
    """Say in words what a policy declares, until when it keeps data, and where it is silent."""
    from ledger.policies.files import load_policy

    compiled = load_policy(name)
    print(compiled.compiled_json if as_json else _policy_text(compiled.policy))


@group.command(epilog="Example: ledger policy publish hostinghuis my-policy.yaml")
def publish(
    files: _FILES = None,
    every: _ALL = False,
    announced_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it was announced, RFC 3339 with offset; else as in the file.")
    ] = None,
    as_json: _AS_JSON = False,
) -> None:
    """Put policies on the log, from where they count. All are checked first; publishing one again changes nothing."""
    from ledger.contract.json_form import datetime_to_instant
    from ledger.policies.files import load_policy

    announced = datetime_to_instant(read_instant("--announced-at", announced_at)) if announced_at is not None else None
    checked = [load_policy(name) for name in _names(files, every)]
    for compiled in checked:
        receipt = _emit(compiled, announced)
        policy = compiled.policy
        if as_json:
            where = {"topic": receipt.topic, "partition": receipt.partition, "offset": receipt.offset}
            recorded_at = receipt.recorded_at.isoformat()
            print(json.dumps({**_summary(compiled), "event_id": receipt.event_id, **where, "recorded_at": recorded_at}))
        else:
            place = f"{receipt.topic}/{receipt.partition}@{receipt.offset}"
            print(f"{policy.name} {policy.version}: published, in force from {policy.in_force_from} ({place})")


def _emit(compiled: CompiledPolicy, announced_at: int | None) -> Any:
    from ledger.policies.publishing import publish_policy
    from ledger.sdk.emit import Emitter

    with Emitter(controller=compiled.policy.controller, source="policy") as emitter:
        return publish_policy(emitter, compiled, announced_at=announced_at)


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


def _policy_text(policy: Policy) -> str:
    lines = [policy.title, f"{policy.controller}, version {policy.version}, in force from {policy.in_force_from}", ""]
    lines.append("Activities")
    for activity in policy.activities.values():
        stores = ", ".join(f"{store.name} ({store.country})" for store in activity.stores)
        lines.append(f"  {activity.name}: {activity.title}  [{' '.join(activity.promises)}]")
        lines.append(f"    keeps {_words(activity.categories)}")
        lines.append(f"    for {_words(activity.purposes)}; in {stores}")
    lines += ["", "Kept until"]
    lines += [f"  {rule.id}: {rule_text(rule)}" for rule in policy.retention] or ["  no term is stated"]
    lines += ["", "Shared with"]
    for role in policy.recipients.values():
        purposes = f" for {_words(role.purposes)}" if role.purposes else ""
        lines.append(f"  {role.role}{purposes}  [{' '.join(role.promises)}]")
    lines += ["", "Never"]
    lines += [f"  {rule.id}: {_prohibition_text(rule)}" for rule in policy.prohibitions]
    lines += ["", "Only"] if policy.conditions else []
    lines += [f"  {condition.id}: {_condition_text(condition)}" for condition in policy.conditions]
    lines += ["", "Silent or outdated"] if policy.promises else []
    lines += [f"  {promise.id}: {promise.status}: {promise.note}" for promise in policy.promises]
    return "\n".join(lines)


def _prohibition_text(rule: Prohibition) -> str:
    acts = [kind for kind in ("collect", "share", "use", "consult") if kind in rule.acts]
    return f"{' or '.join(acts)} {_scope_text(rule.scope)}"


def _condition_text(condition: Condition) -> str:
    cap = condition.at_most
    needs = " or ".join(need.replace("_", " ") for need in condition.needs)
    how = f"at most {cap.count} times within {_duration_text(cap.within)}" if cap else f"needs {needs}"
    return f"{condition.act} {_scope_text(condition.scope)}: {how}"


def _scope_text(scope: Scope) -> str:
    parts = [_words(scope.categories) or "anything"]
    for word, terms in (
        ("for", scope.purposes), ("for anything but", scope.except_purposes), ("in", scope.activities), ("into", scope.stores), ("with", scope.roles),
        ("to", scope.recipients), ("of product", scope.products), ("by", scope.channels), ("answered", scope.outcomes),
    ):  # fmt: skip
        parts += [f"{word} {_words(terms)}"] if terms else []
    return " ".join(parts) + ("" if scope.by == "any" else f", by the {scope.by}")


def rule_text(rule: RetentionRule) -> str:
    """Say a retention rule in words."""
    what = ", ".join(sorted(rule.activities)) or (", ".join(sorted(rule.roles)) or "all")
    anchors = (" and " if rule.mode == "ALL" else " or ").join(anchor.lower().replace("_", " ") for anchor in rule.anchors)
    which = "of the same ref" if rule.per == "ref" else "of the person"
    start = "its collection" if rule.anchors == ("COLLECTION",) else f"{anchors} {which}"
    if len(rule.anchors) > 1:
        start += f" ({'the later' if rule.mode == 'ALL' else 'the earlier'})"
    terms = [term for term in (rule.after, rule.then) if term is not None and any(term)]
    length = f"{' and then '.join(map(_duration_text, terms))} after" if terms else "from"
    end = ", to the end of that calendar year" if rule.rounding == "calendar_year_end" else ""
    statute = f" ({rule.statute}: a request cannot shorten it)" if rule.statute else ""
    return f"{what} at {'us' if rule.holder == 'controller' else 'the recipient'}: {length} {start}{end}{statute}"


def _duration_text(duration: Duration) -> str:
    years, months = divmod(duration.months, 12)
    parts = ((years, "year"), (months, "month"), (duration.days, "day"), (duration.seconds, "second"))
    return " ".join(f"{number} {unit}{'s' if number != 1 else ''}" for number, unit in parts if number)


def _words(terms: frozenset[str]) -> str:
    return ", ".join(sorted(terms))
