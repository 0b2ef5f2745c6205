"""Certificates of erasure: what was erased, by whose word and because of what; nothing is certified that somebody still owes."""

from __future__ import annotations

import pytest

from ledger.answers.erasures import Asked
from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_erasure import CertificateAnswer
from ledger.cli.certificate_text import certificate_lines
from ledger.errors import CallerError, DataError
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import KEPT_BY_LAW, Story, moment

SUBJECT = Asked(controller="mijndomein", subject_ref="s1")
REQUEST = Asked(controller="mijndomein", request_ref="request-1")


def certified(story: Story, asked: Asked = SUBJECT) -> CertificateAnswer:
    """With made-up places for outcomes: on their own log they stand where a test does not look."""
    return Query(MemoryAnswers(project(story.log))).certificate(asked, lambda topic, partition, caused_at, subject, event: 1000 + caused_at)


def asked_to_erase() -> Story:
    story = Story("mijndomein").on("2019-01-07").collects("newsletter", "pd:EmailAddress", purposes=["ledger:Newsletter"])
    story.shares("mailer", "mailing", "pd:EmailAddress", purpose="ledger:Newsletter")
    return story.on("2019-02-01").asks("ERASURE", identity_check="DONE")


def done() -> Story:
    story = asked_to_erase().on("2019-02-05").erases("pd:EmailAddress")
    story.on("2019-02-06").erases("pd:EmailAddress", by="mailer", certificate_ref="paper-7").answers("FULFILLED")
    return story.clock("2019-02-09")


def test_a_request_from_receipt_to_certificate() -> None:
    found = certified(done(), REQUEST)

    assert [each.holder for each in found.erasures] == ["mijndomein", "mailer"]
    own, theirs = found.erasures
    assert (theirs.purpose and theirs.purpose.term, [each.term for each in theirs.categories]) == ("ledger:Newsletter", ["pd:EmailAddress"])
    assert (theirs.erased_at, theirs.late_by_seconds, theirs.overdue) == (moment("2019-02-06"), 0, None)
    assert [(each.by, each.certificate_ref, each.act) for each in theirs.acknowledged] == [("mailer", "paper-7", "ERASED")]
    assert (own.because.request_ref, own.because.received_at, own.because.outcome) == ("request-1", moment("2019-02-01"), "FULFILLED")
    assert own.because.received is not None and own.because.answered is not None
    assert theirs.raised is not None and theirs.met is not None
    assert theirs.raised.topic == theirs.met.topic == "obligations"
    assert theirs.met.offset == 1000 + (theirs.acknowledged[0].event.offset or 0)
    assert (found.left, found.forgotten) == ((), None)


def test_the_same_by_obligation_and_by_subject() -> None:
    story = done()
    theirs = certified(story, REQUEST).erasures[1]

    one = certified(story, Asked(theirs.obligation_id))
    assert (one.erasures, one.controller, one.subject_ref) == ((theirs,), "mijndomein", "s1")
    assert [each.obligation_id for each in certified(story).erasures] == [each.obligation_id for each in certified(story, REQUEST).erasures]


def test_what_somebody_owes_is_said_and_nothing_is_certified() -> None:
    story = asked_to_erase().on("2019-02-05").erases("pd:EmailAddress").answers("FULFILLED").clock("2019-02-06")

    for asked in (SUBJECT, REQUEST):
        with pytest.raises(DataError, match=r"not acknowledged yet: ERASE by mailer \(OPEN, purpose ledger:Newsletter, obligation [0-9a-f]{32}\)"):
            certified(story, asked)
    unanswered = asked_to_erase().on("2019-02-05").erases("pd:EmailAddress").erases("pd:EmailAddress", by="mailer").clock("2019-02-06")
    with pytest.raises(DataError, match="ANSWER by mijndomein"):
        certified(unanswered, REQUEST)
    assert len(certified(unanswered).erasures) == 2, "the answer is owed to the person, not part of an erasure"


def test_what_was_late_says_since_when() -> None:
    story = asked_to_erase().on("2019-02-05").erases("pd:EmailAddress").answers("FULFILLED").clock("2019-04-01")
    story.on("2019-04-03").erases("pd:EmailAddress", by="mailer").clock("2019-04-04")

    (theirs,) = [each for each in certified(story, REQUEST).erasures if each.holder == "mailer"]
    assert theirs.late_by_seconds > 30 * 86_400
    assert theirs.overdue is not None and theirs.violation is not None
    assert (theirs.overdue.topic, theirs.violation.topic) == ("obligations", "violations")


def test_a_term_that_ended_names_the_statement_and_its_event() -> None:
    story = Story("hostinghuis").on("2019-01-07").opens_account().on("2020-03-01").leaves().clock("2030-01-01")
    story.on("2030-01-02").erases().clock("2030-01-03")

    lines = certified(story, Asked(controller="hostinghuis", subject_ref="s1")).erasures
    called = [each for each in lines if each.obligation_id is not None]
    assert called, "a term should have called for it"
    for line in called:
        assert line.because.rule and line.because.statement and line.because.version
        assert line.because.policy is not None and line.because.policy.offset == 0
        assert line.because.rests_on
        assert line.because.request_ref is None


