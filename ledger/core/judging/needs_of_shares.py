"""What a share needs: who may have it and for what, where it may go.

Pure. Each answers for the moment of the fact; where the state cannot tell, it raises `NeedsHistory` and is asked again with the subject of then.
Source: docs/judging.md section 4, where each need has its row.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.core.holdings import NeedsHistory
from ledger.core.judging.asked import Asked
from ledger.core.judging.choices import latest
from ledger.core.judging.then import is_before

_TRANSFERS: Final = {
    "lapsed": "transfer-lapsed",
    "not_a_safeguard": "transfer-not-a-safeguard",
    "unknown": "transfer-without-safeguard",
    "none": "transfer-without-safeguard",
}


def service_ref(asked: Asked) -> str | None:
    return None if asked.fields["ref"] else "share-without-ref"


def product(asked: Asked) -> str | None:
    return None if asked.act.product else "share-without-product"


def agreement(asked: Asked) -> str | None:
    fields = asked.fields
    short = False
    for agreement in asked.rules.agreements_in_force(fields["controller"], fields["recipient"], asked.moment[0]):
        if fields["agreement"] in (None, agreement["agreement"]):
            if asked.act.categories <= set(agreement["categories"]) and fields["purpose"] in agreement["purposes"]:
                return None
            short = True
    return "share-beyond-agreement" if short else "share-without-agreement"


def registered(asked: Asked) -> str | None:
    return None if recipient_of(asked) else "share-with-unregistered-recipient"


def registered_role(asked: Asked) -> str | None:
    recipient = recipient_of(asked)
    return None if recipient is None or recipient["role"] == asked.act.role else "share-in-other-role"


def extension(asked: Asked) -> str | None:
    recipient = recipient_of(asked)
    if recipient is not None and (not recipient["extensions"] or asked.act.product in recipient["extensions"]):
        return None
    return "share-outside-extension"


def prior_notice(asked: Asked) -> str | None:
    if asked.subject.is_dataset:
        return None  # nobody knows whom to tell
    given = asked.subject.notices.get(("subject", "recipient", asked.fields["recipient"]))
    return None if given is not None and is_before(given, asked.moment) else "share-without-notice"


def legal_ground(asked: Asked) -> str | None:
    return None if asked.fields["disclosure_ground"] in asked.condition.grounds else "share-without-legal-ground"


def payment_overdue(asked: Asked) -> str | None:
    ref = asked.fields["ref"]
    late = [reached for of, reached in asked.subject.reached.get("PAYMENT_OVERDUE", {}).items() if ref in (None, of)]
    if any(is_before(reached, asked.moment) for reached in late):
        return None
    if late:
        raise NeedsHistory  # the latest one is known; an earlier one may have been
    return "share-without-arrears"


def disclosure_notice(asked: Asked) -> str | None:
    ref = asked.fields["disclosure_ref"]
    for about in ("disclosure", "disclosure_request"):
        given = asked.subject.notices.get(("subject", about, ref)) if ref else None
        if given is not None and is_before(given, asked.moment):
            return None
    decision = decision_on(asked)
    if decision is not None and decision[4] == "BARRED" and (decision[5] is None or decision[5] > asked.moment[0]):
        return None
    return "disclosure-without-notice"


def decided(asked: Asked) -> str | None:
    decision = decision_on(asked)
    if decision is None or decision[3] not in ("GRANTED", "PARTLY"):
        return "disclosure-without-decision"
    return None if _covers_share(decision, asked) else "disclosure-beyond-decision"


def not_refused(asked: Asked) -> str | None:
    decision = decision_on(asked)
    if decision is not None and decision[3] == "REFUSED":
        return "share-after-refusal"
    if decision is not None and decision[3] == "PARTLY" and not _covers_share(decision, asked):  # the rest was refused
        return "disclosure-beyond-decision"
    return None


def _covers_share(decision: tuple[Any, ...], asked: Asked) -> bool:
    """Whether the decision is on all that is given; one that names no categories is on all there is."""
    covered = decision[6]
    return not covered or asked.act.categories.issubset(covered)


def transfer(asked: Asked) -> str | None:
    at, law, recipient = asked.moment[0], asked.published.law, recipient_of(asked)
    country, safeguard = _where_to(asked)
    if country is None or law is None:
        return None
    state = law.transfer(country, safeguard, at)
    if state == "safeguarded" and recipient is not None and recipient["safeguard"] == safeguard:
        ends = recipient["safeguard_until"]
        if ends is not None and at >= ends:
            state = "lapsed"
    return _TRANSFERS.get(state)


def _where_to(asked: Asked) -> tuple[str | None, str | None]:
    """Country and safeguard of a share: what it says itself, or else what the register said of the recipient then."""
    recipient = recipient_of(asked) or {"country": None, "safeguard": None}
    return asked.fields["country"] or recipient["country"], asked.fields["safeguard"] or recipient["safeguard"]


def stated_recipient(asked: Asked) -> str | None:
    stated, law = asked.published.policy.transfers, asked.published.law
    country, safeguard = _where_to(asked)
    if stated is None or country is None or law is None or asked.act.recipient in stated.recipients:
        return None
    return None if law.transfer(country, safeguard, asked.moment[0]) == "inside" else "transfer-to-unnamed-recipient"


def stated_safeguard(asked: Asked) -> str | None:
    stated, law = asked.published.policy.transfers, asked.published.law
    country, safeguard = _where_to(asked)
    if stated is None or country is None or law is None or safeguard in stated.safeguards:
        return None
    return "transfer-on-unstated-safeguard" if law.transfer(country, safeguard, asked.moment[0]) == "safeguarded" else None


def recipient_of(asked: Asked) -> dict[str, Any] | None:
    """What the register said of the recipient then."""
    return asked.rules.recipient_at(asked.fields["controller"], asked.fields["recipient"], asked.moment)


def decision_on(asked: Asked) -> tuple[Any, ...] | None:
    """(at, event_id, offset, decision, notice, barred_until, categories) of the latest decision on the share's disclosure."""
    return latest(asked.subject.disclosures.get(asked.fields["disclosure_ref"], ()), asked.moment)
