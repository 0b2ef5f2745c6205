"""One method for each event that a service emits: the joy of `emitter.shared(subject, recipient="sidn", ...)`.

Written once, for every emitter: what `emit` of the class returns (a receipt, a coroutine, a pending) is what each verb
returns. Must hold no rule: `emit` checks. A test holds names and parameters equal to the schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Generic, ParamSpec, TypedDict, TypeVar, Unpack, cast
from uuid import UUID

from ledger.sdk.to_seal import ToSeal

# What a verb has below its docstring is never run, see `_emits`:
# mypy: disable-error-code="empty-body"

R = TypeVar("R")
P = ParamSpec("P")
T = TypeVar("T")
Identifier = str | UUID | bytes
"""A UUID: its text, a `uuid.UUID`, or 16 bytes."""
Instant = datetime | str | int
"""An aware datetime, RFC 3339 text with offset, or microseconds since 1970 UTC."""


class EnvelopeFields(TypedDict, total=False):
    """What any event may carry besides its own fields. What is absent is filled in by the emitter."""

    event_id: Identifier
    occurred_at: Instant
    controller: str
    source: str
    actor: str
    correlation_id: str
    caused_by: Identifier
    sealed: Mapping[str, Any] | ToSeal


def _emits(type_name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a verb emit this type. The verb itself is its signature, for people and editors.

    What it is called with goes to `emit` as it is, so that a missing or misspelt field is refused like any other, by event,
    field and rule, and not by a TypeError. A parameter left at None is not given.
    """

    def decorate(verb: Callable[P, T]) -> Callable[P, T]:
        @wraps(verb)
        def emit(self: Verbs[T], subject: str | None = None, **fields: Any) -> T:
            given = {name: value for name, value in fields.items() if value is not None}
            return self.emit(type_name, subject=subject, **given)

        return cast("Callable[P, T]", emit)

    return decorate


