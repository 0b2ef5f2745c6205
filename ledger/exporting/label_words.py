"""What the codes of our own are called in a register for people: states, kinds and reasons, by group. (Dutch, English). Data only.

Terms of code lists have their name there. Source: docs/answers.md; the fixed lists of `schemas/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_ALL: Final = {
    "agreement": {
        "IN_FORCE": ("van kracht", "in force"), "SHORT": ("dekt niet alles", "does not cover all"), "ENDED": ("geëindigd", "ended"),
        "NONE": ("geen overeenkomst", "no agreement"), "NOT_NEEDED": ("niet nodig", "not needed"),
        "NOT_YET": ("nog niet van kracht", "not in force yet"),
    },
    "transfer": {
        "adequate": ("adequaatheidsbesluit", "adequacy decision"), "safeguarded": ("met een waarborg", "with a safeguard"),
        "lapsed": ("waarborg vervallen", "safeguard lapsed"), "not_a_safeguard": ("dat is geen waarborg", "that is no safeguard"),
        "none": ("geen waarborg", "no safeguard"), "unknown": ("waarborg onbekend", "safeguard unknown"),
        "unplaced": ("land onbekend", "country unknown"),
    },
    "stated": {
        "NAMED": ("met naam genoemd", "named"), "EXAMPLE": ("als voorbeeld genoemd", "named as an example"),
        "NOT_NAMED": ("niet genoemd, anderen wel", "not named, others are"), "NOT_SAID": ("niemand is genoemd", "nobody is named"),
    },
    "risk": {
        "UNKNOWN": ("onbekend", "unknown"), "UNLIKELY": ("risico onwaarschijnlijk", "risk unlikely"), "RISK": ("risico", "risk"),
        "HIGH": ("hoog risico", "high risk"),
    },
    "asked": {
        "BY_LAW": ("moet volgens de wet", "the law asks it"), "BY_POLICY": ("belooft de verklaring", "the statement promises it"),
        "NOT_ASKED": ("niet verplicht", "not asked"),
    },
    "told": {
        "GIVEN": ("ingelicht", "told"), "DUE": ("nog in te lichten", "to be told"), "BARRED": ("mag niet ingelicht worden", "may not be told"),
        "NONE": ("niet nodig", "not needed"),
    },
    "decision": {
        "UNKNOWN": ("onbekend", "unknown"), "GRANTED": ("toegewezen", "granted"), "PARTLY": ("deels toegewezen", "granted in part"),
        "REFUSED": ("geweigerd", "refused"),
    },
    "request": {
        "PAUSED": ("wacht tot bekend is wie het vraagt", "waits until it is known who asks"), "OPEN": ("loopt", "open"),
        "OVERDUE": ("te laat", "overdue"),
        "UNSETTLED": ("beantwoord, nog niet alles gedaan", "answered, not all of it done"), "CLOSED": ("afgesloten", "closed"),
    },
    "right": {
        "UNKNOWN": ("onbekend", "unknown"), "ACCESS": ("inzage", "access"), "EXPLANATION": ("uitleg", "explanation"),
        "RECTIFICATION": ("rectificatie", "rectification"), "ERASURE": ("gegevenswissing", "erasure"),
        "RESTRICTION": ("beperking van de verwerking", "restriction of processing"), "PORTABILITY": ("gegevensoverdracht", "data portability"),
        "OBJECTION": ("bezwaar", "objection"), "CONSENT_WITHDRAWAL": ("intrekking van toestemming", "withdrawal of consent"),
        "COMPLAINT": ("klacht", "complaint"),
    },
    "outcome": {
        "UNKNOWN": ("onbekend", "unknown"), "FULFILLED": ("ingewilligd", "fulfilled"), "PARTLY": ("gedeeltelijk ingewilligd", "fulfilled in part"),
        "REFUSED": ("geweigerd", "refused"), "EXTENDED": ("verlengd", "extended"),
    },
    "identity": {
        "UNKNOWN": ("onbekend", "unknown"), "NOT_DONE": ("niet vastgesteld", "not checked"), "DONE": ("vastgesteld", "checked"),
        "NOT_NEEDED": ("niet nodig", "not needed"),
    },
    "gap": {
        "NO_RULE": ("geen regel", "no rule"), "NOT_STATED": ("begin niet genoemd", "start not stated"),
        "DATASET": ("gaat over onbekenden", "about unknown people"),
        "NOT_BEGUN": ("begon nooit", "never began"),
    },
    "duty_state": {
        "COMING": ("komt eraan", "coming"), "OPEN": ("gevraagd, nog op tijd", "asked, still in time"), "OVERDUE": ("te laat", "overdue"),
        "HELD_BACK": ("tegengehouden", "held back"), "MET": ("gedaan", "done"), "CANCELLED": ("vervallen", "cancelled"),
    },
    "duty": {
        "UNKNOWN": ("onbekend", "unknown"), "ERASE": ("wissen", "erase"), "RECTIFY": ("verbeteren", "rectify"), "ANSWER": ("antwoorden", "answer"),
        "NOTIFY_SUBJECT": ("betrokkene inlichten", "tell the person"), "NOTIFY_RECIPIENT": ("ontvanger inlichten", "tell the recipient"),
        "NOTIFY_AUTHORITY": ("toezichthouder inlichten", "tell the authority"), "EXPORT_FIRST": ("eerst een kopie geven", "give a copy first"),
        "END_SERVICE": ("dienst beëindigen", "end the service"),
    },
    "severity": {
        "UNKNOWN": ("onbekend", "unknown"), "NOTE": ("opmerking", "note"), "WARNING": ("waarschuwing", "warning"), "BREACH": ("schending", "breach"),
    },
    "called_off": {
        "refused": ("geweigerd", "refused"), "not-affected": ("niet geraakt door het datalek", "not affected by the breach"),
        "not-due": ("hoeft niet meer", "not due any more"), "re-anchored": ("er geldt een andere datum", "another date counts"),
        "barred": ("inlichten is verboden", "telling is barred"),
    },
    "who": {
        "SEALED": ("verzegeld", "sealed"), "RECORDED": ("vastgelegd, hier niet gezegd", "recorded, not said here"),
        "NAMED": ("genoemd, voor de functionaris", "named, for officers"), "FORGOTTEN": ("vergeten", "forgotten"),
        "NOT_RECORDED": ("niet vastgelegd", "not recorded"),
    },
    "mode": {"ALL": ("de laatste, als alle er zijn", "the latest, once all are there"), "ANY": ("de eerste", "the earliest")},
    "per": {"subject": ("van de persoon", "of the person"), "ref": ("van de dienst of bestelling zelf", "of the service or order itself")},
    "milestone": {
        "UNKNOWN": ("onbekend", "unknown"), "COLLECTION": ("verzameld of ontvangen", "collected or received"),
        "CONSENT_ENDED": ("toestemming geëindigd", "consent ended"), "NOT_STATED": ("begin niet genoemd", "start not stated"),
        "SERVICE_STARTED": ("dienst begonnen", "service started"), "SERVICE_ENDED": ("dienst beëindigd", "service ended"),
        "CONTRACT_STARTED": ("overeenkomst ingegaan", "contract started"), "CONTRACT_ENDED": ("overeenkomst geëindigd", "contract ended"),
        "INVOICE_ISSUED": ("factuur verstuurd", "invoice issued"), "PAYMENT_OVERDUE": ("betaling te laat", "payment overdue"),
        "ACCOUNT_OPENED": ("account geopend", "account opened"), "ACCOUNT_CLOSED": ("account opgeheven", "account closed"),
        "ORDER_PLACED": ("bestelling geplaatst", "order placed"), "ORDER_COMPLETED": ("bestelling afgerond", "order completed"),
        "DOMAIN_REGISTERED": ("domeinnaam geregistreerd", "domain registered"), "DOMAIN_ENDED": ("domeinnaam beëindigd", "domain ended"),
        "CERTIFICATE_ISSUED": ("certificaat uitgegeven", "certificate issued"),
        "CERTIFICATE_RENEWED": ("certificaat verlengd", "certificate renewed"),
        "CERTIFICATE_EXPIRED": ("certificaat verlopen", "certificate expired"), "ENQUIRY_RESOLVED": ("vraag afgehandeld", "question settled"),
        "LOGGED_IN": ("ingelogd", "logged in"), "LOGGED_OUT": ("uitgelogd", "logged out"), "BECAME_CUSTOMER": ("klant geworden", "became a customer"),
        "CEASED_CUSTOMER": ("geen klant meer", "no customer any more"),
    },
}  # fmt: skip
GROUPS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = MappingProxyType(_ALL)
"""group -> code -> (Dutch, English)."""
