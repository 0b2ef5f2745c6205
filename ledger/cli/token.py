"""`ledger token`: who may ask over HTTP. Secrets are printed once, on standard output, and nowhere else."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import CallerError, RefusedError

if TYPE_CHECKING:
    from ledger.settings import Settings, WebSettings
    from ledger.web.roles import Principal

Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="emitter, auditor, dpo, manager, operator or subject.")]
Controllers = Annotated[
    list[str] | None, typer.Option("--controller", "-c", metavar="NAME", help="Whose data; may be repeated, * is every controller. [default: *]")
]
Actor = Annotated[str | None, typer.Option("--actor", metavar="NAME", help="A role or pseudonym, as it stands in events. [default: role:ROLE]")]
Subject = Annotated[str | None, typer.Option("--subject", metavar="REF", help="Of the role subject: whose view it is.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_SAY_WHERE = "set LEDGER__WEB__PORT (or LEDGER__WEB__PUBLIC_URL, how browsers reach it) and ask for a new link"


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(help="Who may ask over HTTP.", no_args_is_help=True, rich_markup_mode=None)
    group.command("create", epilog="Example: ledger token create --role emitter --controller hostinghuis --source shop")(create)
    group.command("sign-in", epilog="Example: ledger token sign-in --role dpo --controller hostinghuis")(sign_in)
    group.command("list", epilog="Example: ledger token list --json")(listed)
    group.command("revoke", epilog="Example: ledger token revoke 4f6c2a9b01de")(revoke)
    app.add_typer(group, name="token", epilog="Example: ledger token create --role auditor --controller hostinghuis")


def create(
    role: Role,
    controllers: Controllers = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Of the role emitter: the service that its events come from.")] = None,
    actor: Actor = None,
    subject_ref: Subject = None,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=3650, help="How long it is good.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Make a key for a service and print it, once: only its digest is kept."""
    from ledger.web.credentials import KEY

    made = _make(KEY, _principal(role, controllers, actor, subject_ref, source), days * 86_400.0)
    if as_json:
        print(json.dumps({"id": made[0], "key": made[1]}))
    else:
        print(made[1])
        typer.echo(f"ledger: hint: send it as `Authorization: Bearer ...`; take it back with: ledger token revoke {made[0]}", err=True)


def sign_in(
    role: Role = "dpo",
    controllers: Controllers = None,
    actor: Actor = None,
    subject_ref: Subject = None,
    as_json: AsJson = False,
) -> None:
    """Print a link that signs one browser in, once, within a quarter of an hour; the session lasts eight hours.

    It leads to the server that runs on this home, unless LEDGER__WEB__PUBLIC_URL says how browsers reach it.
    """
    from ledger.settings import load_settings
    from ledger.web.serving_at import addresses

    settings = load_settings()
    principal = _principal(role, controllers, actor, subject_ref, None)
    address, doubt = address_of(settings.web, addresses(settings.home))
    credential_id, link = sign_in_link(settings, principal, address)
    print(json.dumps({"id": credential_id, "link": link}) if as_json else link)
    if doubt:
        typer.echo(f"ledger: hint: {doubt}", err=True)


def address_of(web: WebSettings, found: list[str]) -> tuple[str, str]:
    """(where a link leads, what to say where that may be the wrong place). found: where servers of this home listen now."""
    given = f"http://{web.host}:{web.port}"
    if web.public_url:
        return web.public_url.rstrip("/"), ""
    if given in found:
        return given, ""
    if not found:
        return given, f"no server of this home runs on this machine; if yours is not at {given}, {_SAY_WHERE}"
    others = f"there are servers at {', '.join(found)}; for another than the first, {_SAY_WHERE}" if len(found) > 1 else ""
    return found[0], others


def sign_in_link(settings: Settings, principal: Principal, address: str) -> tuple[str, str]:
    """(id, link) that signs one browser in, once. The secret stands behind the #: no server and no log of addresses ever has it."""
    from ledger.web.credentials import LINK, LINK_SECONDS

    credential_id, text = _make(LINK, principal, LINK_SECONDS, settings)
    return credential_id, f"{address}/sign-in#{text}"


def listed(as_json: AsJson = False) -> None:
    """List what is good now: keys, links and sessions; never a secret."""
    from ledger.adapters.postgres_credentials import PostgresCredentials
    from ledger.settings import load_settings

    with closing(PostgresCredentials(load_settings().postgres_dsn())) as store:
        found = store.listed()
    if as_json:
        print(json.dumps([{**each._asdict(), "seconds_left": round(each.seconds_left)} for each in found], indent=2))
        return
    from ledger.cli.tables import console, table_of

    table = table_of("id", "kind", "role", "actor", "controllers", "source or subject", "good for")
    for each in found:
        days, rest = divmod(int(each.seconds_left), 86_400)
        left = f"{days} d" if days else f"{rest // 60} min"
        of = each.source or each.subject_ref or "-"
        table.add_row(each.credential_id, each.kind.lower(), each.role, each.actor, ", ".join(each.controllers), of, left)
    console().print(table)


def revoke(credential_id: Annotated[str, typer.Argument(metavar="ID", help="As `ledger token list` shows it.")]) -> None:
    """Take a key, link or session back. A server that has just seen it may take it for five seconds more."""
    from ledger.adapters.postgres_credentials import PostgresCredentials
    from ledger.settings import load_settings

    with closing(PostgresCredentials(load_settings().postgres_dsn())) as store:
        if not store.revoke(credential_id):
            raise RefusedError("cannot revoke: no credential that is good has that id", hint="ledger token list")
    print(f"{credential_id} is worth nothing now")


def _principal(role: str, controllers: list[str] | None, actor: str | None, subject_ref: str | None, source: str | None) -> Principal:
    from ledger.contract.broken_rules import BrokenRuleError
    from ledger.sdk.field_rules import string_rule
    from ledger.web.roles import EVERY_CONTROLLER, Principal
    from ledger.web.roles import Role as Known

    try:
        known = Known(role.lower())
    except ValueError:
        raise CallerError(f"cannot make a credential: expected a role of {', '.join(Known)}, got another") from None
    if (known is Known.EMITTER) != (source is not None):
        raise CallerError("cannot make a credential: expected --source with the role emitter, and with no other", hint="--source shop")
    if (known is Known.SUBJECT) != (subject_ref is not None):
        raise CallerError("cannot make a credential: expected --subject with the role subject, and with no other")
    if known is Known.SUBJECT and (controllers is None or len(controllers) != 1):
        raise CallerError("cannot make a credential: expected one --controller with --subject")
    whose = tuple(dict.fromkeys(controllers or [EVERY_CONTROLLER]))
    for name, value in (("actor", actor), ("source", source), ("subject_ref", subject_ref), *(("controller", each) for each in whose)):
        if value is not None and value != EVERY_CONTROLLER:
            try:
                string_rule(name, None)(value)
            except BrokenRuleError as fault:
                raise CallerError(f"cannot make a credential: {name}: {fault.rule}", hint=fault.hint) from None
    return Principal(known, actor or f"role:{known}", whose, "", subject_ref, source)


def _make(kind: str, principal: Principal, seconds: float, settings: Settings | None = None) -> tuple[str, str]:
    from ledger.adapters.postgres_credentials import PostgresCredentials
    from ledger.settings import load_settings
    from ledger.web.credentials import Credentials

    with closing(PostgresCredentials((settings or load_settings()).postgres_dsn())) as store:
        made = Credentials(store).make(kind, principal, seconds)
    return made.credential_id, made.text