def test_what_nobody_called_for_is_certified_by_the_holder_s_word_alone() -> None:
    story = Story("mijndomein").on("2019-01-07").collects("newsletter", "pd:EmailAddress", purposes=["ledger:Newsletter"])
    story.on("2019-02-05").erases("pd:EmailAddress").clock("2019-02-06")

    (line,) = certified(story).erasures
    assert (line.obligation_id, line.due_at, line.raised, line.met) == (None, None, None, None)
    assert (line.erased_at, [each.by for each in line.acknowledged]) == (moment("2019-02-05"), ["mijndomein"])


def test_what_was_left_says_why() -> None:
    story = Story("mijndomein").on("2019-01-07").opens_account()
    kept = story.collects("newsletter", "pd:EmailAddress", purposes=["ledger:Newsletter"]).on("2019-02-01")
    kept.tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD", categories=["pd:Name"])
    kept.on("2019-02-05").erases("pd:EmailAddress", purposes=["ledger:Newsletter"]).clock("2019-02-06")

    found = certified(kept)
    assert found.left
    assert {each.reason for each in found.left} <= {"HELD", "REFUSED", "TERM", "WAITS", "NO_TERM"}
    held = [each for each in found.left if "pd:Name" in [one.category.term for one in each.holding.categories]]
    assert {(each.reason, *(one.hold_ref for one in each.holds)) for each in held} == {("HELD", "hold-1")}
    assert "HELD" not in {each.reason for each in found.left if each not in held}


def test_what_a_refusal_let_stay_names_the_answer() -> None:
    story = asked_to_erase().on("2019-02-05").erases("pd:EmailAddress")
    entry = KEPT_BY_LAW | {"holder": "mailer", "reason": "eu-gdpr:JustificationA17LegalClaims", "statute": None, "until": moment("2020-02-05")}
    story.answers("PARTLY", reasons=[entry]).clock("2019-02-06")

    (left,) = certified(story, REQUEST).left
    assert (left.holding.holder, left.reason) == ("mailer", "REFUSED")
    (refused,) = left.refusals
    assert (refused.request_ref, refused.stands, refused.answered.offset is not None) == ("request-1", True, True)


def test_nothing_known_nothing_erased_and_no_such_obligation_are_errors() -> None:
    quiet = Story("mijndomein").on("2019-01-07").collects("newsletter", "pd:EmailAddress", purposes=["ledger:Newsletter"]).clock("2019-01-08")

    for asked, said in (
        (SUBJECT, "nothing of it was erased"), (SUBJECT._replace(subject_ref="nobody"), "nothing is known"), (REQUEST, "got nobody"),
        (Asked(bytes(16)), "no obligation has that id"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=said):
            certified(quiet, asked)


def test_a_request_reference_of_two_people_asks_which() -> None:
    story = asked_to_erase().of("s2").asks("ERASURE", identity_check="DONE")

    with pytest.raises(CallerError, match="got 2 people"):
        certified(story, REQUEST)


def test_the_text_in_both_languages_holds_the_same_facts() -> None:
    found = certified(done(), REQUEST)
    english, dutch = ("\n".join(certificate_lines(found, language)) for language in ("en", "nl"))

    assert "Certificate of erasure" in english and "Verklaring van wissing" in dutch
    for text in (english, dutch):
        assert "paper-7" in text and "2019-02-06" in text and "request-1" in text and "{" not in text
    assert as_json(found)["erasures"][0]["because"]["received_at"]


def test_a_whole_person_forgotten_and_the_end_of_the_epoch() -> None:
    story = done().on("2019-02-10").tell("KeyDestroyed", key_id="key-1", correlation_id="epoch-1").clock("2019-02-11")
    before = certified(story).forgotten
    after = certified(story.on("2019-03-01").tell("KeyEpochEnded", epoch=1).on("2019-04-01").tell("KeyEpochEnded", epoch=2)).forgotten

    assert before is not None and before.key_destroyed.at == moment("2019-02-10")
    assert (before.epoch, before.epoch_ended) == (None, None)
    assert after is not None and after.epoch_ended is not None
    assert (after.epoch, after.epoch_ended.at, after.epoch_ended.event.offset is not None) == (1, moment("2019-03-01"), True)
    assert "epoch 1 ended on 2019-03-01" in "\n".join(certificate_lines(certified(story), "en"))


def test_an_epoch_that_ended_before_the_destruction_and_was_told_after_it_proves_nothing() -> None:
    told_late = done().on("2019-02-10").tell("KeyDestroyed", key_id="key-1", correlation_id="epoch-1").on("2019-02-12").tell("KeyEpochEnded", epoch=0)
    at_one_instant = done().on("2019-02-10").tell("KeyEpochEnded", epoch=0).tell("KeyDestroyed", key_id="key-1", correlation_id="epoch-1")

    for story in (told_late, at_one_instant):
        found = certified(story).forgotten
        assert found is not None and (found.epoch, found.epoch_ended) == (None, None)
        assert "its epoch has not ended yet" in "\n".join(certificate_lines(certified(story), "en"))


def test_of_a_destruction_that_does_not_say_its_epoch_the_second_end_is_certain() -> None:
    story = done().on("2019-02-01").tell("KeyEpochEnded", epoch=3).on("2019-02-10").tell("KeyDestroyed", key_id="key-1")

    first = certified(story.on("2019-03-01").tell("KeyEpochEnded", epoch=4)).forgotten
    second = certified(story.on("2019-04-01").tell("KeyEpochEnded", epoch=5)).forgotten

    assert first is not None and first.epoch_ended is None, "the key may have been under 5 already, and 4 told late"
    assert second is not None and second.epoch == 5
