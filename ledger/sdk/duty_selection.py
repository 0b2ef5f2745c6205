"""Which obligations a service acts on, and how often it tries. Pure; checked when it is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.contract.broken_rules import BrokenRuleError
from ledger.errors import CallerError
from ledger.sdk.duty import KINDS
from ledger.sdk.duty_position import fingerprint
from ledger.sdk.field_rules import closest
from ledger.sdk.validation import RefusedEventError, string_coder


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which obligations are ours. None: all controllers, all stores (also none), all kinds. wanted: their fingerprint."""

    controller: str | None
    holder: str
    stores: frozenset[str] | None
    kinds: frozenset[str] | None
    wanted: str

    def wants(self, fields: Mapping[str, Any]) -> bool:
        """Whether an `ObligationRaised` is one of them."""
        return (
            fields["holder"] == self.holder
            and (self.controller is None or fields["controller"] == self.controller)
            and (self.stores is None or fields["store"] in self.stores)
            and (self.kinds is None or fields["kind"] in self.kinds)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long. attempts: of one obligation before it is parked; between them 1, 2, 4, ... times retry_seconds, up to its max.

    outage_seconds: how long Kafka may be away before it is an error.
    """

    attempts: int = 10
    retry_seconds: float = 1.0
    retry_seconds_max: float = 300.0
    outage_seconds: float = 60.0

    def pause(self, failures: int) -> float:
        """Seconds between this failure and the next attempt. failures: from 1."""
        return float(min(self.retry_seconds_max, self.retry_seconds * 2 ** min(failures - 1, 60)))


def select(controller: str | None, holder: str | None, stores: Collection[str] | None, kinds: Collection[str] | None) -> Selection:
    """Make a selection; the holder is the controller unless another is named.

    Raises:
        CallerError: nobody is named, an unknown kind, an empty selection. RefusedEventError: a name is no identifier.
    """
    named = holder or controller
    if named is None:
        raise CallerError("cannot act on obligations: expected a controller or a holder, got neither", hint="holder= says whose obligations")
    for field, value in (("controller", controller), ("holder", named), *(("store", store) for store in _listed("stores", stores))):
        if value is not None:
            try:
                string_coder(field)[value]
            except BrokenRuleError as fault:
                raise RefusedEventError("Obligations", field, fault.rule, hint=fault.hint) from None
    for kind in _listed("kinds", kinds):
        if kind not in KINDS:
            like = closest(str(kind).upper(), list(KINDS))
            hint = f"did you mean {like}?" if like else f"kinds: {', '.join(KINDS)}"
            raise CallerError("cannot act on obligations: expected a kind of obligation, got another word", hint=hint)
    return Selection(
        controller=controller,
        holder=named,
        stores=None if stores is None else frozenset(stores),
        kinds=None if kinds is None else frozenset(kinds),
        wanted=fingerprint(controller, named, stores, kinds),
    )


def patience(attempts: int, retry_seconds: float, retry_seconds_max: float, outage_seconds: float) -> Patience:
    """Check the numbers. Raises: CallerError."""
    if attempts < 1 or not 0 <= retry_seconds <= retry_seconds_max or outage_seconds < 0:
        raise CallerError(
            "cannot act on obligations: expected at least one attempt, and 0 <= retry_seconds <= retry_seconds_max",
            hint="attempts=10, retry_seconds=1, retry_seconds_max=300 are the defaults",
        )
    return Patience(attempts=attempts, retry_seconds=retry_seconds, retry_seconds_max=retry_seconds_max, outage_seconds=outage_seconds)


def _listed(name: str, wanted: Collection[str] | None) -> Collection[str]:
    if wanted is not None and (isinstance(wanted, str) or not wanted):
        got = "text" if wanted else "none"
        raise CallerError(
            f"cannot act on obligations: expected {name} as a list of at least one, got {got}", hint=f"{name}=['...'], or leave it out for all"
        )
    return wanted or ()
