"""A published privacy statement as data: what the fold asks to judge a fact and to know when something must go.

Pure: the compiled JSON of a `PolicyPublished` in, frozen values out; the zone is handed in. Must never read a file
(that is ledger/policies/files.py) or judge an event itself (that is the fold). Source: docs/policies.md.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import lru_cache
from typing import Any, Literal

from ledger.core.calendar import Duration, Rounding, TermError, add_term, parse_duration
from ledger.core.limits import LIST_ENTRIES_MAX, TEXT_BYTES_MAX
from ledger.errors import DataError

# The version of the compiled form. A reader refuses another one; published policies are never compiled again.
COMPILED_FORMAT = 1
# The anchor that is no milestone: the moment the data of the holding itself was collected (or received).
COLLECTION = "COLLECTION"

# A milestone that ends something, and those that start it. An ended anchor holds when something ended and everything
# started has ended since; a later start cancels it. A milestone that is absent here holds once it has happened.
STARTS_OF: dict[str, tuple[str, ...]] = {
    "SERVICE_ENDED": ("SERVICE_STARTED",),
    "CONTRACT_ENDED": ("CONTRACT_STARTED",),
    "ACCOUNT_CLOSED": ("ACCOUNT_OPENED",),
    "ORDER_COMPLETED": ("ORDER_PLACED",),
    "DOMAIN_ENDED": ("DOMAIN_REGISTERED",),
    "CERTIFICATE_EXPIRED": ("CERTIFICATE_ISSUED", "CERTIFICATE_RENEWED"),
    "CEASED_CUSTOMER": ("BECAME_CUSTOMER",),
}

# What a term may start at: COLLECTION, and the milestones of `schemas/milestone_reached` (a test holds them together).
ANCHORS = frozenset((COLLECTION, *STARTS_OF, *(start for starts in STARTS_OF.values() for start in starts))) | {
    *("INVOICE_ISSUED", "PAYMENT_OVERDUE", "ENQUIRY_RESOLVED", "LOGGED_IN", "LOGGED_OUT"),
}
# Of a compiled policy: it has six levels. What more a policy carries may have some of its own; without a bound, how deep Python is already
# would decide whether it can be read.
NESTING_MAX = 32

Holder = Literal["controller", "recipient"]
Mode = Literal["ALL", "ANY"]
Per = Literal["subject", "ref"]
Act = Literal["any", "collect", "share", "use"]
Needs = Literal["consent", "no_objection"]
Terms = frozenset[str]

_NONE: Terms = frozenset()


class PolicyError(DataError):
    """A compiled policy cannot be read. It was not made by `ledger policy publish`, or by a newer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """Until when holdings are kept. Empty activities, roles, purposes and categories mean any.

    anchors: milestone kinds or COLLECTION; with mode ALL the term starts at the latest of them, once all hold; with
    ANY at the earliest one that holds. per: `ref` looks only at milestones with the holding's own ref, `subject` at
    all of the subject. A statutory rule (`statute` set) cannot be shortened by an erasure request. acts_within: how
    long the holder has after due.
    """

    id: str
    holder: Holder
    anchors: tuple[str, ...]
    after: Duration
    then: Duration | None = None
    rounding: Rounding = "none"
    mode: Mode = "ALL"
    per: Per = "subject"
    activities: Terms = _NONE
    roles: Terms = _NONE
    purposes: Terms = _NONE
    categories: Terms = _NONE
    statute: str | None = None
    acts_within: Duration

    def covers(self, is_controller: bool, activity: str, role: str, purpose: str, categories: Terms = _NONE) -> bool:
        """Say whether a holding falls under this rule; one with categories covers only holdings within them."""
        return (
            (self.holder == "controller") == is_controller
            and (not self.activities or activity in self.activities)
            and (not self.roles or (not is_controller and role in self.roles))
            and (not self.purposes or purpose in self.purposes)
            and (not self.categories or (bool(categories) and categories <= self.categories))
        )

    def due_at(self, anchor_micros: int, zone: tzinfo) -> int:
        """Answer when a term from anchor is over (microseconds); in a chain the first part is not rounded.

        Raises:
            TermError: beyond the year 9999.
        """
        if self.then is None:
            return add_term(anchor_micros, self.after, zone, self.rounding)
        return add_term(add_term(anchor_micros, self.after, zone), self.then, zone, self.rounding)

    def overdue_at(self, due_micros: int, zone: tzinfo) -> int:
        """Answer when the holder is late with what became due at due_micros."""
        return add_term(due_micros, self.acts_within, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A place where an activity keeps its data; country in ISO 3166-1 alpha-2."""

    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A declared processing activity: which categories, for which purposes, on which grounds, kept where."""

    name: str
    title: str
    purposes: Terms
    legal_bases: tuple[str, ...]
    categories: Terms
    necessity: str
    stores: tuple[Store, ...]
    promises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientRule:
    """What a share with a role needs. Empty purposes and categories mean: those declared for the activity."""

    role: str
    promises: tuple[str, ...]
    needs_ref: bool = False
    purposes: Terms = _NONE
    categories: Terms = _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """What is never allowed: a fact that matches every list that is not empty (one term of a list is enough)."""

    id: str
    act: Act
    purposes: Terms = _NONE
    categories: Terms = _NONE
    activities: Terms = _NONE
    roles: Terms = _NONE

    def forbids(self, act: Act, activity: str, role: str, purposes: Terms, categories: Terms) -> bool:
        """Say whether it forbids an act (collect, share or use). role: of the recipient, empty for other acts."""
        return (
            self.act in ("any", act)
            and (not self.purposes or not self.purposes.isdisjoint(purposes))
            and (not self.categories or not self.categories.isdisjoint(categories))
            and (not self.activities or activity in self.activities)
            and (not self.roles or role in self.roles)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingRule:
    """A use that needs consent, or stops at an objection, for these purposes on these channels (empty = any)."""

    id: str
    needs: Needs
    purposes: Terms
    channels: Terms = _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """How one promise is kept: checked, witnessed, silent or outdated; note says what is missing."""

    id: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a controller's statement. Lists keep the order of the file: the first rule that covers counts."""

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
    marketing: tuple[MarketingRule, ...] = ()
    promises: tuple[Promise, ...] = ()
    # Answers seen before; bounded by what a controller declares (activities x roles x purposes), cleared if events go
    # far beyond.
    _rules: dict[tuple[bool, str, str, str, Terms], RetentionRule | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    # Without a rule that names categories, a holding's categories (very many combinations) stay out of the memo.
    _names_categories: bool = field(default=False, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once what every look-up needs."""
        object.__setattr__(self, "_names_categories", any(rule.categories for rule in self.retention))

    def rule_for(self, is_controller: bool, activity: str, role: str, purpose: str, categories: Terms = _NONE) -> RetentionRule | None:
        """Answer the first rule, in file order, that covers a holding; None when the statement gives no term.

        role: the recipient's, empty for the controller. Without categories, rules that name categories are passed over.
        """
        key = (is_controller, activity, role, purpose, categories if self._names_categories else _NONE)
        try:
            return self._rules[key]
        except KeyError:
            if len(self._rules) >= RULES_MEMO_MAX:
                self._rules.clear()
            rule = next((rule for rule in self.retention if rule.covers(*key)), None)
            self._rules[key] = rule
            return rule

    def declared(self, activity: str) -> tuple[Terms, Terms] | None:
        """Answer the declared (categories, purposes) of an activity, or None when the statement does not know it."""
        found = self.activities.get(activity)
        return None if found is None else (found.categories, found.purposes)

    def forbidden(self, act: Act, activity: str, role: str, purposes: Terms, categories: Terms) -> tuple[Prohibition, ...]:
        """Answer the prohibitions that an act breaks, in file order."""
        return tuple(rule for rule in self.prohibitions if rule.forbids(act, activity, role, purposes, categories))

    def marketing_rules(self, purpose: str, channel: str) -> tuple[MarketingRule, ...]:
        """Answer the rules for a use with this purpose over this channel, in file order."""
        return tuple(rule for rule in self.marketing if purpose in rule.purposes and (not rule.channels or channel in rule.channels))


# Far above any real policy (ten activities, ten roles, five purposes); some 2 MB when full.
RULES_MEMO_MAX = 10_000


@lru_cache(maxsize=64)
def policy_from_json(compiled: str) -> Policy:
    """Read the compiled form that PolicyPublished carries. The same text gives the same (shared, immutable) policy.

    Everything that is used of it has its type, and every text can stand in an event and in a column; what more it carries is passed over.

    Raises:
        PolicyError: not a compiled policy, or of another format version.
    """
    try:
        _require_shallow(compiled)
        data = json.loads(compiled)
        found = data["format"]
        if found != COMPILED_FORMAT:
            raise PolicyError(
                f"cannot read compiled policy: expected format {COMPILED_FORMAT}, got another",
                hint="install the release that wrote it",
            )
        return _policy(data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, TermError) as error:
        raise PolicyError(
            "cannot read compiled policy: expected the compiled form, got something else",
            hint="publish policies with `ledger policy publish`",
        ) from error


def _policy(data: dict[str, Any]) -> Policy:
    acts_within = parse_duration(data["acts_within"])
    return Policy(
        name=_id(data["policy"]),
        controller=_id(data["controller"]),
        version=_id(data["version"]),
        title=_text(data["title"]),
        time_zone=_id(data["time_zone"]),
        announced_on=_optional_id(data.get("announced_on")),
        in_force_from=_id(data["in_force_from"]),
        activities={_id(name): _activity(name, body) for name, body in _entries(data["activities"])},
        retention=tuple(_retention(rule, acts_within) for rule in _list(data["retention"])),
        recipients={_id(role): _recipient(role, body) for role, body in _entries(data["recipients"])},
        prohibitions=tuple(
            Prohibition(
                id=_id(rule["id"]),
                act=_one_of(rule.get("act", "any"), "any", "collect", "share", "use"),
                **_sets(rule, "purposes", "categories", "activities", "roles"),
            )
            for rule in _list(data.get("prohibitions", []))
        ),
        marketing=tuple(
            MarketingRule(id=_id(rule["id"]), needs=_one_of(rule["needs"], "consent", "no_objection"), **_sets(rule, "purposes", "channels"))
            for rule in _list(data.get("marketing", []))
        ),
        promises=tuple(
            Promise(id=_id(promise), status=_id(body["status"]), note=_text(body.get("note", "")))
            for promise, body in _entries(data.get("promises", {}))
        ),
    )


def _activity(name: str, body: dict[str, Any]) -> Activity:
    return Activity(
        name=name,
        title=_text(body["title"]),
        legal_bases=_ids(body["legal_basis"]),
        necessity=_id(body["necessity"]),
        stores=tuple(Store(name=_id(store), country=_id(country)) for store, country in _entries(body["stores"])),
        promises=_ids(body.get("promises", [])),
        **_sets(body, "purposes", "categories"),
    )


def _retention(rule: dict[str, Any], acts_within: Duration) -> RetentionRule:
    return RetentionRule(
        id=_id(rule["id"]),
        holder=_one_of(rule["holder"], "controller", "recipient"),
        anchors=_anchors(rule["anchors"]),
        after=parse_duration(rule["after"]),
        then=parse_duration(rule["then"]) if "then" in rule else None,
        rounding=_one_of(rule.get("rounding", "none"), "none", "calendar_year_end"),
        mode=_one_of(rule.get("mode", "ALL"), "ALL", "ANY"),
        per=_one_of(rule.get("per", "subject"), "subject", "ref"),
        statute=_optional_id(rule.get("statute")),
        acts_within=parse_duration(rule["acts_within"]) if "acts_within" in rule else acts_within,
        **_sets(rule, "activities", "roles", "purposes", "categories"),
    )


def _recipient(role: str, body: dict[str, Any]) -> RecipientRule:
    return RecipientRule(
        role=role,
        promises=_ids(body["promises"]),
        needs_ref=_one_of(body.get("needs_ref", False), False, True),
        **_sets(body, "purposes", "categories"),
    )


def _one_of(value: Any, *choices: Any) -> Any:
    if value not in choices or type(value) is not type(choices[0]):
        raise ValueError("expected one of the words that mean something here, got another")
    return value


def _sets(body: dict[str, Any], *names: str) -> dict[str, Terms]:
    return {name: frozenset(_ids(body.get(name, []))) for name in names}


# Each raises ValueError, TypeError or AttributeError, which `policy_from_json` turns into a PolicyError. Whatever passes here and cannot be
# written later, into an outcome or a column, would stop every worker for good.


def _text(value: Any) -> str:
    """Text that UTF-8 can hold (JSON has half surrogate pairs) and PostgreSQL too."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("expected text without a zero byte, got something else")
    value.encode()
    return value


def _id(value: Any) -> str:
    """A text short enough for an outcome."""
    if len(_text(value).encode()) > TEXT_BYTES_MAX:
        raise ValueError(f"expected at most {TEXT_BYTES_MAX} bytes, got more")
    return str(value)


def _optional_id(value: Any) -> str | None:
    return None if value is None else _id(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > LIST_ENTRIES_MAX:
        raise ValueError(f"expected a list of at most {LIST_ENTRIES_MAX} entries, got something else")
    return value


def _entries(value: Any) -> list[tuple[str, Any]]:
    return _list(list(value.items()))


def _ids(value: Any) -> tuple[str, ...]:
    return tuple([_id(each) for each in _list(value)])


def _anchors(value: Any) -> tuple[str, ...]:
    """Each once: the facts that a date rests on are cited."""
    anchors = _ids(value)
    if len(set(anchors)) != len(anchors) or not ANCHORS.issuperset(anchors):
        raise ValueError("expected known anchors, each once, got something else")
    return anchors


_TEXTS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def _require_shallow(compiled: str) -> None:
    """Refuse deep nesting before it is read."""
    depth = 0
    for found in _TEXTS_AND_BRACKETS.finditer(compiled):
        if found[0] in "[{":
            depth += 1
            if depth > NESTING_MAX:
                raise ValueError(f"expected at most {NESTING_MAX} levels, got more")
        elif found[0] in "]}":
            depth -= 1
