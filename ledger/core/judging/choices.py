"""What a person chose by some moment: consents and objections, per purpose, channel and recipient.

Pure. A step without a channel is about every channel, one without a recipient about every recipient. Source: docs/judging.md section 4; GDPR
Art. 7(3), 21(2) and (3).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from ledger.core.conditions import WIDER
from ledger.core.consent_end import ENDS, STANDS
from ledger.core.judging.then import Moment
from ledger.core.state import Change
from ledger.core.subject import Subject


def latest(changes: Sequence[tuple[Any, ...] | Change], moment: Moment) -> tuple[Any, ...] | None:
    """The last change before the moment."""
    place = bisect_left(changes, moment)  # they are in order of (at, event_id), with which each begins
    return changes[place - 1] if place else None


def consents(subject: Subject, purpose: str, channel: str | None, recipient: str | None, moment: Moment) -> bool:
    """Whether consent stands for this purpose, channel and recipient."""
    return _state(subject, purpose, channel, recipient, moment) in STANDS


def consents_on_some_channel(subject: Subject, purpose: str, recipient: str | None, moment: Moment) -> bool:
    """Whether it stands on one channel at least: a collection and a share have none of their own, and a list serves whichever was agreed to."""
    channels = {channel for of, channel, to in subject.consents if of == purpose and to in (None, recipient)}
    return any(consents(subject, purpose, channel, recipient, moment) for channel in channels)


def has_withdrawn(subject: Subject, purpose: str, channel: str | None, recipient: str | None, moment: Moment) -> bool:
    """Whether the last word on this purpose, channel and recipient ended the consent; of an act on no channel, whether none is left on any."""
    if not subject.consents:
        return False
    channels = {channel} if channel else {on for of, on, to in subject.consents if of == purpose and to in (None, recipient)}
    states = {_state(subject, purpose, each, recipient, moment) for each in channels}
    return not states & STANDS and bool(states & ENDS)


def objects(subject: Subject, purpose: str, channel: str | None, moment: Moment) -> bool:
    """Whether an objection stands against the purpose, or against a wider one that it is part of."""
    return any(True for _ in objecting(subject, purpose, channel, moment))


def objecting(subject: Subject, purpose: str, channel: str | None, moment: Moment, *, on_any: bool = False) -> Iterator[tuple[Any, ...]]:
    """The objections that stand against the purpose, or against a wider one that it is part of, on this channel or on none; on_any: on whichever."""
    for (against, on), changes in subject.objections.items():
        if (on_any or on in (None, channel)) and (against == purpose or against in WIDER.get(purpose, ())):
            step = latest(changes, moment)
            if step is not None and step[3] == "RAISED":
                yield step


def last_words(subject: Subject, purpose: str, channel: str | None, recipient: str | None, moment: Moment) -> list[tuple[Any, ...]]:
    """The steps that decide about consent on this channel, or without one on each channel that was named."""
    channels = {channel} if channel else {on for of, on, to in subject.consents if of == purpose and to in (None, recipient)}
    words = (_last_word(subject, purpose, each, recipient, moment) for each in channels)
    return [word for word in words if word is not None]


def _state(subject: Subject, purpose: str, channel: str | None, recipient: str | None, moment: Moment) -> str | None:
    word = _last_word(subject, purpose, channel, recipient, moment)
    return None if word is None else word[3]


def _last_word(subject: Subject, purpose: str, channel: str | None, recipient: str | None, moment: Moment) -> tuple[Any, ...] | None:
    steps = [
        step
        for (of, on, to), changes in subject.consents.items()
        if of == purpose and on in (None, channel) and to in (None, recipient)
        if (step := latest(changes, moment)) is not None
    ]
    return max(steps, default=None)
