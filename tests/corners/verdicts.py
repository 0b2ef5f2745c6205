"""Rare moments of verdicts: corners of needs and declarations that random lives seldom reach."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.corners.erasures import ERASURES
from tests.corners.life import MICRO, Corner, instant, kept, own_copy


def given_for_justice() -> Corner:
    """Traffic given to the police for what only an act asks that was set aside in 2015."""
    life = Corner("mijndomein")
    life.share("2019-03-04T12:00", "police", "law_enforcement", "ledger:JusticeRetention", disclosure_ground="police_demand")
    return life


def news_to_a_later_customer() -> Corner:
    """At the same instant, and after it by the ids."""
    life = Corner("sohosted")
    life.fact("MilestoneReached", "2019-03-04T12:00", kind="BECAME_CUSTOMER", number=9)
    life.fact("DataUsed", "2019-03-04T12:00", by="sohosted", purpose="ledger:ProductNews", categories=[], channel="email")
    return life


def newsletter_after_leaving() -> Corner:
    """The consent was for one channel, and all were left."""
    life = Corner("sohosted")
    life.consent("2019-03-01T12:00", "GIVEN", "email")
    life.consent("2019-03-02T12:00", "WITHDRAWN")
    life.fact("DataUsed", "2019-03-03T12:00", by="sohosted", purpose="ledger:Newsletter", categories=[], channel="email")
    return life


def listed_by_a_consent(recipient: str | None, *ends: str | None) -> Corner:
    """Put on the list of the newsletter after a consent on one channel and then an end on each of these; mailed, and the address passed on."""
    life = Corner("sohosted")
    life.fact("ConsentChanged", "2019-03-01T12:00", purpose="ledger:Newsletter", channel="email", recipient=recipient, state="GIVEN")
    for channel in ends:
        life.consent("2019-03-02T12:00", "WITHDRAWN", channel)
    life.collect("2019-03-03T12:00", "newsletter", "pd:EmailAddress", "ledger:Newsletter", store="mailing")
    life.share("2019-03-03T12:00", "acme", "mailing", "ledger:Newsletter")
    life.fact("DataUsed", "2019-03-04T12:00", by="sohosted", purpose="ledger:Newsletter", categories=["pd:EmailAddress"], channel="email")
    return life


def used_on_no_channel(controller: str, *ends: str | None) -> Corner:
    """Consent on one channel, and an end on each of these; a use that tells no channel."""
    life = Corner(controller)
    life.collect("2019-03-01T12:00", "account", "pd:EmailAddress", "ledger:Newsletter", store="crm")
    life.consent("2019-03-01T12:00", "GIVEN", "email")
    for channel in ends:
        life.consent("2019-03-02T12:00", "WITHDRAWN", channel)
    life.fact("DataUsed", "2019-03-04T12:00", by=controller, purpose="ledger:Newsletter", categories=["pd:EmailAddress"])
    return life


def added_to_a_log(*moments: str, **fields: Any) -> Corner:
    """Entries of the log of look-ups in one place, told in this order."""
    life = Corner("sohosted")
    for moment in moments:
        life.collect(moment, "look_up_log", "ledger:LookUpLog", "ledger:AccountabilityRecord", store="logs", **fields)
    return life


def form_for_two_purposes() -> Corner:
    """Consent to one of them."""
    life = Corner("sohosted")
    life.fact("ConsentChanged", "2019-03-01T12:00", purpose="dpv:CustomerCare", state="GIVEN")
    life.fact("DataCollected", "2019-03-03T12:00", activity="enquiry", categories=["pd:Name"], legal_basis="eu-gdpr:A6-1-a", store="helpdesk",
              purposes=["dpv:CustomerCare", "ledger:EnquiryHandling"])  # fmt: skip
    return life


def mailed(controller: str, purpose: str, state: str, objection: str | None = None) -> Corner:
    """From the account: the last word on mail was this state of a consent, and perhaps an objection. A processor mails for itself."""
    life = Corner(controller)
    life.collect("2019-03-01T12:00", "account", "pd:EmailAddress", "dpv:AccountManagement", store="crm")
    life.share("2019-03-01T12:00", "acme", "supplier", "dpv:CustomerCare", categories=["pd:EmailAddress"])
    life.fact("ConsentChanged", "2019-03-02T12:00", purpose=purpose, channel="email", state="GIVEN")
    life.fact("ConsentChanged", "2019-03-02T12:00", purpose=purpose, channel="sms", state="WITHDRAWN")
    life.fact("ConsentChanged", "2019-03-03T12:00", purpose=purpose, channel="email", state=state)
    if objection is not None:
        life.fact("ObjectionChanged", "2019-03-03T12:00", purpose=objection, state="RAISED")
    for by in (controller, "acme"):
        life.fact("DataUsed", "2019-03-04T12:00", by=by, purpose=purpose, categories=["pd:EmailAddress"], channel="email")
    return life


def contents(controller: str, purpose: str) -> Corner:
    """Contents of a site, mail, traffic and a suppression entry, used and passed on."""
    life = Corner(controller)
    for category in ("ledger:HostedContent", "pd:EmailContent", "pd:IPAddress", "ledger:SuppressionEntry"):
        life.share("2019-03-03T12:00", "acme", "hosting", purpose, categories=[category])
        life.fact("DataUsed", "2019-03-04T12:00", by=controller, purpose=purpose, categories=[category])
    life.fact("DataConsulted", "2019-03-05T12:00", purpose=purpose, categories=["pd:Name"], ticket_ref="t1")
    return life


def passed_on_by_a_registry(controller: str, purpose: str, *, erased: bool = False) -> Corner:
    """A registry gets a name to register a domain, and gives it to a supplier for this."""
    life = Corner(controller)
    life.share("2019-03-01T12:00", "sidn", "registry", "ledger:DomainRegistration", ref="r1")
    if erased:
        life.fact("DataErased", "2019-03-02T12:00", by="sidn", act="ERASED")
    life.share("2019-03-04T12:00", "acme", "supplier", purpose, by="sidn", ref="r1", categories=["pd:Name"])
    return life


def asked_for(controller: str, necessity: str, *categories: str) -> Corner:
    """The account, asked as a must or as a choice."""
    life = Corner(controller)
    life.collect("2019-03-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", necessity=necessity, categories=list(categories))
    return life


def kept_for_justice(statute: str | None, *, day: str = "2014-03-01T12:00", activity: str = "justice_retention") -> Corner:
    """Traffic data kept for justice on this law, while the retention act was in force or after."""
    life = Corner("mijndomein")
    life.collect(day, activity, "ledger:TrafficData", "ledger:JusticeRetention", store="logs", statute=statute, legal_basis="eu-gdpr:A6-1-c")
    return life


def segments_after(objection: str | None, against: str = "ledger:DataCombination") -> Corner:
    """Segments from outside are collected, used and passed on for something else than to combine them."""
    life, purpose = Corner("mijndomein"), "dpv:ServicePersonalisation"
    if objection is not None:
        life.fact("ObjectionChanged", "2019-03-01T12:00", purpose=against, state="RAISED")
        life.fact("ObjectionChanged", "2019-03-02T12:00", purpose=against, state=objection)
    life.collect("2019-03-03T12:00", "data_combination", "ledger:DemographicSegment", purpose, store="marketing")
    life.fact("DataUsed", "2019-03-04T12:00", by="mijndomein", purpose=purpose, categories=["ledger:DemographicSegment"])
    life.fact("DataUsed", "2019-03-04T12:00", by="mijndomein", purpose=purpose, categories=["pd:Name"])
    life.share("2019-03-05T12:00", "acme", "supplier", purpose, categories=["ledger:GeographicSegment"])
    return life


def looked_at(purpose: str, held_for: str = "dpv:AccountManagement", of: str = "s1", consent: str | None = None, **refs: str) -> Corner:
    """A name that is held for this, and an address that is not held, are looked at."""
    life = Corner("webhoster")
    life.collect("2019-03-01T12:00", "account", "pd:Name", held_for, store="administration", subject_ref=of)
    if consent is not None:
        life.fact("ConsentChanged", "2019-03-02T12:00", purpose=purpose, channel="email", state=consent)
    life.fact("DataConsulted", "2019-03-05T12:00", purpose=purpose, categories=["pd:Name", "pd:PhysicalAddress"], subject_ref=of, **refs)
    return life


def mail_after_objecting(channel: str | None) -> Corner:
    """An objection on all channels, or on the one that is used."""
    life = Corner("sohosted")
    life.fact("ObjectionChanged", "2019-03-01T12:00", purpose="ledger:ProductNews", channel=channel, state="RAISED")
    life.fact("DataUsed", "2019-03-03T12:00", by="sohosted", purpose="ledger:ProductNews", categories=[], channel="email")
    return life


def shared_when_the_bar_was_over() -> Corner:
    """The police got a name; the subject was not told, though nothing barred it any more."""
    life = Corner("smallhold")
    life.fact("DisclosureDecided", "2019-03-01T12:00", disclosure_ref="d1", decision="GRANTED", notice="BARRED",
              barred_until=instant("2019-03-02T12:00"), categories=["pd:Name"])  # fmt: skip
    life.share("2019-03-03T12:00", "police", "law_enforcement", "dpv:LegalCompliance", disclosure_ref="d1", disclosure_ground="police_demand")
    return life


def shared_after_refusing(controller: str, decisions: tuple[str, ...], *categories: str, of: tuple[str, ...] = ("pd:Name",)) -> Corner:
    """The police got a name, or these, after these decisions about a name, or about those; on a ground that is good."""
    life = Corner(controller)
    for day, decision in enumerate(decisions, start=1):
        life.fact("DisclosureDecided", f"2019-03-0{day}T12:00", disclosure_ref="d1", decision=decision, notice="DUE", categories=list(of))
    life.share("2019-03-05T12:00", "police", "law_enforcement", "ledger:LegalDisclosure", disclosure_ref="d1", disclosure_ground="police_demand",
               categories=[*(categories or ("pd:Name",))])  # fmt: skip
    return life


def transfer_on_the_last_moment(moments_after: int) -> Corner:
    """A recipient's own safeguard ends; a share this long after."""
    life = Corner("hostinghuis")
    ends = instant("2019-03-04T12:00")
    life.put("RecipientRegistered", "2019-02-01T12:00", recipient="acme", role="registry", safeguard="eu-gdpr:A46-2-c",
             safeguard_until=ends, country="US")  # fmt: skip
    life.share(ends + moments_after, "acme", "registry", "dpv:ServiceRegistration", ref="r1", country="US", safeguard="eu-gdpr:A46-2-c")
    return life