class Verbs(Generic[R]):
    """The verbs. A class that has `emit` inherits them all."""

    def emit(
        self, type_name: str, *, subject: str | None = None, event_id: Identifier | None = None, occurred_at: Instant | None = None, **fields: Any
    ) -> R:
        """Emit one event by the name of its type. fields: as in its schema."""
        raise NotImplementedError

    @_emits("DataCollected")
    def collected(
        self,
        subject: str,
        *,
        activity: str,
        categories: Sequence[str],
        purposes: Sequence[str],
        legal_basis: str,
        store: str,
        statute: str | None = None,
        origin: str | None = None,
        necessity: str | None = None,
        country: str | None = None,
        occasion: str | None = None,
        ref: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """Personal data came into a store of the controller."""

    @_emits("DataShared")
    def shared(
        self,
        subject: str,
        *,
        recipient: str,
        recipient_role: str,
        categories: Sequence[str],
        purpose: str,
        legal_basis: str,
        by: str | None = None,
        ref: str | None = None,
        product: str | None = None,
        country: str | None = None,
        safeguard: str | None = None,
        agreement: str | None = None,
        notice_ref: str | None = None,
        disclosure_ref: str | None = None,
        disclosure_ground: str | None = None,
        store: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """Personal data was passed on by one holder to another."""

    @_emits("ConsentChanged")
    def consent_changed(
        self,
        subject: str,
        *,
        purpose: str,
        state: str,
        channel: str | None = None,
        recipient: str | None = None,
        notice_version: str | None = None,
        notice_hash: str | None = None,
        method: str | None = None,
        language: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """The state of the subject's consent to one purpose changed."""

    @_emits("ObjectionChanged")
    def objection_changed(
        self,
        subject: str,
        *,
        purpose: str,
        state: str,
        channel: str | None = None,
        method: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """The subject objected to a purpose, or took the objection back."""

    @_emits("DataErased")
    def erased(
        self,
        subject: str,
        *,
        act: str,
        by: str | None = None,
        store: str | None = None,
        categories: Sequence[str] | None = None,
        purposes: Sequence[str] | None = None,
        ref: str | None = None,
        because_of: str | None = None,
        obligation_id: Identifier | None = None,
        request_ref: str | None = None,
        certificate_ref: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A holder no longer has the data."""

    @_emits("DataRectified")
    def rectified(
        self,
        subject: str,
        *,
        categories: Sequence[str],
        by: str | None = None,
        because_of: str | None = None,
        ref: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A holder corrected the data."""

    @_emits("DataUsed")
    def used(
        self,
        subject: str,
        *,
        purpose: str,
        categories: Sequence[str],
        by: str | None = None,
        channel: str | None = None,
        recipient: str | None = None,
        ref: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A holder used the data for a purpose: a marketing mail, a combination with outside data, an investigation."""

    @_emits("DataConsulted")
    def consulted(
        self,
        subject: str,
        *,
        purpose: str,
        categories: Sequence[str],
        ticket_ref: str | None = None,
        incident_ref: str | None = None,
        permission_ref: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """Someone looked at the data; who looked is the actor, sealed under a key that is destroyed after the look-up log's term.

        So an actor needs an emitter with a vault; without one only a role (`role:helpdesk`) can be named.
        """

    @_emits("MilestoneReached")
    def milestone(
        self,
        subject: str,
        *,
        kind: str,
        ref: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """Something happened that retention counts from."""

    @_emits("RequestReceived")
    def request_received(
        self,
        subject: str,
        *,
        right: str,
        request_ref: str,
        identity_check: str | None = None,
        categories: Sequence[str] | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """The subject exercised a right."""

    @_emits("RequestAnswered")
    def request_answered(
        self,
        subject: str,
        *,
        request_ref: str,
        outcome: str,
        identity_check: str | None = None,
        reasons: Sequence[Mapping[str, Any]] | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A request got its answer, with the reason for each holding that stays."""

    @_emits("DisclosureRequested")
    def disclosure_requested(
        self,
        subject: str,
        *,
        disclosure_ref: str,
        requester_kind: str,
        ground: str,
        categories: Sequence[str] | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A third party asked for data about the subject."""

    @_emits("DisclosureDecided")
    def disclosure_decided(
        self,
        subject: str,
        *,
        disclosure_ref: str,
        decision: str,
        notice: str | None = None,
        barred_until: Instant | None = None,
        categories: Sequence[str] | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """The controller decided on a disclosure request."""

    @_emits("NoticeGiven")
    def notice_given(
        self,
        subject: str,
        *,
        to: str,
        about: str,
        ref: str | None = None,
        method: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """The subject or a recipient was told something."""

    @_emits("HoldPlaced")
    def hold_placed(
        self,
        subject: str,
        *,
        hold_ref: str,
        kind: str,
        categories: Sequence[str] | None = None,
        store: str | None = None,
        until: Instant | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """Data must stay, or may only be stored, until the hold is released."""

    @_emits("HoldReleased")
    def hold_released(
        self,
        subject: str,
        *,
        hold_ref: str,
        kind: str,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A hold ended."""

    @_emits("KeyDestroyed")
    def key_destroyed(
        self,
        subject: str,
        *,
        key_id: str,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A key of the subject and the mapping to the person are gone: what it sealed can never be read again."""

    @_emits("PolicyPublished")
    def policy_published(
        self,
        *,
        policy: str,
        version: str,
        text: str,
        text_hash: str,
        compiled: str,
        in_force_from: Instant,
        announced_at: Instant | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A version of the controller's privacy statement was published as a policy."""

    @_emits("RecipientRegistered")
    def recipient_registered(
        self,
        *,
        recipient: str,
        role: str,
        country: str | None = None,
        extensions: Sequence[str] | None = None,
        safeguard: str | None = None,
        safeguard_from: Instant | None = None,
        safeguard_until: Instant | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A recipient was registered, or its entry changed."""

    @_emits("AgreementChanged")
    def agreement_changed(
        self,
        *,
        recipient: str,
        agreement: str,
        state: str,
        in_force_from: Instant,
        categories: Sequence[str] | None = None,
        purposes: Sequence[str] | None = None,
        until: Instant | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """An agreement with a recipient came into force, changed or ended."""

    @_emits("BreachRecorded")
    def breach_recorded(
        self,
        *,
        breach_ref: str,
        aware_at: Instant,
        window_from: Instant,
        window_until: Instant,
        store: str | None = None,
        recipient: str | None = None,
        categories: Sequence[str] | None = None,
        risk: str | None = None,
        consequences: Sequence[str] | None = None,
        measures: Sequence[str] | None = None,
        report_ref: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A breach of personal data became known."""

    @_emits("AuthorityNotified")
    def authority_notified(
        self,
        *,
        breach_ref: str,
        authority: str,
        notified_at: Instant,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """The authority was told about a breach."""

    @_emits("StatementRequested")
    def statement_requested(
        self,
        *,
        statement_ref: str,
        requester_kind: str,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A processor statement was asked for."""

    @_emits("StatementGiven")
    def statement_given(
        self,
        *,
        statement_ref: str,
        method: str | None = None,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A processor statement was given."""

    @_emits("SchemaSealed")
    def schema_sealed(
        self,
        *,
        schema: str,
        schema_id: int,
        fingerprint: str,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """A version of a schema is in use from here on."""

    @_emits("KeyEpochEnded")
    def key_epoch_ended(
        self,
        *,
        epoch: int,
        **envelope: Unpack[EnvelopeFields],
    ) -> R:
        """The wrapping key of an epoch is gone: keys that were wrapped by it alone cannot come back from a backup."""
