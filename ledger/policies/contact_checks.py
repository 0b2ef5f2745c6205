"""Contacts in a policy are those of organisations and offices: what may be a person's name, address or telephone is a finding.

A policy goes onto the log in clear and stays there: personal values have no place in it. That a text is no name cannot be known; what looks like one
is refused, and the finding never repeats it. Source: docs/policies.md, "Contacts, people and security"; CONTRIBUTING.md, "House rules".
"""

from __future__ import annotations

import re
from typing import Any, Final

from ledger.marked_yaml import Path, Report, each

OFFICES: Final = frozenset({
    "abuse", "administratie", "avg", "compliance", "contact", "data", "dataprotection", "directie", "dpo", "fg", "functionaris", "gdpr",
    "gegevensbescherming", "hallo", "hello", "help", "helpdesk", "hosting", "info", "informatie", "juridisch", "klantenservice", "legal", "mail",
    "meldpunt", "noc", "office", "officer", "ombudsman", "persoonsgegevens", "post", "postmaster", "privacy", "protection", "receptie", "request",
    "requests", "sales", "secretariaat", "security", "service", "servicedesk", "support", "team", "vragen", "webmaster",
})  # fmt: skip
"""Words of which the address of an office is made; the name of the organisation, as in its domain, is one more."""
_LEGAL_FORMS: Final = frozenset({"B.V.", "N.V.", "V.O.F.", "C.V.", "U.A.", "B.A.", "S.A.", "S.L.", "I.T."})
_TITLES: Final = re.compile(
    r"\b(?:dhr|mevr|mevrouw|meneer|de heer|mw|mr|mrs|ms|miss|mister|dr|drs|ir|ing|prof|t\.a\.v|ter attentie van|attn)(?:\b|\.)", re.IGNORECASE
)
_INITIALS: Final = re.compile(r"(?<!\S)((?:[A-Z]\.)+)\s+(?=\S)")
_EMAIL: Final = re.compile(r"([A-Za-z0-9._+-]+)@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})")
_MOBILE: Final = re.compile(r"(?:\+31|0031|0)(?:\(0\))?6")


def check_contacts(data: Any, report: Report) -> None:
    """Note every contact that may be a person's."""
    for pattern in (("contacts", "controller"), ("contacts", "officer"), ("contacts", "representative"), ("contacts", "joint_controllers", "*")):
        for path, contact in each(data, pattern):
            if isinstance(contact, dict):
                _check(path, contact, report)


def _check(path: Path, contact: dict[str, Any], report: Report) -> None:
    for field in ("name", "address"):
        if isinstance(contact.get(field), str) and _names_a_person(contact[field]):
            report.add((*path, field), "may name a person", "an organisation or an office, such as Functionaris gegevensbescherming")
    email, phone = contact.get("email"), contact.get("phone")
    if isinstance(email, str):
        found = _EMAIL.fullmatch(email)
        if found is None:
            report.add((*path, "email"), "not an e-mail address", "such as privacy@example.org")
        elif not _is_of_an_office(found[1].lower(), found[2].lower()):
            report.add((*path, "email"), "may be a person's address", "that of an office, such as privacy@, fg@ or info@")
    if isinstance(phone, str) and _MOBILE.match(re.sub(r"[\s.-]", "", phone)):
        report.add((*path, "phone"), "may be a person's telephone", "the number of an office, not of a mobile telephone")


def _names_a_person(text: str) -> bool:
    return bool(_TITLES.search(text)) or any(found[1] not in _LEGAL_FORMS for found in _INITIALS.finditer(text))


def _is_of_an_office(local: str, domain: str) -> bool:
    """Each word of it is one of OFFICES or of the domain."""
    known = OFFICES | set(re.split(r"[.-]", domain))
    return all(word in known for word in re.split(r"[._+-]+", local))