def share_beyond_the_agreement() -> Corner:
    life = Corner("mijndomein")
    life.put("AgreementChanged", "2019-02-01T12:00", recipient="acme", agreement="a1", state="IN_FORCE", categories=["pd:EmailAddress"],
             purposes=["dpv:CustomerCare"], in_force_from=instant("2019-02-01T12:00"))  # fmt: skip
    life.share("2019-03-04T12:00", "acme", "supplier", "dpv:CustomerCare", ref="r1")
    return life


def seventh_send(moments: int) -> Corner:
    """Six pieces of news in a year, and a seventh so long after the first is a year ago."""
    life = Corner("sohosted")
    life.fact("MilestoneReached", "2019-01-07T12:00", kind="ACCOUNT_OPENED", ref="a1")
    for when in (*(f"2019-0{month}-01T12:00" for month in range(2, 8)), instant("2020-02-01T12:00") + moments):
        life.fact("DataUsed", when, by="sohosted", purpose="ledger:ProductNews", channel="email", categories=["pd:EmailAddress"])
    return life


def erased_after_the_service_ended() -> Corner:
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="r1")
    life.fact("MilestoneReached", "2019-03-01T12:00", kind="SERVICE_ENDED", ref="r1")
    life.fact("DataErased", "2019-03-04T12:00", by="hostinghuis", act="ERASED")
    return life


