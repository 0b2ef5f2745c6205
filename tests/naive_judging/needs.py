"""What an act needs, one function each (docs/judging.md section 4): the name of the broken rule, or None when the need is met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.naive_judging import fulfilling, keeping, law
from tests.naive_judging.holdings import covers, held
from tests.naive_judging.prefix import Fields, Prefix, when
from tests.naive_judging.rules import Rule
from tests.naive_terms import was_customer

NOUN = {"collect": "collection", "share": "share", "use": "use"}
MANDATORY_BASIS = "eu-gdpr:A6-1-b"
GIVEN = ("GIVEN", "RENEWED")
ENDED = ("WITHDRAWN", "REFUSED", "REVOKED", "EXPIRED", "INVALIDATED")
PART_OF = {
    "dpv:DirectMarketing": ("dpv:Marketing",),
    "dpv:SocialMediaMarketing": ("dpv:Marketing",),
    "dpv:Advertising": ("dpv:Marketing",),
    "dpv:PersonalisedAdvertising": ("dpv:Advertising", "dpv:Marketing"),
    "dpv:TargetedAdvertising": ("dpv:PersonalisedAdvertising", "dpv:Advertising", "dpv:Marketing"),
    "ledger:Newsletter": ("dpv:DirectMarketing", "dpv:Marketing"),
    "ledger:ProductNews": ("dpv:DirectMarketing", "dpv:Marketing"),
}


def problem(need: str, rule: Rule, act: str, fact: Fields, prefix: Prefix, activities: dict[str, Any]) -> str | None:
    """The rule that is broken when this one need is not met, or None."""
    if need == "agreement":
        return agreement(fact, prefix)
    if need in ("decided", "not_refused"):
        return disclosure(need, fact, prefix)
    if need == "transfer":
        return transfer(fact, prefix)
    if need == "identity" and act != "answer":
        return done_for_anybody(act, fact, prefix)
    if need == "statute_in_force":
        return basis(act, fact, activities)
    checks: dict[str, tuple[Callable[[], bool], str]] = {
        "service_ref": (lambda: fact["ref"] is not None, "share-without-ref"),
        "product": (lambda: bool(fact["product"]), "share-without-product"),
        "registered": (lambda: entry_of(fact, prefix) is not None, "share-with-unregistered-recipient"),
        "registered_role": (lambda: is_in_its_role(fact, prefix), "share-in-other-role"),
        "extension": (lambda: serves_product(fact, prefix), "share-outside-extension"),
        "prior_notice": (
            lambda: fact["subject_ref"].startswith("dataset-") or was_told(prefix, ["recipient"], fact["recipient"]), "share-without-notice",
        ),
        "legal_ground": (lambda: fact["disclosure_ground"] in rule.grounds, "share-without-legal-ground"),
        "payment_overdue": (lambda: has_arrears(fact, prefix), "share-without-arrears"),
        "stated_recipient": (lambda: is_stated_recipient(rule, fact, prefix), "transfer-to-unnamed-recipient"),
        "stated_safeguard": (lambda: is_stated_safeguard(rule, fact, prefix), "transfer-on-unstated-safeguard"),
        "disclosure_notice": (lambda: was_told_of_disclosure(fact, prefix), "disclosure-without-notice"),
        "customer": (lambda: is_customer(fact, prefix), "use-for-non-customer"),
        "ticket": (lambda: fact["ticket_ref"] is not None, "look-up-without-reason"),
        "not_withdrawn": (lambda: has_not_withdrawn(fact, prefix), f"{NOUN.get(act)}-after-withdrawal"),
        "consent": (lambda: has_consent_to(act, fact, prefix), f"{NOUN.get(act)}-without-consent"),
        "no_objection": (lambda: has_no_objection(rule, act, fact, prefix), f"{NOUN.get(act)}-after-objection"),
        "no_objection_to": (lambda: not objects_to(rule.objections, fact, prefix), f"{NOUN.get(act)}-after-objection"),
        "held_for_purpose": {
            "consult": (lambda: looks_for_it(fact, prefix), "look-up-for-other-purpose"),
            "share": (lambda: passes_it_on_for_the_same(fact, prefix), "passed-on-for-other-purpose"),
        }.get(act, (lambda: holds_for_purpose(fact, prefix), "use-for-other-purpose")),
        "unrestricted": (lambda: is_unrestricted(act, fact, prefix), f"{act}-while-restricted"),
        "declared_country": (lambda: in_declared_country(fact, activities), "store-in-other-country"),
        "open_session": (lambda: in_open_session(fact, prefix), "entry-outside-session"),
        "asked_as_must": (lambda: fact["necessity"] != "OPTIONAL", "must-asked-as-choice"),
        "asked_as_choice": (lambda: fact["necessity"] != "REQUIRED" or any(c not in (rule.categories or ()) for c in fact["categories"]),
                            "choice-asked-as-must"),
        "unlinked": (lambda: fact["subject_ref"].startswith("dataset-"), "prohibited-share" if act == "share" else "anonymous-data-linked"),
        "own_record": (lambda: is_a_record_of_its_own(fact, prefix), "term-restarted"),
        "incident": (lambda: fact["incident_ref"] is not None, "look-up-without-reason"),
        "permission": (lambda: fact["permission_ref"] is not None, "look-up-without-reason"),
        "identity": (lambda: is_identified(fact, prefix), "answer-without-identity-check"),
        "reason": (lambda: len(fact["reasons"]) > 0, "refusal-without-reason"),
        "statute_cited": (lambda: cites_statutes(fact), "refusal-without-statute"),
        "term_ended": (
            lambda: not keeping.takes_too_early(rule, fact, prefix, activities, lambda purpose: is_unwanted(purpose, prefix)), "erased-too-early"
        ),
        "objection_ended": (lambda: not keeping.takes_from_suppression(fact, prefix, list(PART_OF)), "suppression-erased"),
        "done": (lambda: fulfilling.is_about(rule, fact, prefix) is False or fulfilling.is_done(rule, fact, prefix), "answer-not-done"),
        "done_by_law": (lambda: fulfilling.is_promised(fact, prefix) or fulfilling.is_done(rule, fact, prefix), "answer-not-done"),
        "exported": (lambda: not keeping.goes_before_export(fact, prefix), "erased-before-export"),
        "service_ended": (lambda: may_erase(rule, fact, prefix, activities), "erasure-while-service-runs"),
    }
    met, broken = checks[need]
    return None if met() else broken


def is_unrestricted(act: str, fact: Fields, prefix: Prefix) -> bool:
    """A restriction that stands stops it, of these categories and of no store in particular, but for who consents."""
    steps = [(f["occurred_at"], is_release, f["event_id"], f) for is_release, name in enumerate(("HoldPlaced", "HoldReleased"))
             for f in prefix.happened(name)]  # fmt: skip
    for ref in {step[3]["hold_ref"] for step in steps}:
        _, is_release, _, f = max(step for step in steps if step[3]["hold_ref"] == ref)
        if is_release or f["kind"] != "RESTRICTION" or f["store"] is not None or (f["until"] is not None and f["until"] <= fact["occurred_at"]):
            continue
        if not f["categories"] or not fact["categories"] or set(f["categories"]) & set(fact["categories"]):
            return has_consent_to(act, fact, prefix)
    return True


def is_a_record_of_its_own(fact: Fields, prefix: Prefix) -> bool:
    """Nothing that lies in the same places without a reference came in on an earlier day."""
    if fact["ref"] is not None:
        return True
    places = [(purpose, category) for purpose in fact["purposes"] for category in fact["categories"]]
    same = [got.event["occurred_at"] for got in held(prefix) if got.holder == fact["controller"] and got.store == fact["store"]
            and got.ref is None and (got.purpose, got.category) in places]  # fmt: skip
    return all(dutch_day(at) >= dutch_day(fact["occurred_at"]) for at in same)


def dutch_day(micros: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(ZoneInfo("Europe/Amsterdam")).date()


def cites_statutes(fact: Fields) -> bool:
    legal = [r for r in fact["reasons"] if r["reason"] in ("ledger:StatutoryTerm", "eu-gdpr:JustificationA17LegallyRequired")]
    return all(r["statute"] is not None and law.statute_in_force(r["statute"], fact["occurred_at"]) for r in legal)


def agreement(fact: Fields, prefix: Prefix) -> str | None:
    by_agreement: dict[str, list[Fields]] = {}
    for f in prefix.known("AgreementChanged"):
        wanted = fact["agreement"] is None or f["agreement"] == fact["agreement"]
        if f["recipient"] == fact["recipient"] and wanted and f["in_force_from"] <= fact["occurred_at"]:
            by_agreement.setdefault(f["agreement"], []).append(f)
    standing = [max(states, key=lambda f: (f["in_force_from"], when(f))) for states in by_agreement.values()]
    in_force = [f for f in standing if f["state"] == "IN_FORCE" and (f["until"] is None or fact["occurred_at"] < f["until"])]
    if not in_force:
        return "share-without-agreement"
    if not any(set(fact["categories"]) <= set(f["categories"]) and fact["purpose"] in f["purposes"] for f in in_force):
        return "share-beyond-agreement"
    return None


def entry_of(fact: Fields, prefix: Prefix) -> Fields | None:
    """The recipient's entry in the register, as it stood then."""
    return prefix.latest("RecipientRegistered", recipient=fact["recipient"])


