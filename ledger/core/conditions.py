"""What a policy forbids, and what it asks of an act before it may be done.

Pure data with one question each: does it cover this act? Whether a condition is met is asked in ledger/core/judging/. Source: docs/judging.md
sections 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from ledger.core.calendar import Duration

Terms = frozenset[str]
NONE: Final[Terms] = frozenset()

ActKind = Literal["collect", "share", "use", "consult", "erase", "rectify", "answer"]
By = Literal["any", "controller", "recipient"]
Severity = Literal["NOTE", "WARNING", "BREACH"]

#: What a condition may need, and of which acts.
NEEDS: Final[dict[str, tuple[ActKind, ...]]] = {
    "service_ref": ("share",),
    "product": ("share",),
    "agreement": ("share",),
    "registered": ("share",),
    "registered_role": ("share",),
    "extension": ("share",),
    "prior_notice": ("share",),
    "legal_ground": ("share",),
    "payment_overdue": ("share",),
    "not_refused": ("share",),
    "disclosure_notice": ("share",),
    "decided": ("share",),
    "consent": ("collect", "share", "use"),
    "customer": ("use",),
    "not_withdrawn": ("share", "use"),
    "no_objection": ("collect", "share", "use"),
    "no_objection_to": ("collect", "share", "use"),
    "held_for_purpose": ("consult", "share", "use"),
    "unrestricted": ("share", "use"),
    "transfer": ("share",),
    "statute_in_force": ("collect", "share"),
    "declared_country": ("collect",),
    "open_session": ("collect",),
    "unlinked": ("collect", "share"),
    "own_record": ("collect",),
    "asked_as_must": ("collect",),
    "asked_as_choice": ("collect",),
    "ticket": ("consult",),
    "incident": ("consult",),
    "permission": ("consult",),
    "identity": ("answer", "erase", "rectify"),
    "reason": ("answer",),
    "statute_cited": ("answer",),
    "done": ("answer",),
    "service_ended": ("erase",),
    "term_ended": ("erase",),
    "objection_ended": ("erase",),
    "exported": ("erase",),
}
#: Uses with these purposes are counted per subject; only they can have a cap (SO-07). All uses for ever would be too many.
COUNTED_PURPOSES: Final[Terms] = frozenset(
    {
        "dpv:Marketing", "dpv:DirectMarketing", "dpv:SocialMediaMarketing", "dpv:Advertising", "dpv:PersonalisedAdvertising",
        "dpv:TargetedAdvertising", "ledger:Newsletter", "ledger:ProductNews",
    }
)  # fmt: skip

#: Marketing purpose -> the wider ones that it is part of: who objects to those objects to this one too. Source: DPV 2.3; the ledger's own terms
#: are mail of the hoster about what it sells, thus direct marketing.
WIDER: Final[dict[str, Terms]] = {
    "dpv:DirectMarketing": frozenset({"dpv:Marketing"}),
    "dpv:SocialMediaMarketing": frozenset({"dpv:Marketing"}),
    "dpv:Advertising": frozenset({"dpv:Marketing"}),
    "dpv:PersonalisedAdvertising": frozenset({"dpv:Advertising", "dpv:Marketing"}),
    "dpv:TargetedAdvertising": frozenset({"dpv:PersonalisedAdvertising", "dpv:Advertising", "dpv:Marketing"}),
    "ledger:Newsletter": frozenset({"dpv:DirectMarketing", "dpv:Marketing"}),
    "ledger:ProductNews": frozenset({"dpv:DirectMarketing", "dpv:Marketing"}),
}


class Act(NamedTuple):
    """What a fact does, as far as a policy can ask. Empty texts where the fact has no such field. product: in small letters."""

    kind: ActKind
    by_controller: bool
    purposes: Terms
    categories: Terms
    activity: str = ""
    store: str = ""
    role: str = ""
    recipient: str = ""
    product: str = ""
    channel: str = ""
    outcome: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which acts a prohibition or condition is about: those that meet every list that is not empty; of a list one common term is enough."""

    purposes: Terms = NONE
    except_purposes: Terms = NONE
    categories: Terms = NONE
    activities: Terms = NONE
    stores: Terms = NONE
    roles: Terms = NONE
    except_roles: Terms = NONE
    recipients: Terms = NONE
    products: Terms = NONE
    except_products: Terms = NONE
    channels: Terms = NONE
    outcomes: Terms = NONE
    by: By = "any"

    def covers(self, act: Act) -> bool:
        """Say whether the act meets every list."""
        return (
            (not self.purposes or not self.purposes.isdisjoint(act.purposes))
            and (not self.except_purposes or not act.purposes <= self.except_purposes)
            and (not self.categories or not self.categories.isdisjoint(act.categories))
            and (not self.activities or act.activity in self.activities)
            and (not self.stores or act.store in self.stores)
            and (not self.roles or act.role in self.roles)
            and (not self.except_roles or act.role not in self.except_roles)
            and (not self.recipients or act.recipient in self.recipients)
            and (not self.products or act.product in self.products)
            and (not self.except_products or (act.product != "" and act.product not in self.except_products))
            and (not self.channels or act.channel in self.channels)
            and (not self.outcomes or act.outcome in self.outcomes)
            and (self.by == "any" or act.by_controller == (self.by == "controller"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """What is never allowed. acts: which kinds of act; empty means collect, share, use and consult."""

    id: str
    acts: frozenset[ActKind] = frozenset({"collect", "share", "use", "consult"})
    scope: Scope
    severity: Severity = "BREACH"

    def forbids(self, act: Act) -> bool:
        """Say whether it forbids the act."""
        return act.kind in self.acts and self.scope.covers(act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most so many uses in any term that ends with one of them."""

    count: int
    within: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What acts of one kind need: one of `needs` must be met, in that order of preference; or a cap on how many there may be.

    grounds: the disclosure grounds that `legal_ground` accepts. objections: the purposes that `no_objection_to` asks of.
    """

    id: str
    act: ActKind
    scope: Scope
    needs: tuple[str, ...] = ()
    grounds: Terms = NONE
    objections: Terms = NONE
    at_most: Cap | None = None
    severity: Severity = "BREACH"

    def applies_to(self, act: Act) -> bool:
        """Say whether the act needs it."""
        return act.kind == self.act and self.scope.covers(act)
