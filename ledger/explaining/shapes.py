"""What an explanation is made of: parts of sentences, each with the promises and rules of law that it rests on. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.contract.term_names import Language
from ledger.core.conditions import NONE, Terms
from ledger.core.retention_rule import RetentionRule


class Sentence(NamedTuple):
    """A sentence that stands by itself. cites: promise ids, or ids of the law such as `GDPR-44`."""

    text: str
    cites: tuple[str, ...] = ()


class Part(NamedTuple):
    """Sentences about one question. about: declared, term, request, acts, duties, remarks or worked_out."""

    about: str
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which holding is asked about: of the controller by activity, or of a recipient by role; neither: the whole policy.

    purpose, categories: where only these are asked about. customer: whether it was collected while the person was one; None: both.
    """

    activity: str | None = None
    role: str | None = None
    purpose: str | None = None
    categories: Terms = NONE
    customer: bool | None = None


class Group(NamedTuple):
    """Holdings for which the same rule counts, or none. purposes: of data kept so. customer: of those who were one or not; None: of everybody."""

    rule: RetentionRule | None
    purposes: tuple[str, ...]
    customer: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What is said to have happened, to work out a date. Instants in microseconds since 1970 UTC.

    milestones: (kind, ref or None for the ref of the data itself, at); CONSENT_ENDED is the end of the consent that a rule asks for.
    collected_at None: at the earliest milestone.
    """

    collected_at: int | None = None
    milestones: tuple[tuple[str, str | None, int], ...] = ()


class WorkedOut(NamedTuple):
    """When one holding must go. due_at None: the term does not run, or there is none. waits_for: anchors that are not there yet."""

    purposes: tuple[str, ...]
    customer: bool | None
    rule: str | None
    due_at: int | None
    overdue_at: int | None
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One holding, or one activity or role as a whole, explained. worked_out: one for each term, when something is said to have happened."""

    activity: str | None
    role: str | None
    title: str
    parts: tuple[Part, ...]
    worked_out: tuple[WorkedOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A policy, or one holding under it, explained. general: what is so for all data, when the whole policy was asked about."""

    policy: str
    controller: str
    version: str
    title: str
    in_force_from: str
    header: str
    language: Language
    holdings: tuple[Holding, ...]
    general: tuple[Part, ...] = field(default=())