def is_in_its_role(fact: Fields, prefix: Prefix) -> bool:
    entry = entry_of(fact, prefix)
    return entry is None or bool(entry["role"] == fact["recipient_role"])


def serves_product(fact: Fields, prefix: Prefix) -> bool:
    entry = entry_of(fact, prefix)
    return entry is not None and (not entry["extensions"] or (fact["product"] or "").lower() in entry["extensions"])


def was_told(prefix: Prefix, subjects: Sequence[str], ref: str) -> bool:
    return any(f["about"] in subjects for f in prefix.happened("NoticeGiven", to="subject", ref=ref))


def was_told_of_disclosure(fact: Fields, prefix: Prefix) -> bool:
    ref = fact["disclosure_ref"]
    if ref is None:
        return False
    if was_told(prefix, ["disclosure", "disclosure_request"], ref):
        return True
    decision = prefix.latest("DisclosureDecided", disclosure_ref=ref)
    if decision is None or decision["notice"] != "BARRED":
        return False
    return decision["barred_until"] is None or decision["barred_until"] > fact["occurred_at"]


def disclosure(need: str, fact: Fields, prefix: Prefix) -> str | None:
    """What the latest decision before, on the disclosure that the share cites, says of giving all of this."""
    decision = prefix.latest("DisclosureDecided", disclosure_ref=fact["disclosure_ref"]) if fact["disclosure_ref"] is not None else None
    said = None if decision is None else decision["decision"]
    if need == "decided" and said not in ("GRANTED", "PARTLY"):
        return "disclosure-without-decision"
    if need == "not_refused" and said == "REFUSED":
        return "share-after-refusal"
    if decision is None or (need == "not_refused" and said != "PARTLY") or not decision["categories"]:
        return None
    return "disclosure-beyond-decision" if any(category not in decision["categories"] for category in fact["categories"]) else None


