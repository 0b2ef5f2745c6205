"""What an identity provider says of somebody, as a principal of ours. Pure; who was proven to say it is the business of tokens.py and oidc.py.

Must never take a name or an address into an event: the actor is the subject identifier behind a prefix, or its digest where it looks like a person.
Source: OpenID Connect Core 1.0 sections 2, 8 (pairwise identifiers); GDPR Art. 4(5), 5(1)(c); docs/access.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.contract.broken_rules import BrokenRuleError
from ledger.sdk.field_rules import string_rule
from ledger.settings import WebSettings
from ledger.web.roles import EVERY_CONTROLLER, Principal, Role

ACTOR_PREFIX: Final = "idp:"
_DIGITS: Final = 24
_CONTROLLERS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Where the provider says what. A dot goes into an object: `realm_access.roles`. role_prefix: stands before our roles at the provider."""

    role: str = "ledger_role"
    controllers: str = "ledger_controllers"
    subject_ref: str = "ledger_subject_ref"
    source: str = "ledger_source"
    role_prefix: str = ""


def names_of(web: WebSettings) -> ClaimNames:
    """What the settings call them."""
    return ClaimNames(web.role_claim, web.controllers_claim, web.subject_ref_claim, web.source_claim, web.role_prefix)


def principal_of_claims(claims: Mapping[str, Any], names: ClaimNames) -> Principal | None:
    """Whose claims these are; None: nobody of ours. Exactly one role of ours, at least one controller, and what that role is bound to."""
    issuer, sub, role = claims.get("iss"), claims.get("sub"), _role(_at(claims, names.role), names.role_prefix)
    if role is None or not isinstance(issuer, str) or not isinstance(sub, str) or not sub:
        return None
    controllers = _controllers(_at(claims, names.controllers))
    subject_ref, source = _text(claims, names.subject_ref, "subject_ref"), _text(claims, names.source, "source")
    if not controllers or (role is Role.SUBJECT and (subject_ref is None or len(controllers) != 1 or EVERY_CONTROLLER in controllers)):
        return None
    if role is Role.EMITTER and source is None:
        return None
    digest = hashlib.sha256(f"{issuer} {sub}".encode()).hexdigest()[:_DIGITS]
    actor = ACTOR_PREFIX + (sub if _fits("actor", sub) and _fits("actor", ACTOR_PREFIX + sub) else digest)
    return Principal(
        role, actor, controllers, f"idp-{digest}", subject_ref if role is Role.SUBJECT else None, source if role is Role.EMITTER else None
    )


def _role(found: Any, prefix: str) -> Role | None:
    """The one role of ours. Who is given two has a mistake in the provider's settings, and gets none."""
    given = found if isinstance(found, list) else [found]
    known = {prefix + role: role for role in Role}
    ours = {known[each] for each in given if isinstance(each, str) and each in known}
    return ours.pop() if len(ours) == 1 else None


def _controllers(found: Any) -> tuple[str, ...]:
    given = found if isinstance(found, list) else [found]
    fit = all(isinstance(each, str) and (each == EVERY_CONTROLLER or _fits("controller", each)) for each in given)
    return tuple(dict.fromkeys(given)) if fit and len(given) <= _CONTROLLERS_MAX else ()


def _text(claims: Mapping[str, Any], path: str, field: str) -> str | None:
    found = _at(claims, path)
    return found if isinstance(found, str) and _fits(field, found) else None


def _at(claims: Mapping[str, Any], path: str) -> Any:
    if path in claims:  # a name with dots of its own: https://example.org/role
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _fits(field: str, value: str) -> bool:
    try:
        string_rule(field, None)(value)
    except BrokenRuleError:
        return False
    return True
