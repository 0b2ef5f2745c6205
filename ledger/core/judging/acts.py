"""What a fact does, in the words a policy asks in. Pure. Source: docs/judging.md sections 3 and 4."""

from __future__ import annotations

from typing import Any

from ledger.core.conditions import NONE, Act

Fields = dict[str, Any]


def act_of(type_name: str, fields: Fields) -> Act | None:
    """The act of a fact, or None when no policy can say anything about it."""
    make = _ACTS.get(type_name)
    return None if make is None else make(fields)


def _collect(fields: Fields) -> Act:
    return Act(
        "collect", True, frozenset(fields["purposes"]), frozenset(fields["categories"]),
        activity=fields["activity"], store=fields["store"], country=fields["country"] or "",
    )  # fmt: skip


def _share(fields: Fields) -> Act:
    return Act(
        "share", fields["by"] == fields["controller"], frozenset((fields["purpose"],)), frozenset(fields["categories"]),
        role=fields["recipient_role"], recipient=fields["recipient"], product=(fields["product"] or "").lower(),
    )  # fmt: skip


def _use(fields: Fields) -> Act:
    return Act(
        "use", fields["by"] == fields["controller"], frozenset((fields["purpose"],)), frozenset(fields["categories"]),
        recipient=fields["recipient"] or "", channel=fields["channel"] or "",
    )  # fmt: skip


def _consult(fields: Fields) -> Act:
    return Act("consult", True, frozenset((fields["purpose"],)), frozenset(fields["categories"]))


def _erase(fields: Fields) -> Act:
    by_controller, store = fields["by"] == fields["controller"], fields["store"] or ""
    return Act("erase", by_controller, frozenset(fields["purposes"]), frozenset(fields["categories"]), store=store)


def _rectify(fields: Fields) -> Act:
    return Act("rectify", fields["by"] == fields["controller"], NONE, frozenset(fields["categories"]))


def _answer(fields: Fields) -> Act:
    return Act("answer", True, NONE, NONE, outcome=fields["outcome"])


_ACTS = {
    "DataCollected": _collect,
    "DataShared": _share,
    "DataUsed": _use,
    "DataConsulted": _consult,
    "DataErased": _erase,
    "DataRectified": _rectify,
    "RequestAnswered": _answer,
}