def last_said(prefix: Prefix, purpose: str, channel: str | None, recipient: str | None) -> str | None:
    """The state after the last step that is about this purpose, channel and recipient."""
    steps = [
        f
        for f in prefix.happened("ConsentChanged", purpose=purpose)
        if f["channel"] in (None, channel) and f["recipient"] in (None, recipient)
    ]
    return steps[-1]["state"] if steps else None


CHANNELS = (None, "email", "phone", "post", "sms", "whatsapp", "social_media", "web", "portal", "app", "advertisement")


def has_consent_to(act: str, fact: Fields, prefix: Prefix) -> bool:
    """To a share or a collection, which have no channel of their own, consent on any will do; of a share, to its recipient too."""
    if act == "share":
        return any(last_said(prefix, fact["purpose"], channel, fact["recipient"]) in GIVEN for channel in CHANNELS)
    if act != "collect":
        return last_said(prefix, fact["purpose"], fact.get("channel"), fact["recipient"]) in GIVEN
    return all(any(last_said(prefix, purpose, channel, None) in GIVEN for channel in CHANNELS) for purpose in fact["purposes"])


def has_not_withdrawn(fact: Fields, prefix: Prefix) -> bool:
    """An act on no channel is about all: it may be done as long as consent is left on one of them, or has ended on none."""
    channel = fact.get("channel")
    said = [last_said(prefix, fact["purpose"], each, fact["recipient"]) for each in (CHANNELS if channel is None else (channel,))]
    return any(state in GIVEN for state in said) or not any(state in ENDED for state in said)


