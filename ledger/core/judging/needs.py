"""Whether an act has what a condition needs: one small function for each need, and the rule that is broken when it has not.

Pure. Each answers for the moment of the fact; where the state cannot tell, it raises `NeedsHistory` and is asked again with the subject of then.
Source: docs/judging.md section 4, where each need has its row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ledger.core.calendar import Duration, add_term
from ledger.core.conditions import Act, Cap, Condition, Terms
from ledger.core.customer import CUSTOMER_KINDS, customer_at
from ledger.core.holdings import NeedsHistory, covers, scope_of
from ledger.core.judging.choices import consents, consents_on_some_channel, has_withdrawn, latest, objects
from ledger.core.judging.fulfilling import is_done
from ledger.core.judging.keeping import goes_before_export, is_too_early, lets_marketing_start_again, term_of
from ledger.core.judging.look_ups import is_for_its_purpose
from ledger.core.judging.then import Moment, held, is_before
from ledger.core.refusal import DEMANDED_BY_LAW
from ledger.core.rules import PolicyInForce, Rules
from ledger.core.state import Holding
from ledger.core.subject import Subject

IDENTIFIED = ("DONE", "NOT_NEEDED")
LEGAL_OBLIGATION = "eu-gdpr:A6-1-c"
"""A law of the Union or of a member state lays it down (GDPR Art. 6(3)): it is to be known which."""

DEMANDED: Final[Terms] = frozenset({"ledger:LegalDisclosure", "dpv:LegalCompliance"})
"""What the law demands of whoever has the data, whatever it was given for (GDPR Art. 6(1)(c) and (4))."""


class Asked(NamedTuple):
    """A condition and the act it is asked of. subject: lists (consents, notices, uses, decisions) up to now, holdings and milestones of then."""

    rules: Rules
    published: PolicyInForce
    subject: Subject
    act: Act
    fields: dict[str, Any]
    moment: Moment
    condition: Condition


def broken_rule(asked: Asked) -> str | None:
    """The rule that the act breaks, or None when the condition is met: one of its needs is enough, the first one names the rule.

    Raises:
        NeedsHistory: only the subject's history can tell.
    """
    cap = asked.condition.at_most
    if cap is not None:
        return "too-many-sends" if _too_many(asked, cap) else None
    first: str | None = None
    for need in asked.condition.needs:
        rule = _NEEDS[need](asked)
        if rule is None:
            return None
        first = first or rule
    return first


def _service_ref(asked: Asked) -> str | None:
    return None if asked.fields["ref"] else "share-without-ref"


def _product(asked: Asked) -> str | None:
    return None if asked.act.product else "share-without-product"


def _agreement(asked: Asked) -> str | None:
    fields = asked.fields
    short = False
    for agreement in asked.rules.agreements_in_force(fields["controller"], fields["recipient"], asked.moment[0]):
        if fields["agreement"] in (None, agreement["agreement"]):
            if asked.act.categories <= set(agreement["categories"]) and fields["purpose"] in agreement["purposes"]:
                return None
            short = True
    return "share-beyond-agreement" if short else "share-without-agreement"


def _registered(asked: Asked) -> str | None:
    return None if _recipient(asked) else "share-with-unregistered-recipient"


def _extension(asked: Asked) -> str | None:
    recipient = _recipient(asked)
    product = asked.fields["product"]
    if recipient is not None and (not recipient["extensions"] or product in recipient["extensions"]):
        return None
    return "share-outside-extension"


def _prior_notice(asked: Asked) -> str | None:
    given = asked.subject.notices.get(("subject", "recipient", asked.fields["recipient"]))
    return None if given is not None and is_before(given, asked.moment) else "share-without-notice"


def _legal_ground(asked: Asked) -> str | None:
    return None if asked.fields["disclosure_ground"] in asked.condition.grounds else "share-without-legal-ground"


def _payment_overdue(asked: Asked) -> str | None:
    ref = asked.fields["ref"]
    late = [reached for of, reached in asked.subject.reached.get("PAYMENT_OVERDUE", {}).items() if ref in (None, of)]
    if any(is_before(reached, asked.moment) for reached in late):
        return None
    if late:
        raise NeedsHistory  # the latest one is known; an earlier one may have been
    return "share-without-arrears"


def _disclosure_notice(asked: Asked) -> str | None:
    ref = asked.fields["disclosure_ref"]
    for about in ("disclosure", "disclosure_request"):
        given = asked.subject.notices.get(("subject", about, ref)) if ref else None
        if given is not None and is_before(given, asked.moment):
            return None
    decision = _decision(asked)
    if decision is not None and decision[4] == "BARRED" and (decision[5] is None or decision[5] > asked.moment[0]):
        return None
    return "disclosure-without-notice"


def _decided(asked: Asked) -> str | None:
    decision = _decision(asked)
    return None if decision is not None and decision[3] in ("GRANTED", "PARTLY") else "disclosure-without-decision"


def _not_refused(asked: Asked) -> str | None:
    decision = _decision(asked)
    return "share-after-refusal" if decision is not None and decision[3] == "REFUSED" else None


def _consent(asked: Asked) -> str | None:
    if asked.act.kind == "collect":
        met = all(consents_on_some_channel(asked.subject, purpose, asked.moment) for purpose in _purposes(asked))
        return None if met else "collection-without-consent"
    return None if consents(asked.subject, *_whereabouts(asked)) else f"{asked.act.kind}-without-consent"


def _not_withdrawn(asked: Asked) -> str | None:
    return f"{asked.act.kind}-after-withdrawal" if has_withdrawn(asked.subject, *_whereabouts(asked)) else None


def _customer(asked: Asked) -> str | None:
    steps = (reached for kind in CUSTOMER_KINDS for reached in asked.subject.reached.get(kind, {}).values())
    if not all(is_before(reached, asked.moment) for reached in steps):
        raise NeedsHistory
    return None if customer_at(asked.subject, asked.moment[0]) else "use-for-non-customer"


def _no_objection(asked: Asked) -> str | None:
    return _unopposed(asked, _purposes(asked))


def _no_objection_to(asked: Asked) -> str | None:
    """Of data that is there for what one may object to, whatever the act is called."""
    return _unopposed(asked, asked.condition.objections)


def _unopposed(asked: Asked, purposes: Terms) -> str | None:
    channel = asked.act.channel or None
    if any(objects(asked.subject, purpose, channel, asked.moment) for purpose in purposes):
        return {"collect": "collection"}.get(asked.act.kind, asked.act.kind) + "-after-objection"
    return None


def _whereabouts(asked: Asked) -> tuple[str, str | None, str | None, Moment]:
    """What a consent to a use or a share has to be about. A share has no channel."""
    fields = asked.fields
    return fields["purpose"], fields.get("channel"), fields["recipient"], asked.moment


def _purposes(asked: Asked) -> Terms:
    """Of a collection for several purposes, those that the condition is about."""
    about = asked.condition.scope.purposes
    return asked.act.purposes & about if about else asked.act.purposes


def _held_for_purpose(asked: Asked) -> str | None:
    purpose = asked.fields["purpose"]
    if asked.act.kind == "consult":
        for_it = is_for_its_purpose(asked.subject, purpose, asked.act.categories, asked.fields, asked.moment)
        return None if for_it else "look-up-for-other-purpose"
    if asked.act.kind == "share" and purpose in DEMANDED:
        return None
    by = asked.fields["by"]
    # Consent to another purpose is a ground of its own (GDPR Art. 6(4)); it puts nothing into the hoster's hands that has gone.
    agreed = asked.act.by_controller and consents(asked.subject, *_whereabouts(asked))
    holdings = [holding for key, holding in asked.subject.holdings.items() if key[0] == by and (agreed or key[2] == purpose)]
    for category in asked.act.categories:
        if not any(held(holding, category, asked.moment) for holding in holdings):
            return "passed-on-for-other-purpose" if asked.act.kind == "share" else "use-for-other-purpose"
    return None


def _unrestricted(asked: Asked) -> str | None:
    """A restriction of one store says nothing of data whose store a use or share does not tell."""
    for hold in asked.subject.holds.values():
        steps = [step for step in hold.steps if (step.at, step.event_id) < asked.moment]
        if not steps:
            continue
        step = steps[-1]  # in their order: at an equal moment a release comes last
        stands = not step.is_release and step.kind == "RESTRICTION" and (step.until is None or step.until > asked.moment[0])
        covers_it = step.store is None and (not step.categories or not asked.act.categories or not asked.act.categories.isdisjoint(step.categories))
        if stands and covers_it and _consent(asked) is not None:
            return f"{asked.act.kind}-while-restricted"
    return None


def _transfer(asked: Asked) -> str | None:
    at, law, recipient = asked.moment[0], asked.published.law, _recipient(asked)
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
    recipient = _recipient(asked) or {"country": None, "safeguard": None}
    return asked.fields["country"] or recipient["country"], asked.fields["safeguard"] or recipient["safeguard"]


def _stated_recipient(asked: Asked) -> str | None:
    stated, law = asked.published.policy.transfers, asked.published.law
    country, safeguard = _where_to(asked)
    if stated is None or country is None or law is None or asked.act.recipient in stated.recipients:
        return None
    return None if law.transfer(country, safeguard, asked.moment[0]) == "inside" else "transfer-to-unnamed-recipient"


def _stated_safeguard(asked: Asked) -> str | None:
    stated, law = asked.published.policy.transfers, asked.published.law
    country, safeguard = _where_to(asked)
    if stated is None or country is None or law is None or safeguard in stated.safeguards:
        return None
    return "transfer-on-unstated-safeguard" if law.transfer(country, safeguard, asked.moment[0]) == "safeguarded" else None


def _statute_in_force(asked: Asked) -> str | None:
    law, declared = asked.published.law, _declared_statutes(asked)
    if law is None:
        return None
    named = frozenset[str]() if asked.act.kind == "share" or asked.fields["statute"] is None else frozenset((asked.fields["statute"],))
    if not all(law.statute_in_force(statute, asked.moment[0]) for statute in declared | named):
        return "basis-not-in-force"
    if declared and not named <= declared:
        return "basis-for-other-purpose"
    is_demanded = asked.act.kind == "collect" and asked.fields["legal_basis"] == LEGAL_OBLIGATION
    return "basis-without-statute" if is_demanded and not declared | named else None


def _declared_statutes(asked: Asked) -> frozenset[str]:
    """The laws that, by what the policy declares, demand the data for what it is collected or shared for, whatever the activity is called."""
    return frozenset(statute for purpose in asked.act.purposes for statute in asked.published.policy.statutes_for(purpose))


def _declared_country(asked: Asked) -> str | None:
    activity = asked.published.policy.activities.get(asked.act.activity)
    country = asked.fields["country"]
    if country is None or (activity is not None and activity.country_of(asked.act.store) == country):
        return None
    return "store-in-other-country"


def _open_session(asked: Asked) -> str | None:
    ref, milestones = asked.fields["ref"], asked.subject.milestones
    login, logout = milestones.get(("LOGGED_IN", ref)), milestones.get(("LOGGED_OUT", ref))
    if login is None or ref is None:
        return "entry-outside-session"
    if login.at > asked.moment[0] or (logout is not None and not is_before(logout, asked.moment)):
        raise NeedsHistory
    return None if logout is None or logout < login else "entry-outside-session"


def _unlinked(asked: Asked) -> str | None:
    linked = "prohibited-share" if asked.act.kind == "share" else "anonymous-data-linked"
    return None if asked.subject.is_dataset else linked


def _asked_as_must(asked: Asked) -> str | None:
    return "must-asked-as-choice" if asked.fields["necessity"] == "OPTIONAL" else None


def _asked_as_choice(asked: Asked) -> str | None:
    """Asked together with other data, what is said is of the whole."""
    alone = asked.act.categories <= asked.condition.scope.categories
    return "choice-asked-as-must" if alone and asked.fields["necessity"] == "REQUIRED" else None


def _look_up_ref(field: str) -> Callable[[Asked], str | None]:
    return lambda asked: None if asked.fields[field] else "look-up-without-reason"


def _identity(asked: Asked) -> str | None:
    if asked.act.kind != "answer":
        return _identity_of_who_asked(asked)
    if asked.fields["identity_check"] in IDENTIFIED:
        return None
    request = asked.subject.requests.get(asked.fields["request_ref"])
    identified = None if request is None else request.identified
    return None if identified is not None and is_before(identified, asked.moment) else "answer-without-identity-check"


def _identity_of_who_asked(asked: Asked) -> str | None:
    """What is done without a request, or on one that was not known before, says nothing of who asked."""
    name, of = ("request_ref", "erasure") if asked.act.kind == "erase" else ("because_of", "rectification")
    request = asked.subject.requests.get(asked.fields[name])
    if request is None or request.received is None or not is_before(request.received, asked.moment):
        return None
    identified = request.identified
    return None if identified is not None and is_before(identified, asked.moment) else f"{of}-without-identity-check"


def _reason(asked: Asked) -> str | None:
    return None if asked.fields["reasons"] else "refusal-without-reason"


def _statute_cited(asked: Asked) -> str | None:
    law, at = asked.published.law, asked.moment[0]
    if law is None:
        return None
    cited = [reason["statute"] for reason in asked.fields["reasons"] if reason["reason"] in DEMANDED_BY_LAW]
    return None if all(statute is not None and law.statute_in_force(statute, at) for statute in cited) else "refusal-without-statute"


def _done(asked: Asked) -> str | None:
    request = asked.subject.requests.get(asked.fields["request_ref"])
    if request is None or request.received is None or not is_before(request.received, asked.moment):
        return None
    duty = asked.rules.duty(asked.subject.controller, request.received.at, "request", "answer", right=request.right)
    if duty is None or duty.id != asked.condition.id:  # another promise is about this right
        return None
    return None if is_done(asked.rules, asked.subject, request, asked.moment) else "answer-not-done"


def _service_ended(asked: Asked) -> str | None:
    if asked.act.by_controller and _service_runs(asked) and _covers_mandatory(asked):
        return "erasure-while-service-runs"
    return None


def _service_runs(asked: Asked) -> bool:
    runs = False
    ends = asked.subject.reached.get("SERVICE_ENDED", {})
    for ref, started in asked.subject.reached.get("SERVICE_STARTED", {}).items():
        ended = ends.get(ref)
        if not is_before(started, asked.moment) or (ended is not None and not is_before(ended, asked.moment)):
            raise NeedsHistory
        runs = runs or ended is None or ended < started
    return runs


def _covers_mandatory(asked: Asked) -> bool:
    scope, activities = scope_of(asked.fields), asked.published.policy.activities
    for key, holding in asked.subject.holdings.items():
        declared = activities.get(holding.attributes.activity or "")
        if declared is None or not declared.is_mandatory:
            continue
        for category in {*holding.categories, *holding.erased}:
            if covers(scope, key, category) and held(holding, category, asked.moment) and not _is_called_for(asked, holding, category):
                return True
    return False


def _is_called_for(asked: Asked, holding: Holding, category: str) -> bool:
    """Whether its term was over, or a request asked for it that, by the statement, waits for no end of a service: whatever the hoster calls it."""
    term = term_of(asked.rules, asked.subject, holding, asked.moment)
    if term is not None and term.end is not None and term.end <= asked.moment[0]:
        return True
    since, controller = holding.categories[category].at, asked.subject.controller
    return any(
        request.received is not None and is_before(request.received, asked.moment) and request.asks_for(category, since)
        and asked.rules.duty(controller, request.received.at, "erasure", "end_service") is None
        for _, request in asked.subject.requests_for("ERASURE")
    )  # fmt: skip


def _term_ended(asked: Asked) -> str | None:
    early = is_too_early(asked.rules, asked.subject, asked.fields, asked.moment, asked.condition.id)
    return "erased-too-early" if early else None


def _objection_ended(asked: Asked) -> str | None:
    return "suppression-erased" if lets_marketing_start_again(asked.subject, asked.fields, asked.moment) else None


def _exported(asked: Asked) -> str | None:
    return "erased-before-export" if goes_before_export(asked.subject, asked.fields, asked.moment) else None


def _too_many(asked: Asked, cap: Cap) -> bool:
    term = cap.within
    begin = add_term(asked.moment[0], Duration(-term.months, -term.days, -term.seconds), asked.published.zone)
    scope, count = asked.condition.scope, 1  # this one is not among the known uses yet
    for purpose, uses in asked.subject.uses.items():
        for at, event_id, by, channel in uses:
            act = Act("use", by == asked.subject.controller, frozenset((purpose,)), asked.act.categories, channel=channel or "")
            if begin < at and (at, event_id) < asked.moment and scope.covers(act):
                count += 1
    return count > cap.count


def _recipient(asked: Asked) -> dict[str, Any] | None:
    return asked.rules.recipient_at(asked.fields["controller"], asked.fields["recipient"], asked.moment)


def _decision(asked: Asked) -> tuple[Any, ...] | None:
    """(at, event_id, offset, decision, notice, barred_until) of the latest decision on the share's disclosure."""
    return latest(asked.subject.disclosures.get(asked.fields["disclosure_ref"], ()), asked.moment)


