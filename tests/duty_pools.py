"""What random lives of each hoster draw from: activities with and without terms, roles, milestones, duties. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CONTACT = ("pd:Name", "pd:EmailAddress", "pd:TelephoneNumber")
# What every life has, and what comes more often when a life has a theme.
EVENTS = ("collect", "share", "passes", "erase")
THEMES = {
    "erasure": ("collect", "collect", "share", "erasure_request", "erasure_request", "answer", "answer", "erase", "passes", "passes", "identified"),
    "refusals": ("collect", "collect", "erasure_request", "erasure_request", "answer", "refuse", "refuse", "passes"),
    "kept_for_now": ("collect", "collect", "erasure_request", "refuse", "refuse", "service", "service_end", "hold", "release", "identified",
                     "passes"),
    "services": ("service", "service", "service_end", "erasure_request", "erasure_request", "collect", "collect", "share", "answer", "passes"),
    "export": ("portability", "portability", "erasure_request", "answer", "answer", "collect", "collect", "milestone", "passes", "identified"),
    "last_days": ("portability", "service", "service_end", "erasure_request", "collect", "collect", "answer", "milestone", "passes", "hold"),
    "answers": ("request", "request", "request", "answer", "answer", "identified", "passes", "passes"),
    "terms": ("collect", "collect", "milestone", "milestone", "milestone", "erase", "passes", "passes", "publish"),
    "consents": ("consent", "consent", "consent", "collect", "collect", "milestone", "passes"),
    "many_terms": ("collect", "share", "milestone", "milestone", "passes"),
    "holds": ("hold", "hold", "release", "release", "erasure_request", "collect", "milestone", "passes", "passes"),
    "corrections": ("share", "share", "rectify", "rectify", "acknowledge", "acknowledge", "erase", "passes"),
    "passed_on": ("collect", "share_what_is_held", "share_what_is_held", "erase_own", "erase_own", "tell_recipient", "erase", "hold", "release",
                  "erasure_request", "answer", "passes", "passes"),
    "breaches": ("collect", "share", "erase", "breach", "breach", "notice", "notify_authority", "passes"),
    "disclosures": ("ask_disclosure", "decide", "decide", "notice", "notice", "passes", "passes"),
    "papers": ("ask_statement", "give_statement", "agree", "agree", "publish", "breach", "notify_authority", "passes", "passes"),
}


@dataclass(frozen=True, kw_only=True)
class Pool:
    """categories: of an activity, where not its first three. shared_for: purposes of roles that name none."""

    activities: tuple[str, ...]
    roles: tuple[str, ...]
    milestones: tuple[str, ...]
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shared: tuple[str, ...] = CONTACT[:2]
    asked: tuple[str, ...] = CONTACT
    shared_for: tuple[str, ...] = ("dpv:CustomerCare", "dpv:RequestedServiceProvision")


POOLS = {
    "mijndomein": Pool(
        activities=("account", "invoice", "agreement", "suppression", "newsletter"), roles=("registry", "mailing", "registrar"),
        milestones=("INVOICE_ISSUED", "CONTRACT_STARTED", "CONTRACT_ENDED"), categories={"suppression": CONTACT[:2]},
    ),
    "hostinghuis": Pool(
        activities=("account", "order", "fiscal_archive", "newsletter", "portal_session"), roles=("registry", "supplier"),
        milestones=("SERVICE_STARTED", "SERVICE_ENDED", "SERVICE_ENDED", "INVOICE_ISSUED"),
    ),
    "webhoster": Pool(
        activities=("account", "certificate", "visitor_traffic", "domain_registration"), roles=("registry", "supplier", "certificate_authority"),
        milestones=("SERVICE_STARTED", "SERVICE_ENDED", "ACCOUNT_OPENED", "ACCOUNT_CLOSED", "DOMAIN_REGISTERED", "DOMAIN_ENDED", "DOMAIN_ENDED",
                    "CERTIFICATE_ISSUED", "CERTIFICATE_RENEWED", "CERTIFICATE_EXPIRED", "CERTIFICATE_EXPIRED"),
    ),
    "smallhold": Pool(
        activities=("account", "order", "server_logs", "domain_registration"), roles=("registry", "intermediary"),
        milestones=("CONTRACT_STARTED", "CONTRACT_ENDED", "SERVICE_STARTED", "SERVICE_ENDED"), categories={"account": CONTACT, "order": CONTACT},
    ),
    "sohosted": Pool(
        activities=("account", "order", "portal_actions", "enquiry", "newsletter", "look_up_log"), roles=("registry", "mailing", "supplier"),
        milestones=("ACCOUNT_OPENED", "ACCOUNT_CLOSED", "ACCOUNT_CLOSED", "ORDER_PLACED", "ORDER_COMPLETED", "ENQUIRY_RESOLVED",
                    "BECAME_CUSTOMER", "CEASED_CUSTOMER"),
    ),
}  # fmt: skip


def duty(rule: str, on: str, do: str, **more: Any) -> dict[str, Any]:
    return {"id": rule, "on": on, "do": do, "risks": [], "rights": []} | more


REASONS = (
    "ledger:StatutoryTerm", "ledger:StatutoryTerm", "eu-gdpr:JustificationA17LegalClaims", "ledger:ContractRuns", "ledger:LegalHold",
    "eu-gdpr:JustificationA12IdentityFailure", "ledger:SuppressionList", "eu-gdpr:JustificationA12Complexity",
)  # fmt: skip
# What another statement could say beside those of the hoster's own: the first that fits counts.
OTHER_DUTIES = (
    duty("O-1", "rectification", "rectify", acts_within="P14D"), duty("O-2", "breach", "notify_subject", risks=["RISK"], acts_within="P1D"),
    duty("O-3", "breach", "notify_authority", risks=["UNLIKELY", "HIGH"]), duty("O-4", "request", "answer", rights=["ACCESS", "COMPLAINT"]),
    duty("O-5", "erasure", "end_service"), duty("O-6", "erasure", "export_first"), duty("O-7", "statement_request", "answer"),
    duty("O-8", "disclosure", "notify_subject"), duty("O-9", "disclosure_request", "notify_subject", acts_within="PT12H"),
    duty("O-10", "request", "answer", acts_within="P14D"), duty("O-11", "breach", "notify_subject"),
    duty("O-14", "request", "erase", acts_within="P3D"), duty("O-15", "request", "erase"),
    duty("O-12", "erasure", "notify_recipient", acts_within="P14D"), duty("O-13", "restriction", "notify_recipient"),
)  # fmt: skip