def is_unwanted(purpose: str, prefix: Prefix) -> bool:
    """Whether the person ended the consent for it, or objected to it, on all channels."""
    use = {"purpose": purpose, "channel": None, "recipient": None}
    return not has_not_withdrawn(use, prefix) or not has_no_objection(Rule(promise="", acts=()), "use", use, prefix)


def is_customer(fact: Fields, prefix: Prefix) -> bool:
    return was_customer([("MilestoneReached", f) for f in prefix.happened("MilestoneReached")], fact["occurred_at"])


def has_no_objection(rule: Rule, act: str, fact: Fields, prefix: Prefix) -> bool:
    """Of a collection for several purposes, those that the rule is about."""
    purposes = fact["purposes"] if act == "collect" else [fact["purpose"]]
    return not objects_to([purpose for purpose in purposes if rule.purposes is None or purpose in rule.purposes], fact, prefix)


def objects_to(purposes: Sequence[str], fact: Fields, prefix: Prefix) -> bool:
    """Whether an objection to one of them, or to a wider one, stands on the fact's channel or on none; of a use that tells none, on any."""
    channels = {None, fact.get("channel")} if "by" not in fact or fact.get("channel", "none at all") is not None else {None, *CHANNELS}
    for purpose in purposes:
        for against in (purpose, *PART_OF.get(purpose, ())):
            for channel in channels:
                step = prefix.latest("ObjectionChanged", purpose=against, channel=channel)
                if step is not None and step["state"] == "RAISED":
                    return True
    return False


def holds_for_purpose(fact: Fields, prefix: Prefix) -> bool:
    """What the person agreed to, the controller may do with whatever it has; others need it for the purpose."""
    any_purpose = fact["by"] == fact["controller"] and last_said(prefix, fact["purpose"], fact["channel"], fact["recipient"]) in GIVEN
    if fact["by"] == fact["controller"] and fact["purpose"] in DUTIES:  # the law gives that to whoever has the data
        return True
    has = {got.category for got in held(prefix) if got.holder == fact["by"] and (any_purpose or got.purpose == fact["purpose"])}
    return set(fact["categories"]) <= has


def passes_it_on_for_the_same(share: Fields, prefix: Prefix) -> bool:
    """Who passes it on has all of it for that; but the law may want it. Only recipients are asked, by every rule there is."""
    if share["purpose"] in ("ledger:LegalDisclosure", "dpv:LegalCompliance"):
        return True
    has = [got.category for got in held(prefix) if got.holder == share["by"] and got.purpose == share["purpose"]]
    return all(category in has for category in share["categories"])


