"""Ids: unique, rising, of the right version, and never repeated by a child process."""

from __future__ import annotations

import itertools
import multiprocessing
import uuid

import pytest

from ledger.contract import codec
from ledger.sdk.envelope import Envelope
from ledger.sdk.event_ids import IdMaker, derived_id, id_bytes, id_text
from ledger.sdk.ledger_time import WallClock
from tests.emittable import SHARE

NOW_NS = 1_700_000_000_123_456_789


def test_ids_are_version_7_and_carry_the_milliseconds():
    made = uuid.UUID(bytes=IdMaker().event_id(NOW_NS))

    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == NOW_NS // 1_000_000


def test_ids_rise_within_a_millisecond_past_the_counter_and_when_the_clock_steps_back():
    maker = IdMaker()
    moments = itertools.chain(itertools.repeat(NOW_NS, 10_000), itertools.repeat(NOW_NS - 5_000_000_000, 100))

    made = [maker.event_id(moment) for moment in moments]

    assert made == sorted(set(made))
    assert {uuid.UUID(bytes=each).version for each in made} == {7}


def test_random_bytes_do_not_repeat():
    maker = IdMaker()

    made = [maker.random16() for _ in range(5_000)]

    assert len(set(made)) == len(made)
    assert {len(each) for each in made} == {16}


def test_every_form_of_an_id_gives_its_16_bytes():
    given = uuid.uuid4()

    assert id_bytes(given) == id_bytes(str(given)) == id_bytes(given.bytes) == given.bytes
    assert id_text(given.bytes) == str(given)


@pytest.mark.parametrize("wrong", ["", "x" * 36, b"short", 7, None, "{0190c2a4-7b00-7000-8000-00000000000}"])
def test_what_is_no_id_is_refused_without_being_repeated(wrong):
    with pytest.raises(ValueError, match="expected a UUID") as caught:
        id_bytes(wrong)

    assert not wrong or str(wrong) not in str(caught.value)


def test_derived_ids_are_the_same_for_the_same_line_and_differ_otherwise():
    one = derived_id(b"a" * 32, 1, 1_527_228_000_000_000)

    assert one == derived_id(b"a" * 32, 1, 1_527_228_000_000_000)
    others = [derived_id(b"a" * 32, 2, 1_527_228_000_000_000), derived_id(b"b" * 32, 1, 1_527_228_000_000_000)]
    assert len({one, *others}) == 3
    made = uuid.UUID(bytes=one[0])
    assert (made.version, made.variant, made.int >> 80) == (8, uuid.RFC_4122, 1_527_228_000_000)
    assert one[1] not in one[0] + one[0]


def _salts(queue, envelope):
    queue.put([_salt(envelope) for _ in range(50)])


def _salt(envelope):
    return codec.decode(envelope.message("DataShared", "subj-1", None, None, None, SHARE, 0.0).value)[1]["salt"]


def test_a_forked_child_does_not_repeat_its_parents_random_bytes():
    envelope = Envelope(WallClock(0), {"controller": "hostinghuis", "source": "shop"})
    _salt(envelope)
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    child = fork.Process(target=_salts, args=(queue, envelope))

    child.start()
    mine = {_salt(envelope) for _ in range(50)}
    theirs = set(queue.get(timeout=20))
    child.join(20)

    assert mine.isdisjoint(theirs)
