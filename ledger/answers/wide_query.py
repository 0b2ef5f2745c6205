"""The questions that go over everybody's history: differences of verdicts, the effect of a policy before it is published. Read-only.

As query.py: each answer from one snapshot, with its freshness. Source: docs/answers.md, `ledger differences`; docs/policies.md,
"Before it is published".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ledger.answers.asking import EVER, AsOf, Ends
from ledger.answers.differences import LIMIT, SHAPE, DifferencesAnswer, Differing
from ledger.answers.histories import HistoryStore, Report
from ledger.answers.policy_effects import Effect, EffectAnswer
from ledger.answers.query import Query
from ledger.answers.store import AnswerStore
from ledger.contract import codec
from ledger.errors import CallerError


class WideStore(AnswerStore, HistoryStore, Protocol):
    """What these questions are answered from."""


class WideQuery(Query):
    """The questions over all histories, on one store. Not for two threads at once."""

    def __init__(self, store: WideStore, ends: Ends | None = None, as_of: AsOf = AsOf()) -> None:  # noqa: B008  a tuple
        super().__init__(store, ends, as_of)
        self._histories = store

    def differences(
        self,
        *,
        controller: str | None = None,
        subject_ref: str | None = None,
        promise: str | None = None,
        limit: int = LIMIT,
        after: str | None = None,
        report: Report = lambda _: None,
    ) -> DifferencesAnswer:
        """Say which verdicts would now be other, and because of which later records. report: told how much of the ledger is done.

        Raises:
            CallerError: a subject without its controller. CursorError.
            DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
        """
        if subject_ref is not None and controller is None:
            raise CallerError("cannot look at one subject: expected its controller too, got none", hint="add --controller NAME")
        with self._asking.snapshot() as snapshot:
            cursors = snapshot.cursors("differences", (SHAPE,), controller, subject_ref, promise)
            differing = Differing(limit=limit, promise=promise, after=cursors.read(after)[0] or ())
            differing.walk(self._histories, snapshot.partitions, controller, subject_ref, report)
        return differing.answer(controller, subject_ref, snapshot.freshness(), cursors)

    def effect(
        self,
        event: Mapping[str, Any],
        *,
        since: int | None = None,
        sample: int | None = None,
        limit: int | None = None,
        report: Report = lambda _: None,
    ) -> EffectAnswer:
        """Say what publishing a policy would change. event: the fields of its PolicyPublished, decoded form.

        since: of facts, only those that happened then or later are judged again. sample: look at so many subjects. limit: list so many changes one
        by one; None: a few examples of each kind.

        Raises:
            PolicyError: the policy cannot be read.
            DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
        """
        effect = Effect(event, since=since, sample=sample, limit=limit)
        with self._asking.snapshot() as snapshot:
            effect.walk(self._histories, report)
        return effect.answer(snapshot.freshness())

    def published(self, controller: str) -> list[dict[str, Any]]:
        """The fields of every PolicyPublished of a controller that has been copied, in the order of the register."""
        with self._asking.snapshot() as snapshot:
            copies = max((self._histories.register_copies(partition, -1, EVER) for partition in range(snapshot.partitions)), key=len)
        found = [codec.decode(value) for _, value in copies]
        return [fields for type_name, fields in found if type_name == "PolicyPublished" and fields["controller"] == controller]