DUTIES = (
    "dpv:RightsFulfilment", "dpv:LegalCompliance", "dpv:OrganisationComplianceManagement", "dpv:IdentityVerification", "dpv:EnforceSecurity",
    "dpv:EnforceAccessControl", "ledger:IntrusionDetection", "ledger:BreachInvestigation", "ledger:LegalDisclosure", "ledger:AccountabilityRecord",
)  # fmt: skip
HELP = ("dpv:CustomerCare", "dpv:CommunicationForCustomerCare", "dpv:CustomerClaimsManagement", "dpv:DisputeManagement", "ledger:EnquiryHandling")
TROUBLE = (
    "ledger:AbuseInvestigation", "dpv:MisusePreventionAndDetection", "dpv:FraudPreventionAndDetection", "ledger:ErrorAnalysis",
    "ledger:ConnectionProblems", "ledger:ConfigurationProblems",
)  # fmt: skip


def looks_for_it(fact: Fields, prefix: Prefix) -> bool:
    """Section 9: held for it, not held at all, or called for by the law, the person or what happened."""
    purpose = fact["purpose"]
    if purpose in DUTIES or fact["permission_ref"] is not None:
        return True
    if fact["ticket_ref"] is not None and purpose in HELP and not fact["subject_ref"].startswith("dataset-"):
        return True
    if fact["incident_ref"] is not None and purpose in (*HELP, *TROUBLE):
        return True
    if any(last_said(prefix, purpose, channel, None) in GIVEN for channel in CHANNELS):
        return True
    good = (purpose, "dpv:RequestedServiceProvision") if purpose in HELP else (purpose,)
    for category in fact["categories"]:
        purposes = [got.purpose for got in held(prefix) if got.holder == fact["controller"] and got.category == category]
        if purposes and not any(each in good for each in purposes):
            return False
    return True


def where_to(fact: Fields, prefix: Prefix) -> tuple[str | None, str | None]:
    """Country and safeguard; what the share leaves out the register says."""
    entry = entry_of(fact, prefix)
    country, safeguard = fact["country"], fact["safeguard"]
    if entry is not None and country is None:
        country = entry["country"]
    if entry is not None and safeguard is None:
        safeguard = entry["safeguard"]
    return country, safeguard


def is_stated_recipient(rule: Rule, fact: Fields, prefix: Prefix) -> bool:
    country, _ = where_to(fact, prefix)
    return country is None or law.is_inside(country, fact["occurred_at"]) or fact["recipient"] in rule.stated


def is_stated_safeguard(rule: Rule, fact: Fields, prefix: Prefix) -> bool:
    """Only a transfer that needs a safeguard, and has one that is good but for its end in the register, can rest on another than the stated ones."""
    country, safeguard = where_to(fact, prefix)
    needs_one = not law.country_is_safe(country, fact["occurred_at"])
    return not needs_one or safeguard in rule.stated or law.safeguard_problem(country, safeguard, fact["occurred_at"], False) is not None


def has_arrears(fact: Fields, prefix: Prefix) -> bool:
    late = prefix.happened("MilestoneReached", kind="PAYMENT_OVERDUE")
    return any(fact["ref"] in (None, f["ref"]) for f in late)


def transfer(fact: Fields, prefix: Prefix) -> str | None:
    moment, entry = fact["occurred_at"], entry_of(fact, prefix)
    country, safeguard = where_to(fact, prefix)
    if law.country_is_safe(country, moment):
        return None
    over = entry is not None and entry["safeguard"] == safeguard and entry["safeguard_until"] is not None and entry["safeguard_until"] <= moment
    return law.safeguard_problem(country, safeguard, moment, over)


