"""A certificate of erasure in plain words, English or Dutch, for a person to read and print. The bundle is what proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ledger.answers.presentation import day, moment
from ledger.answers.shapes import Event, Term
from ledger.answers.shapes_erasure import CertificateAnswer, Erased, Forgotten, Left
from ledger.contract.term_names import Language, term_name
from ledger.legal_time import DUTCH_TIME

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "title": "Certificate of erasure", "of": "{ref} at {controller}, as known on {day}", "obligation": "of obligation {id}",
        "request": "of request {ref}", "erased": "erased", "what": "{categories}", "for": "for {purpose}", "due": "due {due}, erased {erased}",
        "late": ", {days} days after {overdue}, when it was too late", "uncalled": "erased {erased}; nobody had called for it",
        "because": "because of {rule}", "stands": " ({statement} {version})", "statute": ", as {statute} has it",
        "asked": "; request {ref} of {day}", "said": "{by} said so on {day} ({act})", "paper": ", certificate {paper}", "left": "still held",
        "nothing": "nothing of it is held any more", "HELD": "a hold stands: {holds}", "REFUSED": "the request was refused that: {reasons}",
        "TERM": "kept until {until} by {rule}", "WAITS": "kept by {rule}, whose end is not known yet", "NO_TERM": "no statement gives a term",
        "until": "{reason} until {until}", "forgotten": "the key of this person was destroyed on {day}",
        "epoch": "epoch {epoch} ended on {day}: no backup from before can be opened any more",
        "no_epoch": "its epoch has not ended yet: a backup from before can be opened by who has the key file", "events": "events",
        "check": "These events are sealed. Without --text this command prints the proofs; `ledger-verify bundle FILE --key VKEY` checks them.",
        "limits": "Not proven: what this text says beside these events (`ledger audit check FILE` makes it again), that what a holder says is "
        "true, and that no copy exists elsewhere.",
    },
    "nl": {
        "title": "Verklaring van wissing", "of": "{ref} bij {controller}, naar wat bekend was op {day}", "obligation": "van verplichting {id}",
        "request": "van verzoek {ref}", "erased": "gewist", "what": "{categories}", "for": "voor {purpose}",
        "due": "moest weg op {due}, gewist op {erased}", "late": ", {days} dagen na {overdue}, toen het te laat was",
        "uncalled": "gewist op {erased}; niemand had erom gevraagd", "because": "op grond van {rule}", "stands": " ({statement} {version})",
        "statute": ", zoals {statute} bepaalt", "asked": "; verzoek {ref} van {day}", "said": "{by} heeft dat gemeld op {day} ({act})",
        "paper": ", bewijs {paper}", "left": "nog aanwezig", "nothing": "er is niets meer van aanwezig",
        "HELD": "er geldt een bewaarplicht of beperking: {holds}", "REFUSED": "het verzoek is daarvoor geweigerd: {reasons}",
        "TERM": "bewaard tot {until} volgens {rule}", "WAITS": "bewaard volgens {rule}, waarvan het einde nog niet bekend is",
        "NO_TERM": "geen verklaring noemt een termijn", "until": "{reason} tot {until}",
        "forgotten": "de sleutel van deze persoon is vernietigd op {day}",
        "epoch": "tijdvak {epoch} is geëindigd op {day}: geen back-up van daarvoor is nog te openen",
        "no_epoch": "het tijdvak is nog niet geëindigd: wie het sleutelbestand heeft, kan een back-up van daarvoor openen",
        "events": "gebeurtenissen",
        "check": "Deze gebeurtenissen zijn verzegeld. Zonder --text geeft dit commando de bewijzen; `ledger-verify bundle` controleert ze.",
        "limits": "Niet bewezen: wat deze tekst buiten die gebeurtenissen zegt (`ledger audit check` maakt hem opnieuw), dat waar is wat een "
        "houder meldt, en dat er nergens anders een kopie is.",
    },
}  # fmt: skip


def certificate_lines(of: CertificateAnswer, language: Language) -> Iterator[str]:
    """The certificate, line by line."""
    words = _Words(language)
    yield words.say("title")
    yield words.say("of", ref=of.subject_ref, controller=of.controller, day=day(of.time_reached, DUTCH_TIME))
    if of.obligation_id is not None:
        yield words.say("obligation", id=of.obligation_id.hex())
    if of.request_ref is not None:
        yield words.say("request", ref=of.request_ref)
    for each in of.erasures:
        yield ""
        yield from words.erased(each)
    yield ""
    yield words.say("left") if of.left else words.say("nothing")
    for left in of.left:
        yield from words.left(left)
    if of.forgotten is not None:
        yield ""
        yield from words.forgotten(of.forgotten)
    yield ""
    yield words.say("check")
    yield words.say("limits")


class _Words:
    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def say(self, key: str, **places: object) -> str:
        return _WORDS[self._language][key].format(**places)

    def names(self, kind: str, of: Iterable[Term]) -> str:
        return ", ".join(term_name(kind, each.term, self._language) for each in of)

    def place(self, of: Any) -> str:
        where = " ".join(each for each in (of.holder, of.store, of.ref) if each)
        return where + (f", {self.say('for', purpose=self.names('purposes', [of.purpose]))}" if of.purpose else "")

    def erased(self, of: Erased) -> Iterator[str]:
        yield f"{self.say('erased')}: {self.place(of)}"
        yield f"  {self.names('categories', of.categories)}"
        if of.due_at is None:
            yield f"  {self.say('uncalled', erased=moment(of.erased_at, DUTCH_TIME))}"
        else:
            late = self.say("late", days=of.late_by_seconds // 86_400, overdue=moment(of.overdue_at, DUTCH_TIME)) if of.overdue else ""
            yield f"  {self.say('due', due=moment(of.due_at, DUTCH_TIME), erased=moment(of.erased_at, DUTCH_TIME))}{late}"
            why = of.because
            said = self.say("because", rule=why.rule) + (self.say("stands", statement=why.statement, version=why.version) if why.version else "")
            said += self.say("statute", statute=why.statute) if why.statute else ""
            said += self.say("asked", ref=why.request_ref, day=moment(why.received_at, DUTCH_TIME)) if why.request_ref else ""
            yield f"  {said}"
        for each in of.acknowledged:
            paper = self.say("paper", paper=each.certificate_ref) if each.certificate_ref else ""
            yield f"  {self.say('said', by=each.by, day=moment(each.at, DUTCH_TIME), act=each.act)}{paper}"
        events = (of.raised, of.overdue, of.met, *(each.event for each in of.acknowledged))
        yield f"  {self.say('events')}: {', '.join(_place(each) for each in events if each is not None)}"

    def left(self, of: Left) -> Iterator[str]:
        yield f"  {self.place(of.holding)}: {self.names('categories', (each.category for each in of.holding.categories))}"
        reasons = [
            self.say("until", reason=self.names("refusal_reasons", [each.refusal.reason]), until=moment(each.refusal.until, DUTCH_TIME))
            if each.refusal.until is not None else self.names("refusal_reasons", [each.refusal.reason])
            for each in of.refusals if each.stands
        ]  # fmt: skip
        holds = ", ".join(each.hold_ref for each in of.holds)
        until = moment(of.holding.until, DUTCH_TIME)
        yield f"    {self.say(of.reason, holds=holds, reasons=', '.join(reasons), until=until, rule=of.holding.why.rule)}"

    def forgotten(self, of: Forgotten) -> Iterator[str]:
        yield self.say("forgotten", day=moment(of.key_destroyed.at, DUTCH_TIME))
        ended = of.epoch_ended
        yield self.say("no_epoch") if ended is None else self.say("epoch", epoch=of.epoch, day=moment(ended.at, DUTCH_TIME))


def _place(of: Event) -> str:
    return f"{of.topic}-{of.partition} {of.offset}"