def refused_and_disclosed() -> Corner:
    life = Corner("smallhold")
    life.fact("DisclosureDecided", "2019-03-01T12:00", disclosure_ref="d1", decision="REFUSED", notice="DUE", categories=["pd:Name"])
    life.share("2019-03-03T12:00", "police", "law_enforcement", "ledger:LegalDisclosure", disclosure_ref="d1", disclosure_ground="police_demand")
    return life


def logged_after_the_session() -> Corner:
    life = Corner("hostinghuis")
    life.fact("MilestoneReached", "2019-03-04T10:00", kind="LOGGED_IN", ref="r1")
    life.fact("MilestoneReached", "2019-03-04T11:00", kind="LOGGED_OUT", ref="r1")
    life.collect("2019-03-04T12:00", "portal_session", "pd:IPAddress", "ledger:IntrusionDetection", store="portal", ref="r1")
    return life


def statistics_of_a_person() -> Corner:
    life = Corner("hostinghuis")
    life.collect("2019-03-04T12:00", "site_statistics", "ledger:DeviceType", "ledger:SiteStatistics", store="web")
    return life


def arrears(moments_after: int, ref: str | None = "r1") -> Corner:
    """A debt collector gets a name, and the payment is overdue this long after."""
    life = Corner("hostinghuis")
    shared = instant("2019-03-04T12:00")
    life.fact("MilestoneReached", shared + moments_after, kind="PAYMENT_OVERDUE", ref="r1")
    life.share(shared, "collector-one", "debt_collector", "ledger:DebtCollection", ref=ref, disclosure_ground="debt_collection")
    return life


