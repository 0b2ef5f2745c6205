"""A published privacy statement as data: what the fold asks to judge a fact and to know when something must go.

Pure: frozen values. Read from the compiled JSON by compiled_policy.py. Must never read a file (that is ledger/policies/files.py) or judge an event
itself (that is ledger/core/judging/). Source: docs/policies.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ledger.core.calendar import Duration, parse_duration
from ledger.core.conditions import NONE, Condition, Prohibition, Scope, Terms
from ledger.core.customer import CUSTOMER_KINDS
from ledger.core.duty import Duty
from ledger.core.retention_rule import CONSENT_ENDED, STARTS_OF, RetentionRule
from ledger.core.stated_record import NO_CONTACTS, NO_SECURITY, Contacts, Security

CONTRACT = "eu-gdpr:A6-1-b"
ACTS_WITHIN = parse_duration("P7D")
"""How long who has a duty has for it, where a policy does not say."""
# Far above any real policy (ten activities, ten roles, five purposes); some 2 MB when full.
RULES_MEMO_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A place where an activity keeps its data; country in ISO 3166-1 alpha-2."""

    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A declared processing activity: which categories, for which purposes, on which grounds, kept where.

    origins: where the data may come from; empty means anywhere. title_nl: the title in Dutch, where the file has one. statutes: by purpose, the law
    that demands the data for it. on_behalf_of: `customers` where the controller of the file is the processor of its customers (GDPR Art. 28); None:
    it answers for the data itself. data_subjects, security: of this activity, beside what the policy says of all.
    """

    name: str
    title: str
    purposes: Terms
    legal_bases: tuple[str, ...]
    categories: Terms
    necessity: str
    stores: tuple[Store, ...]
    promises: tuple[str, ...] = ()
    origins: Terms = NONE
    title_nl: str = ""
    statutes: Mapping[str, str] = field(default_factory=dict)
    on_behalf_of: str | None = None
    data_subjects: Terms = NONE
    security: Security = NO_SECURITY

    @property
    def is_mandatory(self) -> bool:
        """Whether the contract needs the data: without it there is no service (WH-12, HH-02)."""
        return self.necessity == "REQUIRED" and CONTRACT in self.legal_bases

    def country_of(self, store: str) -> str | None:
        """Answer the declared country of a store, or None when the activity has no such store."""
        return next((each.country for each in self.stores if each.name == store), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientRule:
    """What a recipient with a role may get. Empty purposes and categories mean any.

    named: who they are, when the statement names all of them. such_as: those that it names as examples.
    """

    role: str
    promises: tuple[str, ...]
    purposes: Terms = NONE
    categories: Terms = NONE
    named: Terms = NONE
    such_as: Terms = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTransfers:
    """What the statement says of data outside the EU: who may have it there, and on which safeguards it rests. Empty: it does not say."""

    promise: str
    recipients: Terms = NONE
    safeguards: Terms = NONE

    def conditions(self) -> tuple[Condition, ...]:
        """What a share by the controller needs to be what is stated (docs/judging.md section 4)."""
        by_controller = Scope(by="controller")
        found = []
        if self.recipients:
            found.append(Condition(id=self.promise, act="share", scope=by_controller, needs=("stated_recipient",)))
        if self.safeguards:
            found.append(Condition(id=self.promise, act="share", scope=by_controller, needs=("stated_safeguard",), severity="WARNING"))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """How one promise is kept: checked, witnessed, by_law, silent or outdated; note says what is missing, or how it is read, note_nl in Dutch.

    also: how the rest of it is kept, where the status is not all there is to say.
    """

    id: str
    status: str
    note: str = ""
    note_nl: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One version of a controller's statement. Lists keep the order of the file: the first rule that covers counts.

    acts_within: how long who has a duty has for it. law: the law library it is judged by, as compiled data (docs/law.md). contacts, data_subjects,
    security: what Art. 30 asks of a record of processing, the last two of every activity; nothing is judged by them.
    """

    name: str
    controller: str
    version: str
    title: str
    time_zone: str
    announced_on: str | None
    in_force_from: str
    activities: dict[str, Activity]
    retention: tuple[RetentionRule, ...]
    recipients: dict[str, RecipientRule]
    prohibitions: tuple[Prohibition, ...] = ()
    conditions: tuple[Condition, ...] = ()
    duties: tuple[Duty, ...] = ()
    acts_within: Duration = ACTS_WITHIN
    promises: tuple[Promise, ...] = ()
    transfers: StatedTransfers | None = None
    contacts: Contacts = NO_CONTACTS
    data_subjects: Terms = NONE
    security: Security = NO_SECURITY
    law: Mapping[str, Any] = field(default_factory=dict, repr=False)
    # Answers seen before; bounded by what a controller declares (activities x roles x purposes), cleared if events go far beyond.
    _rules: dict[tuple[bool, str, str, str, Terms, bool], RetentionRule | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def stated(self) -> tuple[Condition, ...]:
        """What shares need to be as the statement says of data outside the EU, erasures where it says that data is kept for a
        time, and answers to the requests that it promises to answer."""
        kept = dict.fromkeys(rule.id for rule in self.retention if rule.kept != "at_most")
        erasures = [Condition(id=promise, act="erase", scope=Scope(by="controller"), needs=("term_ended",)) for promise in kept]
        answering = dict.fromkeys(duty.id for duty in self.duties if (duty.on, duty.do) == ("request", "answer"))
        fulfilled = Scope(outcomes=frozenset({"FULFILLED"}))
        answers = [Condition(id=promise, act="answer", scope=fulfilled, needs=("done",), severity="WARNING") for promise in answering]
        return (*(() if self.transfers is None else self.transfers.conditions()), *erasures, *answers)

    @cached_property
    def shared_for(self) -> Terms:
        """What it says that data is passed on for: all that an activity or a role is declared for, and what a prohibition of shares speaks of."""
        declared = (*(each.purposes for each in self.activities.values()), *(each.purposes for each in self.recipients.values()))
        spoken_of = (each.scope.purposes | each.scope.except_purposes for each in self.prohibitions if "share" in each.acts)
        return NONE.union(*declared, *spoken_of)

    @cached_property
    def shared(self) -> Terms:
        """What data it says anything of, in the same way."""
        declared = (*(each.categories for each in self.activities.values()), *(each.categories for each in self.recipients.values()))
        return NONE.union(*declared, *(each.scope.categories for each in self.prohibitions if "share" in each.acts))

    @cached_property
    def _names_categories(self) -> bool:
        """Without a rule that names categories, a holding's categories (very many combinations) stay out of the memo."""
        return any(rule.categories for rule in self.retention)

    @cached_property
    def asks_customer(self) -> bool:
        """Whether a term depends on whether the person was a customer; where none does, nobody needs to find out."""
        return any(rule.customer is not None for rule in self.retention)

    @cached_property
    def asks_consent(self) -> bool:
        """Whether a term starts at the end of a consent."""
        return any(CONSENT_ENDED in rule.anchors for rule in self.retention)

    @cached_property
    def moved_by(self) -> dict[str, bool]:
        """Kind of milestone that can move a date or a duty -> whether only of data with the same reference. Other kinds move nothing."""
        found: dict[str, bool] = {}
        for rule in self.retention:
            for anchor in rule.anchors:
                for kind in (anchor, *STARTS_OF.get(anchor, ())):
                    found[kind] = found.get(kind, True) and rule.per == "ref"
        everywhere = set(CUSTOMER_KINDS) if self.asks_customer else set()
        if any(duty.do == "end_service" for duty in self.duties):
            everywhere |= {"SERVICE_STARTED", "SERVICE_ENDED"}
        return found | dict.fromkeys(everywhere, False)

    def statutes_for(self, purpose: str) -> frozenset[str]:
        """The laws that, by what the activities declare, demand data for a purpose."""
        return frozenset(activity.statutes[purpose] for activity in self.activities.values() if purpose in activity.statutes)

    def without_term(self) -> dict[str, Terms]:
        """Activity -> the purposes for which no rule says until when its data is kept, of customers or of others: what the statement leaves open."""
        found = {}
        for name, activity in self.activities.items():
            rules = {
                purpose: [self.rule_for(True, name, "", purpose, activity.categories, customer) for customer in (False, True)]
                for purpose in activity.purposes
            }
            left = frozenset(purpose for purpose, of in rules.items() if any(rule is None or rule.names_no_end for rule in of))
            if left:
                found[name] = left
        return found

    def rule_for(
        self, is_controller: bool, activity: str, role: str, purpose: str, categories: Terms = NONE, customer: bool = False
    ) -> RetentionRule | None:
        """Answer the first rule, in file order, that covers a holding; None when the statement gives no term.

        role: the recipient's, empty for the controller. Without categories, rules that name categories are passed over.
        customer: whether the person was one when the data was collected.
        """
        key = (is_controller, activity, role, purpose, categories if self._names_categories else NONE, customer)
        try:
            return self._rules[key]
        except KeyError:
            if len(self._rules) >= RULES_MEMO_MAX:
                self._rules.clear()
            rule = next((rule for rule in self.retention if rule.covers(*key)), None)
            self._rules[key] = rule
            return rule