_TRANSFERS: Final = {
    "lapsed": "transfer-lapsed",
    "not_a_safeguard": "transfer-not-a-safeguard",
    "unknown": "transfer-without-safeguard",
    "none": "transfer-without-safeguard",
}
_NEEDS: Final[dict[str, Callable[[Asked], str | None]]] = {
    "service_ref": _service_ref,
    "product": _product,
    "agreement": _agreement,
    "registered": _registered,
    "extension": _extension,
    "prior_notice": _prior_notice,
    "legal_ground": _legal_ground,
    "payment_overdue": _payment_overdue,
    "not_refused": _not_refused,
    "disclosure_notice": _disclosure_notice,
    "decided": _decided,
    "consent": _consent,
    "customer": _customer,
    "not_withdrawn": _not_withdrawn,
    "no_objection": _no_objection,
    "no_objection_to": _no_objection_to,
    "held_for_purpose": _held_for_purpose,
    "unrestricted": _unrestricted,
    "transfer": _transfer,
    "stated_recipient": _stated_recipient,
    "stated_safeguard": _stated_safeguard,
    "statute_in_force": _statute_in_force,
    "declared_country": _declared_country,
    "open_session": _open_session,
    "unlinked": _unlinked,
    "asked_as_must": _asked_as_must,
    "asked_as_choice": _asked_as_choice,
    "ticket": _look_up_ref("ticket_ref"),
    "incident": _look_up_ref("incident_ref"),
    "permission": _look_up_ref("permission_ref"),
    "identity": _identity,
    "reason": _reason,
    "statute_cited": _statute_cited,
    "done": _done,
    "service_ended": _service_ended,
    "term_ended": _term_ended,
    "objection_ended": _objection_ended,
    "exported": _exported,
}