def basis(act: str, fact: Fields, activities: dict[str, Any]) -> str | None:
    """What a collection names, and what is declared anywhere for its purposes, must hold and be the same; what rests on a law must have one."""
    purposes = [fact["purpose"]] if act == "share" else fact["purposes"]
    declared = {activity.get("statutes", {}).get(purpose) for activity in activities.values() for purpose in purposes} - {None}
    cited = declared if act == "share" else declared | {fact["statute"]}
    if any(not law.statute_in_force(statute, fact["occurred_at"]) for statute in cited):  # None: nothing was named
        return "basis-not-in-force"
    if declared and act == "collect" and fact["statute"] is not None and fact["statute"] not in declared:
        return "basis-for-other-purpose"
    rests_on_a_law = act == "collect" and fact["legal_basis"] == "eu-gdpr:A6-1-c"
    return "basis-without-statute" if rests_on_a_law and set(cited) <= {None} else None


def in_declared_country(fact: Fields, activities: dict[str, Any]) -> bool:
    stores = activities.get(fact["activity"], {}).get("stores", {})
    return fact["country"] is None or fact["country"] in ([stores[fact["store"]]] if fact["store"] in stores else stores.values())


def in_open_session(fact: Fields, prefix: Prefix) -> bool:
    """A login at the very instant of the entry counts; an entry that names no session is in none."""
    if fact["ref"] is None:
        return False
    logins = [
        f
        for f in prefix.known("MilestoneReached")
        if f["kind"] == "LOGGED_IN" and f["ref"] == fact["ref"] and f["occurred_at"] <= fact["occurred_at"]
    ]
    logouts = prefix.happened("MilestoneReached", kind="LOGGED_OUT", ref=fact["ref"])
    return any(not any(when(out) > when(login) for out in logouts) for login in logins)


def is_identified(fact: Fields, prefix: Prefix) -> bool:
    requests = prefix.happened("RequestReceived", request_ref=fact["request_ref"])
    said = [fact["identity_check"], *(request["identity_check"] for request in requests)]
    return any(check in ("DONE", "NOT_NEEDED") for check in said)


def done_for_anybody(act: str, fact: Fields, prefix: Prefix) -> str | None:
    """What is done on a request, known before, of somebody of whom it is not known who it is."""
    ref = fact["request_ref"] if act == "erase" else fact["because_of"]
    asked = prefix.happened("RequestReceived", request_ref=ref)
    if not asked or any(request["identity_check"] in ("DONE", "NOT_NEEDED") for request in asked):
        return None
    return "erasure-without-identity-check" if act == "erase" else "rectification-without-identity-check"


def service_runs(prefix: Prefix) -> bool:
    for started in prefix.happened("MilestoneReached", kind="SERVICE_STARTED"):
        if not any(when(ended) > when(started) for ended in prefix.happened("MilestoneReached", kind="SERVICE_ENDED", ref=started["ref"])):
            return True
    return False


def may_erase(rule: Rule, fact: Fields, prefix: Prefix, activities: dict[str, Any]) -> bool:
    """Only what is mandatory must wait, and only while a service runs, unless its term is over. By both statements a request waits too."""
    if fact["by"] != fact["controller"]:
        return True
    mandatory = [name for name, activity in activities.items() if activity["necessity"] == "REQUIRED" and MANDATORY_BASIS in activity["legal_basis"]]
    touched = any(
        keeping.latest_of(got, prefix).activity in mandatory and not keeping.is_over(rule.kept, got, prefix)
        and not any(
            other.holder == fact["by"] and other.category == got.category and not covers(fact, other)
            and keeping.latest_of(other, prefix).activity in mandatory for other in held(prefix)
        )
        for got in held(prefix) if covers(fact, got)
    )  # fmt: skip
    return not touched or not service_runs(prefix)


def in_the_year_before(uses: Sequence[Fields], fact: Fields) -> int:
    """How many of these uses, all before the fact, lie in the year that ends with it; the moment a year earlier is not in it."""
    return sum(1 for use in uses if use["occurred_at"] > law.a_year_before(fact["occurred_at"]))
