"""Whether an act has what a condition needs, and the rule that is broken when it has not. The needs themselves: needs_of_*.py.

Pure. Source: docs/judging.md section 4, where each need has its row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger.core.judging import needs_of_collections as collections
from ledger.core.judging import needs_of_requests as requests
from ledger.core.judging import needs_of_shares as shares
from ledger.core.judging import needs_of_uses as uses
from ledger.core.judging.asked import Asked


def broken_rule(asked: Asked) -> str | None:
    """The rule that the act breaks, or None when the condition is met: one of its needs is enough, the first one names the rule.

    Raises:
        NeedsHistory: only the subject's history can tell.
    """
    cap = asked.condition.at_most
    if cap is not None:
        return "too-many-sends" if uses.too_many(asked, cap) else None
    first: str | None = None
    for need in asked.condition.needs:
        rule = _NEEDS[need](asked)
        if rule is None:
            return None
        first = first or rule
    return first


_NEEDS: Final[dict[str, Callable[[Asked], str | None]]] = {
    "service_ref": shares.service_ref,
    "product": shares.product,
    "agreement": shares.agreement,
    "registered": shares.registered,
    "registered_role": shares.registered_role,
    "extension": shares.extension,
    "prior_notice": shares.prior_notice,
    "legal_ground": shares.legal_ground,
    "payment_overdue": shares.payment_overdue,
    "not_refused": shares.not_refused,
    "disclosure_notice": shares.disclosure_notice,
    "decided": shares.decided,
    "consent": uses.consent,
    "customer": uses.customer,
    "not_withdrawn": uses.not_withdrawn,
    "no_objection": uses.no_objection,
    "no_objection_to": uses.no_objection_to,
    "held_for_purpose": uses.held_for_purpose,
    "unrestricted": uses.unrestricted,
    "transfer": shares.transfer,
    "stated_recipient": shares.stated_recipient,
    "stated_safeguard": shares.stated_safeguard,
    "statute_in_force": collections.statute_in_force,
    "declared_country": collections.declared_country,
    "open_session": collections.open_session,
    "unlinked": collections.unlinked,
    "own_record": collections.own_record,
    "asked_as_must": collections.asked_as_must,
    "asked_as_choice": collections.asked_as_choice,
    "ticket": uses.look_up_ref("ticket_ref"),
    "incident": uses.look_up_ref("incident_ref"),
    "permission": uses.look_up_ref("permission_ref"),
    "identity": requests.identity,
    "reason": requests.reason,
    "statute_cited": requests.statute_cited,
    "done": requests.done,
    "service_ended": requests.service_ended,
    "term_ended": requests.term_ended,
    "objection_ended": requests.objection_ended,
    "exported": requests.exported,
}