def registered_abroad(**fields: Any) -> Corner:
    """What a share leaves out the register says: an American supplier without a safeguard, or with this one."""
    life = Corner("mijndomein")
    life.put("RecipientRegistered", "2019-02-01T12:00", recipient="acme", role="supplier", country="US", **fields)
    life.share("2019-03-04T12:00", "acme", "supplier", "dpv:CustomerCare", ref="r1")
    return life


def to_who_is_not_named(controller: str, recipient: str, role: str, purpose: str, **fields: Any) -> Corner:
    life = Corner(controller)
    life.share("2019-03-04T12:00", recipient, role, purpose, **{"ref": "r1"} | fields)
    return life


def registry_of(controller: str, *extensions: str, role: str = "registry", category: str = "pd:Name", product: str = "nl") -> Corner:
    """Who registers nl names, or the names of these extensions, gets this for an nl name."""
    life = Corner(controller)
    life.put("RecipientRegistered", "2019-02-01T12:00", recipient="one", role=role, country="NL", extensions=list(extensions))
    life.share("2019-03-04T12:00", "one", role, "ledger:DomainRegistration", ref="r1", product=product, categories=[category])
    return life


def notice_after_the_share() -> Corner:
    life = Corner("hostinghuis")
    shared = instant("2019-03-04T12:00")
    life.fact("NoticeGiven", shared + MICRO, to="subject", about="recipient", ref="acme")
    life.share(shared, "acme", "registry", "dpv:ServiceRegistration", ref="r1")
    return life


def used_while_restricted(*, consent: str | None = None, at: int = 0, **hold: Any) -> Corner:
    """A use, this long after a restriction was to end."""
    life = Corner("hostinghuis")
    ends = instant("2019-03-10T12:00")
    if consent:
        life.fact("ConsentChanged", "2019-03-02T12:00", purpose="dpv:CustomerCare", channel=None, state=consent)
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:CustomerCare", store="crm")
    life.fact("HoldPlaced", "2019-03-01T12:00", **{"hold_ref": "h1", "kind": "RESTRICTION", "until": ends, "categories": ["pd:Name"]} | hold)
    for category in ("pd:Name", "pd:EmailAddress"):
        life.fact("DataUsed", ends + at, by="hostinghuis", purpose="dpv:CustomerCare", categories=[category])
    life.share(ends + at, "acme", "registry", "dpv:CustomerCare", ref="r1")
    return life


