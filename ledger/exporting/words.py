"""What papers say in Dutch or English: the words of a language, and the few answers that come as English text said in Dutch.

Terms of code lists have their label (`term_name`), milestones, rights and outcomes the words of an explanation (ledger/explaining). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.answers.shapes import Freshness, Term
from ledger.answers.shapes_sharing import PromiseNote
from ledger.answers.shapes_subject import Why
from ledger.contract.term_names import term_name
from ledger.core.retention_rule import NOT_STATED
from ledger.explaining.words import Words, words
from ledger.exporting.asked import Language
from ledger.exporting.paper_words import SAID
from ledger.legal_time import DUTCH_TIME

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = {
    "year": ("jaar", "jaar"), "month": ("maand", "maanden"), "day": ("dag", "dagen"), "hour": ("uur", "uur"), "minute": ("minuut", "minuten"),
    "second": ("seconde", "seconden"),
}  # fmt: skip
_COUNTED: Final = re.compile(r"(\d+) (year|month|day|hour|minute|second)s?")
_TO_YEAR_END: Final = ", to the end of that calendar year"
_RULE: Final = re.compile(r"(?P<rule>[^:]+): (?P<whom>customers: |others: )?(?P<length>.+) after (?P<anchors>[A-Z_/]+)(?: \((?P<statute>[^)]+)\))?")


class Saying:
    """One language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._words: Words = words(language)

    def say(self, key: str, **places: object) -> str:
        """A sentence of paper_words."""
        return SAID[key][0 if self.language == "nl" else 1].format(**places)

    def code(self, value: str | None) -> str:
        """A code of ours, such as OVERDUE, in words; one that has none is spelt out."""
        if value is None:
            return "-"
        found = SAID.get(f"code.{value}")
        return value.replace("_", " ").lower() if found is None else found[0 if self.language == "nl" else 1]

    def channel(self, value: str) -> str:
        """How people are reached: a term of the list of channels, or a way that services name themselves."""
        return self.code(value) if f"code.{value}" in SAID else term_name("channels", value, self.language)

    def right(self, value: str) -> str:
        """ERASURE: gegevenswissing, erasure."""
        return self._words.code("right", value)

    def outcome(self, value: str) -> str:
        """PARTLY: gedeeltelijk ingewilligd."""
        return self._words.code("outcome", value)

    def name(self, kind: str, term: Term | None) -> str:
        """A term of a code list."""
        return "-" if term is None else term_name(kind, term.term, self.language)

    def named(self, kind: str, value: str) -> str:
        """A term of a code list by its code."""
        return term_name(kind, value, self.language)

    def names(self, kind: str, terms: Iterable[Term]) -> str:
        """Several, in the order given."""
        return ", ".join(self.name(kind, each) for each in terms)

    def ground(self, term: Term) -> str:
        """A legal basis with its article."""
        return self._words.ground(term.term)

    def day(self, micros: int | None) -> str:
        """A day in Dutch legal time; the last moment of a day is that day."""
        return "-" if micros is None else self._words.day((_EPOCH + timedelta(microseconds=micros)).astimezone(DUTCH_TIME).date())

    def until(self, micros: int) -> str:
        """Midnight at which a term ends is the end of the day before."""
        return self.day(micros - 1)

    def time(self, micros: int | None) -> str:
        """A day with hours and minutes."""
        return "-" if micros is None else f"{self.day(micros)} {(_EPOCH + timedelta(microseconds=micros)).astimezone(DUTCH_TIME):%H:%M}"

    def milestone(self, kind: str, by_ref: bool = False) -> str:
        """The words of a clause: "nadat ...", "after ..."; by_ref: of what the data belongs to alone."""
        found = str(self._words.keys.get(f"milestone.{kind}.{'ref' if by_ref else 'subject'}", kind.replace("_", " ").lower()))
        return found.format(purpose=self._words.keys["own_purpose"])

    # -- what the answers say in English

    def length(self, text: str) -> str:
        """`2 years, then 7 years, to the end of that calendar year`."""
        if self.language == "en":
            return text
        text = _COUNTED.sub(lambda found: f"{found[1]} {_UNITS[found[2]][found[1] != '1']}", text)
        for english, dutch in (
            (", then ", ", daarna "), ("to the end of that calendar year", "tot het einde van dat kalenderjaar"), (" and ", " en "),
            ("at once", "meteen"),
        ):  # fmt: skip
            text = text.replace(english, dutch)
        return text

    def rule(self, text: str) -> str:
        """A term of the register of processing: `HH-15: 2 years after SERVICE_ENDED (nl-awr-52)`, or that none is stated."""
        found = _RULE.fullmatch(text)
        if found is None:
            return self.say("no_term") if text == "no term stated" else text
        anchors = self.say("or").join(self.milestone(each) for each in found["anchors"].split("/"))
        whom = self.say("whom_" + found["whom"][:-2]) if found["whom"] else ""
        if found["anchors"] == NOT_STATED:
            length = self.say("length_unstated", length=self.length(found["length"]))
        else:
            length = self.say("length_after", anchors=anchors, **self._rounded(found["length"]))
        statute = f" ({found['statute']})" if found["statute"] else ""
        return f"{found['rule']}: {whom}{length}{statute}"

    def why(self, why: Why, until: int | None) -> str:
        """Until when something is kept, and why: with the rule that says so."""
        if self.language == "en":
            return why.text
        return self.reason(why, until) if why.rule is None else self.say("with_rule", rule=why.rule, reason=self.reason(why, until))

    def reason(self, why: Why, until: int | None) -> str:
        """The same in either language, without the name of the rule. until: when it must go, None where there is no date."""
        if why.rule is None:
            return self.say("no_statement" if why.statement is None else "no_term_said")
        length, law = self.length(why.term or ""), self.say("law", statute=why.statute) if why.statute else ""
        if any(each.term == NOT_STATED for each in why.waits_for):
            return self.say("not_stated", length=length, law=law) + self.say("never")
        if why.waits_for:
            waits = self.say("or" if why.is_any else "and").join(self.milestone(each.term, why.by_ref) for each in why.waits_for)
            return self.say("waits", anchors=waits, law=law, **self._rounded(why.term or "")) + self._never(why)
        anchors = self.say("and").join(f"{self.milestone(each.kind.term, why.by_ref)} ({self.day(each.at)})" for each in why.anchors)
        said = self.say("runs", anchors=anchors, law=law, **self._rounded(why.term or ""))
        if why.at_least_until is not None:
            said = self.say("at_least", day=self.day(why.at_least_until), reason=said) + self.say("no_end" if until is None else "asked_for")
        return said + (self.say("on_hold") if why.is_on_hold else "")

    def note(self, found: PromiseNote) -> str:
        """What a policy notes of a promise; in its own language where it has that in one alone."""
        return (found.note_nl if self.language == "nl" else None) or found.note

    def _never(self, why: Why) -> str:
        if not why.idle:
            return self.say("never") if why.never_starts else ""
        whose = self.say("whose_ref" if why.by_ref else "whose_person")
        said = []
        for key, was_ever in (("idle_never", False), ("idle_over", True)):
            things = [self.say(f"thing.{each.kind.term}") for each in why.idle if each.was_ever is was_ever]
            said += [self.say(key, things=self.say("or").join(things), whose=whose)] if things else []
        return self.say("idle", things=_capital(self.say("and").join(said)))

    def _rounded(self, term: str) -> dict[str, str]:
        """A length and what comes behind what it counts from."""
        is_rounded = term.endswith(_TO_YEAR_END)
        return {"length": self.length(term.removesuffix(_TO_YEAR_END)), "year_end": self.say("year_end") if is_rounded else ""}

    def freshness(self, found: Freshness) -> str:
        """The last line: of which ledger, of which moment, from which places of the log."""
        places = ", ".join(f"facts-{each.partition}: {each.next_offset}" for each in found.partitions)
        kind = self.say("simulated" if found.simulated else "real")
        on = "" if found.on is None else self.say("as_on", day=self.time(found.on))
        known = "" if found.known_at is None else self.say("as_known", places=found.known_at)
        return self.say("fresh", kind=kind, time=self.time(found.time_reached) if found.time_reached else "-", places=places) + on + known


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
