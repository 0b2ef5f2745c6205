"""All questions on one store, one method each; the work is in the module of the question. Read-only.

Each answer comes from one snapshot of the projections and says how fresh it is. Must never hold SQL (sql/) or words (presentation.py).
Source of the questions: docs/answers.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date

from ledger.answers import (
    access,
    asked_counted,
    behind,
    breach_people,
    breaches,
    deletion_overview,
    disclosures,
    due,
    erasures,
    holders,
    holds,
    look_ups,
    named,
    one_by_one,
    places,
    portability,
    processing_register,
    processor_statement,
    published_policies,
    recipients,
    requests,
    retention_schedule,
    shares_of_month,
    sharing_overview,
    suppression,
    transfers,
    violations,
)
from ledger.answers.as_of import AsOfAnswer, as_of
from ledger.answers.asking import LIMIT, Asking, AsOf, Ends
from ledger.answers.erasures import Asked, OutcomeOffset
from ledger.answers.named import Named
from ledger.answers.one_by_one import Stream
from ledger.answers.one_subject import KnownAt, Position, RecordedBy, one_subject
from ledger.answers.published_policies import PoliciesAnswer, ShownPolicy
from ledger.answers.shapes import Freshness
from ledger.answers.shapes_access import AccessAnswer, PortableAnswer
from ledger.answers.shapes_behind import DatedWanted, ErasuresAnswer, ErasuresWanted, HeldWanted, HoldingsAnswer, SharesAnswer, SharesWanted
from ledger.answers.shapes_erasure import CertificateAnswer
from ledger.answers.shapes_holds import HoldsAnswer, HoldsCounted
from ledger.answers.shapes_lists import DueAnswer, FoundViolation, HoldersAnswer, HoldingLine, ObligationsAnswer, ViolationsAnswer
from ledger.answers.shapes_overviews import DeletionOverview, PromisesOverview, SharingOverview
from ledger.answers.shapes_processor import StatementAnswer
from ledger.answers.shapes_register import BreachedLine, BreachesAnswer, GapsAnswer, RegisterAnswer, RetentionAnswer
from ledger.answers.shapes_rights import DisclosuresAnswer, DisclosuresCounted, LookUpsAnswer, RequestsAnswer, RequestsCounted, SuppressionAnswer
from ledger.answers.shapes_sharing import RecipientsAnswer, TransfersAnswer
from ledger.answers.shapes_subject import ObligationAnswer, SubjectAnswer
from ledger.answers.store import AnswerStore
from ledger.core.rules import PolicyInForce
from ledger.folding.ports import Places

__all__ = ["Position", "Query", "RecordedBy"]


class Query:
    """The questions, on one store. ends: the broker's end offsets; without it, lag is unknown. as_of: when the store is of another moment than now.

    Not for two threads at once.

    All of them raise DependencyError when PostgreSQL does not answer, and OperatorError when there is no ledger in it; those with `after` CursorError
    when that is not the `next` of an answer to the same question.
    """

    def __init__(self, store: AnswerStore, ends: Ends | None = None, as_of: AsOf = AsOf()) -> None:  # noqa: B008  a tuple
        self._asking = Asking(store, ends, as_of)

    def subject(
        self, controller: str, subject_ref: str, *, on: int | None = None, known_at: KnownAt | None = None, audience: str = "officer"
    ) -> SubjectAnswer:
        """All that is known of a subject: now, as it was on a moment, or as it was known at a place on the log. audience: for the subject, without
        what an order keeps from them, duties, verdicts and legal holds. Raises: CallerError, unknown audience; NotComeError."""
        with self._asking.snapshot(controller, subject_ref) as seen:
            seen.require_so_by_now(on)
            return one_subject(self._asking, controller, subject_ref, on, known_at, audience)

    def as_of(self, controller: str, subject_ref: str, *, on: int | None, known_at: KnownAt) -> AsOfAnswer:
        """What was so on a moment (None: now), as it was known at a place on the log against as it is known now. Raises: NotComeError."""
        with self._asking.snapshot() as seen:
            seen.require_so_by_now(on)
            return as_of(self._asking, controller, subject_ref, on, known_at)

    def require_so_by_now(self, on: int | None) -> None:
        """What somebody will ask about as it was at a moment, was. Raises: NotComeError."""
        if on is not None:
            with self._asking.snapshot() as seen:
                seen.require_so_by_now(on)

    def holders(self, controller: str | None = None, *, with_facts: bool = True) -> HoldersAnswer:
        """Who holds data, about how many people. with_facts: as in holders.holders; without, it reads no holding."""
        return holders.holders(self._asking, controller, with_facts=with_facts)

    def due(self, until: int | None = None, controller: str | None = None, limit: int = LIMIT, after: str | None = None) -> DueAnswer:
        """What comes due until a moment, and what is past due."""
        return due.due(self._asking, until, controller, limit, after)

    def obligations(
        self, states: Collection[str] = ("OVERDUE", "OPEN"), *, holder: str | None = None, controller: str | None = None, limit: int = LIMIT,
        after: str | None = None, kinds: Collection[str] = (),
    ) -> ObligationsAnswer:  # fmt: skip
        """What holders must do, in these states. kinds: of due.KINDS; none: all."""
        return due.obligations(self._asking, states, holder, controller, limit, after, kinds)

    def violations(
        self,
        *,
        promise: str | None = None,
        controller: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 0,
        after: str | None = None,
    ) -> ViolationsAnswer:
        """Which promises were broken, by the ledger's time when it was found."""
        return violations.violations(self._asking, promise, controller, since, until, limit, after)

    @contextmanager
    def one_moment(self, controller: str | None = None, subject_ref: str | None = None) -> Iterator[None]:
        """Everything asked within it is of one moment: the pages of one list, say. controller, subject_ref: whom alone it is about."""
        with self._asking.snapshot(controller, subject_ref):
            yield

    # -- one by one, however many: read within `with`, once

    def every_holding(self, controller: str | None = None) -> AbstractContextManager[Stream[HoldingLine]]:
        """Every holding, gone ones too."""
        return one_by_one.holdings(self._asking, controller)

    def every_obligation(self, controller: str | None = None) -> AbstractContextManager[Stream[ObligationAnswer]]:
        """Every obligation in any state."""
        return one_by_one.obligations(self._asking, controller)

    def every_violation(self, controller: str | None = None) -> AbstractContextManager[Stream[FoundViolation]]:
        """Every broken promise."""
        return one_by_one.violations(self._asking, controller)

    def every_person_of_breaches(self, controller: str | None = None) -> AbstractContextManager[Stream[BreachedLine]]:
        """Everybody whom a breach concerns, breach by breach."""
        return breach_people.breach_people(self._asking, controller)

    # -- overviews: numbers alone, kept as they change

    def sharing_overview(self, controller: str | None = None, until: date | None = None) -> SharingOverview:
        """Who has what of how many people, where, from whom, and on which terms. until: the first day of the last month of shares that is told."""
        return sharing_overview.sharing_overview(self._asking, controller, until)

    def deletion_overview(self, controller: str | None = None, until: int | None = None) -> DeletionOverview:
        """What must go, goes and went. until: the last moment of the calendar; None: 30 days after the ledger's time."""
        return deletion_overview.deletion_overview(self._asking, controller, until)

    def promises_overview(self, controller: str | None = None) -> PromisesOverview:
        """Broken promises by month."""
        return deletion_overview.promises_overview(self._asking, controller)

    # -- the single ones behind a number of an overview

    def held_behind(self, wanted: HeldWanted, limit: int = LIMIT, after: str | None = None) -> HoldingsAnswer:
        """Holdings."""
        return behind.held(self._asking, wanted, limit, after)

    def dated_behind(self, wanted: DatedWanted, limit: int = LIMIT, after: str | None = None) -> HoldingsAnswer:
        """Holdings with a date, the earliest first."""
        return behind.dated(self._asking, wanted, limit, after)

    def erasures_behind(self, wanted: ErasuresWanted, limit: int = LIMIT, after: str | None = None) -> ErasuresAnswer:
        """Obligations to erase, the earliest due first."""
        return behind.erasures(self._asking, wanted, limit, after)

    def named(self, controller: str | None = None) -> Named:
        """Names that lists can be asked by, from the register alone."""
        return named.named(self._asking, controller)

    def shares_behind(self, wanted: SharesWanted, limit: int = LIMIT, after: str | None = None) -> SharesAnswer:
        """Shares of a month, in the order of the log."""
        return shares_of_month.shares_of_month(self._asking, wanted, limit, after)

    # -- reports

    def recipients(self, controller: str | None = None, *, with_facts: bool = True) -> RecipientsAnswer:
        """Who gets data, what each gets, and on which terms. with_facts: as in processing_register."""
        return recipients.recipients(self._asking, controller, with_facts=with_facts)

    def transfers(self, controller: str | None = None) -> TransfersAnswer:
        """What is held outside the EU, and what that rests on now."""
        return transfers.transfers(self._asking, controller)

    def retention(
        self, controller: str | None = None, limit: int = LIMIT, after: str | None = None, *, with_facts: bool = True
    ) -> RetentionAnswer:
        """How long what is kept, what has no term, what is past its date. with_facts: as in retention_schedule.retention."""
        return retention_schedule.retention(self._asking, controller, limit, after, with_facts=with_facts)

    def retention_gaps(self, controller: str | None = None) -> GapsAnswer:
        """What will get no date by itself, and why."""
        return retention_schedule.gaps_alone(self._asking, controller)

    def processing_register(self, controller: str, *, with_facts: bool = True) -> RegisterAnswer:
        """What the policy declares against what was seen. with_facts: as processing_register.processing_register; without, it reads no holding."""
        return processing_register.processing_register(self._asking, controller, with_facts=with_facts)

    def policies(self, controller: str | None = None) -> PoliciesAnswer:
        """Which policies stand published, and which is in force."""
        return published_policies.policies(self._asking, controller)

    def policy_versions(self, controller: str) -> list[PolicyInForce]:
        """Every version that stands published, the earliest first, as the fold reads it."""
        with self._asking.snapshot() as seen:
            return list(published_policies.standing(seen)[0].policies.get(controller, ()))

    def policy_standing(self, controller: str, at: int | None = None, version: str | None = None) -> PolicyInForce | None:
        """That of policy_shown, as the fold reads it; None: there is none."""
        with self._asking.snapshot() as seen:
            return published_policies.one_standing(published_policies.standing(seen)[0], controller, version, at, seen.time_reached or 0)

    def policy_shown(self, controller: str, version: str | None = None, at: int | None = None) -> ShownPolicy | None:
        """One published version, compiled: the named one, else the one in force at a moment (None: at the time reached); None: there is none."""
        return published_policies.shown(self._asking, controller, version, at)

    def event(self, partition: int, offset: int) -> bytes | None:
        """The stored value of a fact at a place; None: there is none."""
        with self._asking.snapshot() as seen:
            return seen.store.value_at(partition, offset) if 0 <= partition < seen.partitions else None

    def requests(
        self, controller: str | None = None, *, is_open: bool = False, is_refused: bool = False, limit: int = LIMIT, after: str | None = None
    ) -> RequestsAnswer:
        """Who asked what, until when the controller has, and how it went at each holder; is_refused: whose request was refused, wholly or in part."""
        return requests.requests(self._asking, controller, is_open, is_refused, limit, after)

    def requests_counted(self, controller: str | None = None, *, is_open: bool = False, is_refused: bool = False) -> RequestsCounted:
        """How many requests there are, and in which state."""
        return asked_counted.requests_counted(self._asking, controller, is_open, is_refused)

    def breaches(self, controller: str | None = None, *, limit: int = 0, after: str | None = None) -> BreachesAnswer:
        """The register of breaches, with whom each concerns; limit: how many of them are listed one by one. after: the `next` of one breach, which
        alone is answered then."""
        return breaches.breaches(self._asking, controller, limit, after)

    def disclosures(self, controller: str | None = None, *, limit: int = LIMIT, after: str | None = None) -> DisclosuresAnswer:
        """Who outside asked for data, what was decided, who was told."""
        return disclosures.disclosures(self._asking, controller, limit, after)

    def disclosures_counted(self, controller: str | None = None) -> DisclosuresCounted:
        """How many disclosures there are, and of how many the person was told."""
        return asked_counted.disclosures_counted(self._asking, controller)

    def holds(
        self, controller: str | None = None, *, is_standing: bool = True, limit: int = LIMIT, after: str | None = None
    ) -> HoldsAnswer:
        """Which legal holds and restrictions stand, about what, since and until when; or every one there was. For officers."""
        return holds.holds(self._asking, controller, is_standing, limit, after)

    def holds_counted(self, controller: str | None = None) -> HoldsCounted:
        """How many legal holds and restrictions stand."""
        return holds.holds_counted(self._asking, controller)

    def look_ups(
        self, controller: str, subject_ref: str, audience: str = "subject", opening: look_ups.Opening | None = None
    ) -> LookUpsAnswer:
        """When, what for and what of somebody's data was looked at, within the term of the log of look-ups; for an officer also by whom. audience:
        subject, officer, or auditor: every one, and by nobody's name.

        opening: opens what was sealed, where a vault is at hand. Raises: CallerError, unknown audience.
        """
        return look_ups.look_ups(self._asking, controller, subject_ref, audience, opening)

    def seen_by_looking(self, controller: str, subject_ref: str) -> tuple[str, ...] | None:
        """The categories that a look at a person shows; None: nothing is known of the person."""
        return look_ups.seen_by_looking(self._asking, controller, subject_ref)

    def suppression(self, controller: str | None = None, *, limit: int = LIMIT, after: str | None = None) -> SuppressionAnswer:
        """Whom no campaign may reach, and what else that list was used for."""
        return suppression.suppression(self._asking, controller, limit, after)

    def access(self, controller: str, subject_ref: str, audience: str = "subject") -> AccessAnswer:
        """All that GDPR Art. 15 asks about a person, for that person or for an officer. Raises: CallerError, unknown audience."""
        return access.access(self._asking, controller, subject_ref, audience)

    def portable(self, controller: str, subject_ref: str) -> PortableAnswer:
        """What a person may take along, and where its values are."""
        return portability.portable(self._asking, controller, subject_ref)

    def processor_statement(self, controller: str, processor: str | None = None, *, with_facts: bool = True) -> StatementAnswer:
        """What data processors hold for a controller, and who asked for that statement. with_facts: as in processing_register."""
        return processor_statement.processor_statement(self._asking, controller, processor, with_facts=with_facts)

    def certificate(self, asked: Asked, outcome_offset: OutcomeOffset) -> CertificateAnswer:
        """What was erased, who says so and because of what. Raises: DataError, CallerError, as erasures.certificate."""
        return erasures.certificate(self._asking, asked, outcome_offset)

    def erasures_met(
        self, controller: str | None = None, *, within: Places | None = None, limit: int = LIMIT, after: str | None = None
    ) -> ObligationsAnswer:
        """Obligations to erase that were met, the latest first. within: by facts at these places."""
        return erasures.erasures_met(self._asking, controller, within, limit, after)

    def places_of_event(self, event_id: bytes) -> list[tuple[int, int]]:
        """(partition, offset) of the fact with this id; of a register event, of each of its copies."""
        return places.of_event(self._asking, event_id)

    def places_of_subject(self, controller: str, subject_ref: str) -> list[tuple[int, int]]:
        """(partition, offset) of each fact about a subject, in log order."""
        return places.of_subject(self._asking, controller, subject_ref)

    def controllers(self) -> list[str]:
        """Who has published a policy, by name."""
        with self._asking.snapshot() as seen:
            return sorted(seen.register().rules.policies)

    def freshness(self) -> Freshness:
        """How far every partition is folded now."""
        with self._asking.snapshot() as seen:
            pass
        return seen.freshness()
