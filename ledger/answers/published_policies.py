"""Which policies were published, and which is in force at the time reached: text, version and hash. Source: docs/answers.md, "Policies"."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from ledger.answers.asking import EVER, Asking, Snapshot
from ledger.answers.shapes import Freshness
from ledger.contract import codec
from ledger.core.rules import PolicyInForce, Rules
from ledger.errors import LedgerError


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPolicy:
    """One version that stands. state: IN_FORCE, COMING or REPLACED. text_hash: SHA-256 of the text, in hex."""

    event_id: bytes
    controller: str
    policy: str
    version: str
    title: str
    state: str
    in_force_from: str
    announced_at: int | None
    text: str
    text_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesAnswer:
    """Versions by controller, the earliest first. controller None: of all."""

    controller: str | None
    policies: tuple[PublishedPolicy, ...]
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPolicy:
    """One published version as the fold reads it. compiled: as `ledger policy show --published --json`. state: as of PublishedPolicy."""

    event_id: bytes
    controller: str
    version: str
    state: str
    in_force_from: str
    compiled: dict[str, Any]
    freshness: Freshness


def shown(asking: Asking, controller: str, version: str | None = None, at: int | None = None) -> ShownPolicy | None:
    """The version of that name (of several the last, which counts), or the one in force at a moment (None: at the time reached).

    version and at: that version, where it is the one in force then. None: there is none. Before the first one, the first is in force.
    """
    with asking.snapshot() as seen:
        rules, events = standing(seen)
        now = seen.time_reached or 0
        found = one_standing(rules, controller, version, at, now)
        if found is None:
            return None
        return ShownPolicy(
            event_id=found.event_id, controller=controller, version=found.policy.version, state=_state(rules, controller, found, now),
            in_force_from=found.policy.in_force_from, compiled=json.loads(events[found.event_id]["compiled"]), freshness=seen.freshness(),
        )  # fmt: skip


def one_standing(rules: Rules, controller: str, version: str | None, at: int | None, now: int) -> PolicyInForce | None:
    """Which one is meant: as `shown`. now: the time reached."""
    if version is not None and at is None:
        return next((each for each in reversed(rules.policies.get(controller, [])) if each.policy.version == version), None)
    found = rules.policy_at(controller, now if at is None else at)
    return found if found is not None and version in (None, found.policy.version) else None


def policies(asking: Asking, controller: str | None) -> PoliciesAnswer:
    """What stands published, as far as it is folded; what the fold puts aside is left out."""
    with asking.snapshot() as seen:
        rules, events = standing(seen)
        found = [
            _published(events[version.event_id], version, _state(rules, name, version, seen.time_reached or 0))
            for name, versions in sorted(rules.policies.items())
            if controller in (None, name)
            for version in versions
        ]
    return PoliciesAnswer(controller=controller, policies=tuple(found), freshness=seen.freshness())


def standing(seen: Snapshot) -> tuple[Rules, dict[bytes, dict[str, Any]]]:
    """The rules that the published statements make, and the fields of each statement by its event id."""
    rules, events = Rules(ZoneInfo), dict[bytes, dict[str, Any]]()
    copies = max((seen.store.register_copies(partition, -1, EVER) for partition in range(seen.partitions)), key=len, default=[])
    for _, value in copies:
        type_name, fields = codec.decode(value)
        if type_name == "PolicyPublished":
            try:
                rules.apply(type_name, fields)
            except LedgerError:
                continue  # the fold puts it aside too
            events[fields["event_id"]] = fields
    return rules, events


def _state(rules: Rules, controller: str, version: PolicyInForce, now: int) -> str:
    if version.in_force_from > now:
        return "COMING"
    return "IN_FORCE" if rules.policy_at(controller, now) == version else "REPLACED"


def _published(fields: dict[str, Any], version: PolicyInForce, state: str) -> PublishedPolicy:
    return PublishedPolicy(
        event_id=version.event_id, controller=fields["controller"], policy=fields["policy"], version=fields["version"], title=version.policy.title,
        state=state, in_force_from=version.policy.in_force_from, announced_at=fields["announced_at"], text=fields["text"],
        text_hash=fields["text_hash"],
    )  # fmt: skip
