"""Whatever is raised, settled, sent twice, failing and killed, in whatever order: no obligation is lost, none that was settled is handled.

A life of one service on the log in memory. A crash ends it at a random place; the next one starts from what Kafka would have: the
records and the committed positions.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.adapters.memory_duty_log import MemoryTopic
from ledger.contract import codec
from ledger.sdk.event_ids import id_text
from ledger.testing import RecordingObligations

HOLDING = {"store": "crm", "purpose": "dpv:AccountManagement", "categories": ["pd:Name"]}
SUBJECTS = [f"subj-{number}" for number in range(6)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("raise"), st.sampled_from(SUBJECTS)),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("meet"), st.integers(0, 30)),
        st.tuples(st.just("resend"), st.integers(1, 6)),
        st.tuples(st.just("run"), st.integers(0, 4)),
        st.tuples(st.just("unpark"), st.integers(0, 30)),
    ),
    max_size=40,
)
# Of each call of the handler: done, fails, dies before it has done anything, dies after it, before the answer.
FATES = st.lists(st.sampled_from(["done", "done", "fails", "dies", "dies after"]), min_size=1, max_size=60)


class Killed(BaseException):
    """kill -9."""


class Life:
    """The log, what the ledger has said about each obligation, and what the service has done."""

    def __init__(self, fates: list[str]) -> None:
        self.topic = MemoryTopic(2)
        self.fates = fates
        self.ids: list[str] = []
        self.settled: set[str] = set()
        self.done: set[str] = set()
        self.answered: dict[str, set[str]] = {}
        self.calls = 0
        self.service = self.start()

    def start(self) -> RecordingObligations:
        return RecordingObligations(source="crm", controller="hostinghuis", attempts=2, topic=self.topic)

    def handle(self, duty):
        assert duty.obligation_id not in self.settled, "handled though the log says that it is settled"
        fate = self.fates[self.calls % len(self.fates)]
        self.calls += 1
        if fate == "fails":
            raise OSError
        if fate == "dies":
            raise Killed
        self.done.add(duty.obligation_id)
        if fate == "dies after":
            raise Killed

    def run(self, handler, dies_at: int | None = None) -> None:
        """Run until idle or killed; dies_at: after so many commits of this run, before the next."""
        log = self.service._open_log()
        commit, left = log.commit, dies_at

        def counted(*arguments):
            nonlocal left
            if left is not None:
                if left == 0:
                    raise Killed
                left -= 1
            return commit(*arguments)

        log.commit = counted
        try:
            self.service.run(handler)
        except Killed:
            self.note()
            self.service = self.start()
        else:
            self.note()
            log.commit = commit

    def note(self) -> None:
        for event in self.service.recorder.of_type("DataErased"):
            self.answered.setdefault(id_text(event.fields["obligation_id"]), set()).add(event.receipt.event_id)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, fates=FATES)
def test_nothing_is_lost_and_nothing_settled_is_handled(steps, fates):
    life = Life(fates)
    for what, value in steps:
        if what == "raise":
            life.ids.append(life.service.raise_duty("ERASE", value, **HOLDING))
        elif what in ("cancel", "meet") and value < len(life.ids) and life.ids[value] not in life.settled:
            getattr(life.service, what)(life.ids[value])
            life.settled.add(life.ids[value])
        elif what == "resend":
            resend(life.topic, value)
        elif what == "unpark" and value < len(life.ids):
            life.service.unpark(life.ids[value])
        elif what == "run":
            life.run(life.handle, None if value == 4 else value)

    # At last everything works, and whoever looks after it has everything parked tried again.
    life.fates = ["done"]
    life.run(life.handle)
    life.service.unpark(*life.ids)
    life.run(life.handle)

    unanswered = set(life.ids) - life.settled - set(life.answered)
    assert not unanswered, f"{len(unanswered)} of {len(life.ids)} obligations were lost"
    assert all(len(event_ids) == 1 for event_ids in life.answered.values()), "the same obligation, the same answer"
    assert set(life.answered) <= life.done
    assert life.service.parked() == []
    assert life.service.open() == []


def resend(topic: MemoryTopic, count: int) -> None:
    """The relay died before it noted what it had sent, and sends the last ones again, perhaps not all of them."""
    for records in topic.records:
        whole = [value for value in records if value is not None]
        last = sorted({codec.decode(value)[1]["log_offset"]: value for value in whole}.items())[-count:]
        records.extend(value for _, value in last[: max(1, len(last) - 1)])
