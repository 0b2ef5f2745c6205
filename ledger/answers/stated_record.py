"""What a policy says of who answers, whose data it is and how it is secured, of one activity or of all; and what it leaves open. Pure.

Source: docs/policies.md, "Contacts, people and security"; docs/answers.md, "Register of processing".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.answers import not_covered
from ledger.answers.presentation import terms
from ledger.answers.shapes import Term
from ledger.answers.shapes_record import ContactAnswer, ContactsAnswer, SecurityAnswer
from ledger.core.policy import Activity, Policy
from ledger.core.stated_record import Contact, Security

NOBODY: Final = ContactsAnswer(controller=None, officer=None, representative=None, joint_controllers=())


def contacts_of(policy: Policy | None) -> ContactsAnswer:
    """Who answers, as far as the policy says it."""
    if policy is None:
        return NOBODY
    stated = policy.contacts
    return ContactsAnswer(
        controller=_contact(stated.controller),
        officer=_contact(stated.officer),
        representative=_contact(stated.representative),
        joint_controllers=tuple(found for each in stated.joint_controllers if (found := _contact(each))),
    )


def data_subjects_of(policy: Policy | None, activity: Activity | None = None) -> tuple[Term, ...]:
    """Whose data it is: of every activity, and of this one."""
    of_all, own = (set() if each is None else each.data_subjects for each in (policy, activity))
    return terms("data_subjects", sorted({*of_all, *own}))


def security_of(policy: Policy | None, activity: Activity | None = None) -> SecurityAnswer:
    """How it is secured: what is done for every activity, then what is done for this one."""
    said: list[Security] = [each.security for each in (policy, activity) if each is not None]
    return SecurityAnswer(
        measures=terms("security_measures", dict.fromkeys(name for each in said for name in sorted(each.measures))),
        note="; ".join(each.note for each in said if each.note) or None,
        note_nl="; ".join(each.note_nl for each in said if each.note_nl) or None,
    )


def register_leaves_open(policy: Policy | None) -> tuple[str, ...]:
    """What Art. 30(1) asks and neither an event nor the policy tells, of all its activities."""
    return _open(policy, not_covered.REGISTER, () if policy is None else policy.activities.values())


def statement_leaves_open(policy: Policy | None) -> tuple[str, ...]:
    """What Art. 28(3) and 30(2) ask and neither an event nor the policy tells, of what is done on behalf of customers."""
    done = () if policy is None else [each for each in policy.activities.values() if each.on_behalf_of is not None]
    return _open(policy, not_covered.STATEMENT, done)


def _open(policy: Policy | None, asked: Iterable[str], activities: Iterable[Activity]) -> tuple[str, ...]:
    if policy is None:
        return tuple(asked)
    about = list(activities)
    told = {
        not_covered.CONTROLLER: policy.contacts.controller is not None,
        not_covered.PROCESSOR: policy.contacts.controller is not None,
        not_covered.OFFICER: policy.contacts.officer is not None,
        not_covered.PEOPLE: bool(about) and all(policy.data_subjects or each.data_subjects for each in about),
        **dict.fromkeys(
            (not_covered.MEASURES, not_covered.MEASURES_OF_PROCESSOR),
            policy.security.is_stated or (bool(about) and all(each.security.is_stated for each in about)),
        ),
    }
    return tuple(each for each in asked if not told.get(each, False))


def _contact(found: Contact | None) -> ContactAnswer | None:
    if found is None:
        return None
    return ContactAnswer(name=found.name, address=found.address or None, email=found.email or None, phone=found.phone or None)
