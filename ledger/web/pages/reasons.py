"""Why something is still kept, and how long things are kept, in the language of the page: what the answers say in English said from their parts.

Takes answers in JSON form, without what the table withholds; the sentences are those of the papers (ledger/exporting/words.py). Pure.
Source: docs/answers.md section 1; GDPR Art. 13(2)(a), 15(1)(d).
"""

from __future__ import annotations

from typing import Any, cast

from ledger.answers.not_covered import IN_DUTCH
from ledger.answers.shapes import Event, Term
from ledger.answers.shapes_subject import Anchor, Idle, Why
from ledger.contract.json_form import text_to_instant
from ledger.contract.term_names import Language
from ledger.exporting.words import Saying
from ledger.web.pages.labels import label

Json = dict[str, Any]
_NOWHERE = Event(topic="", partition=0, offset=None, event_id=b"")
"""A sentence names no event: the page has links for these."""


def reason(holding: Json, language: str) -> str:
    """Until when a holding is kept, and why. holding: of the answer on a subject."""
    why, until = holding["why"], holding["until"]
    said = Saying(cast(Language, language)).reason(_why(why, language), None if until is None else text_to_instant(until))
    return said[:1].upper() + said[1:]


def term_of_rule(text: str, language: str) -> str:
    """A term of the register of processing, as `HH-15: 2 years after SERVICE_ENDED (nl-awr-52)` there."""
    said = Saying(cast(Language, language)).rule(text)
    statute = text.rpartition("(")[2].removesuffix(")") if text.endswith(")") else ""
    return said.replace(f" ({statute})", f", {label('statute', statute, cast(Language, language))}") if statute else said


def not_covered(text: str, language: str) -> str:
    """What the law asks of a report and no event tells."""
    return IN_DUTCH[text] if language == "nl" and text in IN_DUTCH else text


def _why(why: Json, language: str) -> Why:
    at_least = why["at_least_until"]
    idle = tuple(Idle(kind=Term(**each["kind"]), was_ever=each["was_ever"]) for each in why["idle"])
    return Why(
        rule=why["rule"], statement=why["statement"], version=why["version"], term=why["term"], text=why["text"], never_starts=why["never_starts"],
        statute=label("statute", why["statute"], cast(Language, language)) if why["statute"] else None,
        anchors=tuple(Anchor(kind=Term(**each["kind"]), at=text_to_instant(each["at"]), event=_NOWHERE) for each in why["anchors"]),
        waits_for=tuple(Term(**each) for each in why["waits_for"]),
        idle=idle,
        by_ref=why["by_ref"], is_any=why["is_any"], is_on_hold=why["is_on_hold"],
        at_least_until=None if at_least is None else text_to_instant(at_least),
    )  # fmt: skip