VERDICTS: dict[str, Callable[[], Corner]] = {
    "two entries on one day": lambda: added_to_a_log("2019-03-04T08:00", "2019-03-04T20:00"),
    "two entries on two days": lambda: added_to_a_log("2019-03-04T12:00", "2019-03-11T12:00"),
    "an entry of before is told last": lambda: added_to_a_log("2019-03-11T12:00", "2019-03-04T12:00"),
    "two entries of one reference": lambda: added_to_a_log("2019-03-04T12:00", "2019-03-11T12:00", ref="r1"),
    "a seventh send a year after the first": lambda: seventh_send(0), "a seventh send within the year": lambda: seventh_send(-MICRO),
    "given for justice": given_for_justice, "news to a later customer": news_to_a_later_customer,
    "a share that was refused": lambda: shared_after_refusing("hostinghuis", ("REFUSED",)),
    **{f"{' and '.join(categories)} after {decision} of {' and '.join(of) or 'all'} at {controller}": partial(
        shared_after_refusing, controller, (decision,), *categories, of=of)
       for controller in ("hostinghuis", "smallhold", "mijndomein") for decision in ("GRANTED", "PARTLY")
       for categories in (("pd:Name",), ("pd:Name", "pd:EmailAddress")) for of in ((), ("pd:Name",))},
    "a share that was refused first": lambda: shared_after_refusing("sohosted", ("REFUSED", "GRANTED")),
    "a newsletter after leaving": newsletter_after_leaving, "a mail after objecting to all": lambda: mail_after_objecting(None),
    "a mail after objecting to mails": lambda: mail_after_objecting("email"),
    "a mail after objecting to text messages": lambda: mail_after_objecting("sms"), "a share when the bar was over": shared_when_the_bar_was_over,
    "a transfer as its safeguard ends": lambda: transfer_on_the_last_moment(0),
    "a transfer before its safeguard ends": lambda: transfer_on_the_last_moment(-MICRO), "a share beyond the agreement": share_beyond_the_agreement,
    "a refused disclosure": refused_and_disclosed, "an entry after the session": logged_after_the_session,
    "statistics of a person": statistics_of_a_person,
    "arrears a moment before the share": lambda: arrears(-MICRO), "arrears a moment after the share": lambda: arrears(MICRO),
    "arrears of no named invoice": lambda: arrears(-MICRO, None), "arrears of another invoice": lambda: arrears(-MICRO, "r2"),
    "registered abroad": registered_abroad, "registered abroad with a safeguard": lambda: registered_abroad(safeguard="ledger:PrivacyShield"),
    "registered abroad with another safeguard than is stated": lambda: registered_abroad(safeguard="eu-gdpr:A46-2-b"),
    "registered abroad with clauses": lambda: registered_abroad(safeguard="eu-gdpr:A46-2-c"),
    "analytics that is not named": lambda: to_who_is_not_named("mijndomein", "tracker-one", "analytics", "ledger:SiteStatistics"),
    "a fourth company outside the EU": lambda: to_who_is_not_named("hostinghuis", "acme", "supplier", "dpv:CustomerCare", country="US",
                                                                   safeguard="eu-gdpr:A46-2-c"),
    **{f"{controller} shares {category} with a supplier for {purpose}": partial(
        to_who_is_not_named, controller, "acme", "supplier", purpose, categories=[category])
       for controller in ("mijndomein", "hostinghuis", "sohosted") for category in ("pd:Name", "pd:PaymentCard", "ledger:HostedContent")
       for purpose in ("dpv:CustomerSolvencyMonitoring", "ledger:AbuseInvestigation", "ledger:BreachInvestigation", "ledger:LegalDisclosure")},
    "a supplier shares for a purpose of its own": lambda: to_who_is_not_named("mijndomein", "acme", "supplier", "dpv:CustomerSolvencyMonitoring",
                                                                             categories=["pd:PaymentCard"], by="other"),
    "a supplier on a ground": lambda: to_who_is_not_named("hostinghuis", "acme", "supplier", "dpv:CustomerCare", disclosure_ground="court_order"),
    **{f"passed on for insights by {controller}": partial(to_who_is_not_named, controller, "acme", "supplier", "dpv:SellInsightsFromData")
       for controller in ("mijndomein", "hostinghuis", "sohosted")},
    "a debt collector on another ground": lambda: to_who_is_not_named("hostinghuis", "acme", "debt_collector", "ledger:DebtCollection",
                                                                      disclosure_ground="court_order"),
    "a mailer of who only registers": lambda: to_who_is_not_named("smallhold", "acme", "mailing", "ledger:Newsletter"),
    "a bookkeeper": lambda: to_who_is_not_named("webhoster", "acme", "supplier", "ledger:Invoicing"),
    "a payment provider without agreement": lambda: to_who_is_not_named("sohosted", "acme", "payment_provider", "dpv:PaymentManagement"),
    "a store that nobody declared": lambda: kept("NL", "elsewhere"), "a declared store in another country": lambda: kept("US", "crm"),
    "a registry of another extension": lambda: registry_of("mijndomein", "com"),
    "a registry of an extension in large letters": lambda: registry_of("mijndomein", "nl", product="NL"),
    "an intermediary for another extension": lambda: registry_of("smallhold", "eu", role="intermediary"),
    "an e-mail address for the registry": lambda: registry_of("smallhold", "nl", category="pd:EmailAddress"),
    **ERASURES,
    **{f"looked at for {purpose} with {ref}": partial(looked_at, purpose, **({ref: "x1"} if ref else {}))
       for purpose in ("dpv:CustomerCare", "ledger:AbuseInvestigation", "dpv:Marketing", "ledger:BreachInvestigation")
       for ref in ("", "ticket_ref", "incident_ref", "permission_ref")},
    **{f"a registry of {controller} passes on for {purpose}": partial(passed_on_by_a_registry, controller, purpose)
       for controller in ("hostinghuis", "smallhold") for purpose in ("ledger:DomainRegistration", "dpv:Advertising", "ledger:LegalDisclosure")},
    "a registry passes on what it erased": lambda: passed_on_by_a_registry("mijndomein", "ledger:DomainRegistration", erased=True),
    **{f"an address for a certificate called {product}": partial(to_who_is_not_named, "webhoster", "ca-one", "certificate_authority",
                                                                 "ledger:CertificateIssuance", product=product, categories=["pd:City"])
       for product in (None, "dv", "DV", "dv-wildcard", "ov", "OV")},
    **{f"a name for a certificate called {product}": partial(to_who_is_not_named, "webhoster", "ca-one", "certificate_authority",
                                                             "ledger:CertificateIssuance", product=product, categories=["pd:Name"])
       for product in (None, "dv", "ev")},
    "an IP address for a supplier who counts": lambda: to_who_is_not_named("sohosted", "acme", "supplier", "ledger:SiteStatistics",
                                                                            categories=["pd:IPAddress"]),
    **{f"{controller} asks {categories} as {necessity}": partial(asked_for, controller, necessity, *categories)
       for controller, categories in (("hostinghuis", ("pd:Name",)), ("smallhold", ("ledger:CompanyName",)),
                                      ("smallhold", ("pd:Name", "ledger:CompanyName")))
       for necessity in ("REQUIRED", "OPTIONAL", "UNKNOWN")},
    **{f"kept for justice on {statute} as {activity} on {day}": partial(kept_for_justice, statute, day=f"{day}T12:00", activity=activity)
       for statute in (None, "nl-awr-52", "nl-tw-13-2a") for activity in ("justice_retention", "traffic") for day in ("2014-03-01", "2019-03-01")},
    **{f"segments after an objection that is {state}": partial(segments_after, state) for state in (None, "RAISED", "LIFTED")},
    "segments after an objection to something else": lambda: segments_after("RAISED", "dpv:DirectMarketing"),
    "looked at for help, held for the service": lambda: looked_at("dpv:CustomerCare", "dpv:RequestedServiceProvision"),
    "looked at for errors, held for the service": lambda: looked_at("ledger:ErrorAnalysis", "dpv:RequestedServiceProvision"),
    "a dataset looked at for a ticket": lambda: looked_at("dpv:CustomerCare", of="dataset-1", ticket_ref="t1"),
    "looked at with consent": lambda: looked_at("dpv:Marketing", consent="GIVEN"),
    "looked at after a withdrawal": lambda: looked_at("dpv:Marketing", consent="WITHDRAWN"),
    "a copy for the person": lambda: own_copy("s1", "data_subject"),
    "a copy for somebody who is called the person": lambda: own_copy("x1", "data_subject"),
    "a copy for the person, who is called a supplier": lambda: own_copy("s1", "supplier"),
    "offers called a copy for the person": lambda: own_copy("s1", "data_subject", "dpv:DirectMarketing", "dpv:DirectMarketing"),
    "erased after the service ended": erased_after_the_service_ended, "a notice after the share": notice_after_the_share,
    "used while restricted": lambda: used_while_restricted(at=-MICRO), "used when a restriction has ended": lambda: used_while_restricted(),
    "used while restricted with consent": lambda: used_while_restricted(at=-MICRO, consent="GIVEN"),
    "used while restricted after a withdrawal": lambda: used_while_restricted(at=-MICRO, consent="WITHDRAWN"),
    "used while on legal hold": lambda: used_while_restricted(at=-MICRO, kind="LEGAL_HOLD"),
    "used while all is restricted": lambda: used_while_restricted(at=-MICRO, categories=[]),
    "used while one store is restricted": lambda: used_while_restricted(at=-MICRO, store="crm"),
    "listed by consent": lambda: listed_by_a_consent(None), "listed by a consent to somebody else": lambda: listed_by_a_consent("acme"),
    "listed after an end on another channel": lambda: listed_by_a_consent(None, "sms"),
    "listed by a consent to who sends the letters": lambda: listed_by_a_consent("acme", "sms"),
    "listed by a consent to who sends no letters": lambda: listed_by_a_consent("other"),
    **{f"used on no channel at {controller} after an end on {ends}": partial(used_on_no_channel, controller, *ends)
       for controller in ("mijndomein", "webhoster") for ends in ((), ("sms",), ("email",), (None,))},
    "listed after an end on all": lambda: listed_by_a_consent(None, None), "a form for two purposes": form_for_two_purposes,
    **{f"{controller} mails after {state}": partial(mailed, controller, "ledger:ProductNews", state)
       for controller in ("webhoster", "hostinghuis", "smallhold") for state in ("GIVEN", "REQUESTED", "WITHDRAWN")},
    "the newsletter after an objection to marketing": lambda: mailed("sohosted", "ledger:Newsletter", "GIVEN", "dpv:Marketing"),
    "news after an objection to the newsletter": lambda: mailed("sohosted", "ledger:ProductNews", "GIVEN", "ledger:Newsletter"),
    **{f"contents at {controller} for {purpose}": partial(contents, controller, purpose) for controller in ("mijndomein", "hostinghuis", "webhoster")
       for purpose in ("dpv:RequestedServiceProvision", "ledger:AbuseInvestigation", "ledger:BreachInvestigation", "ledger:MarketingSuppression",
                       "ledger:LegalDisclosure", "dpv:Advertising")},
}  # fmt: skip
