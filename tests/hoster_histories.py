"""Random logs of one hoster, dense in what its rules are about: acts that keep and break each of them, late facts, same instants, repeats.

Strategies only; judges nothing. Every draw is an index into a small pool whose first entry is the plain one, so that examples shrink to
plain ones. Times lie in one stretch of a few days around a day that matters, and in the same days a year later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import yaml
from hypothesis import strategies as st

from ledger.contract import codec
from ledger.policies.files import load_policy
from ledger.policies.publishing import policy_event as published
from tests.histories import Event, event_id
from tests.hoster_pools import POOLS, Pools

T = TypeVar("T")
PolicyEvent = Callable[[str], Event]
HOSTERS = ("mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted")
WHY_NOT = ("LegallyRequired", "LegalClaims")
SUBJECTS = ("s1", "s1", "s1", "s1", "s2", "dataset-1")
POLICIES = Path(__file__).parents[1] / "ledger" / "policies"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The two days before each day on which law changed; a leap day; a night that has 02:30 twice, one that has none, each a year later.
STRETCHES = (
    "2019-06-03T12:00", "2018-05-23T00:00", "2020-07-14T00:00", "2015-03-09T00:00", "2015-10-04T00:00", "2016-07-10T00:00", "2023-07-08T00:00",
    "2019-01-21T00:00", "2020-02-27T09:00", "2018-10-26T02:30", "2019-03-29T02:30",
)  # fmt: skip
# (years, days, microseconds) from the beginning of the stretch. Many stand twice: the same instant is worth trying.
MOMENTS = (
    (0, 0, 0), (0, 1, 0), (0, 2, -1), (0, 2, 0), (0, 2, 0), (0, 3, 0), (0, 5, 0), (0, 9, 0), (0, 40, 0), (0, 200, 0), (1, 0, -1), (1, 0, 0),
    (1, 1, 0), (1, 2, -1), (1, 2, 0), (1, 3, 0),
)  # fmt: skip


def made(type_name: str, number: int, moment: int, controller: str, **fields: Any) -> Event:
    """One event as it is decoded from the log; fields with a default may be left out. moment: microseconds since 1970."""
    envelope = {"event_id": event_id(number), "controller": controller, "occurred_at": moment, "source": "shop", "salt": event_id(number)}
    return type_name, codec.decode(codec.encode(type_name, envelope | fields))[1]


@cache
def shipped_policy(controller: str) -> Event:
    """The policy that ships for this hoster, as `ledger policy publish` puts it on the log."""
    fields = published(load_policy(controller))
    fields |= {"event_id": UUID(fields["event_id"]).bytes, "occurred_at": fields["in_force_from"], "source": "policies", "salt": event_id(0)}
    return "PolicyPublished", codec.decode(codec.encode("PolicyPublished", fields))[1]


@cache
def declarations(controller: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The declared activities and recipients, to draw from."""
    data = yaml.safe_load((POLICIES / f"{controller}.yaml").read_text(encoding="utf-8"))
    return data["activities"], data["recipients"]


def moment_of(stretch: str, years: int, days: int, micros: int) -> int:
    """Microseconds since 1970 of a wall-clock time in Amsterdam."""
    start = datetime.fromisoformat(stretch)
    wall = start.replace(year=start.year + years) + timedelta(days=days)
    return (wall.replace(tzinfo=AMSTERDAM, fold=1).astimezone(UTC) - EPOCH) // timedelta(microseconds=1) + micros


class Log(list[Event]):
    """A log that prints itself in a few lines when an example fails; it is an ordinary list otherwise."""

    def __repr__(self) -> str:
        return "\n".join(["", *(f"  {number:2} {told(*event)}" for number, event in enumerate(self))])


def told(name: str, fields: dict[str, Any]) -> str:
    """One line: type, end of the id, time in Amsterdam, and what is not empty; without envelope and texts."""
    left_out = ("event_id", "occurred_at", "controller", "source", "salt", "text", "text_hash", "compiled")
    moment = (EPOCH + timedelta(microseconds=fields["occurred_at"])).astimezone(AMSTERDAM).replace(tzinfo=None).isoformat()
    said = {key: value for key, value in fields.items() if key not in left_out and value not in (None, [], "")}
    return f"{name} {fields['event_id'].hex()[-4:]} {moment} {said}"


class Writer:
    """Draws one log, event after event. Later events lean on earlier ones: they use what was collected, answer what was asked."""

    def __init__(self, draw: st.DrawFn, controller: str) -> None:
        self.draw, self.controller = draw, controller
        self.pools: Pools = POOLS[controller]
        self.activities, self.roles = declarations(controller)
        self.log: list[Event] = []
        self.got: list[tuple[str, str, list[str], str]] = []  # holder, purpose, categories, subject of what came in
        self.spoken_of: list[tuple[str, str, str | None]] = []  # subject, purpose and channel of consents and objections
        self.seen_refs: list[tuple[str, str | None]] = []  # subject and ref of milestones
        self.registered: list[tuple[str, str, int | None]] = []  # recipients with the safeguard that the register names, and its end
        self.stretch = self.pick(STRETCHES)
        self.names = draw(st.lists(st.sampled_from(self.pools.events), min_size=self.pick((1, 12, 12)), max_size=30))

    def pick(self, pool: Sequence[T]) -> T:
        return pool[self.draw(st.integers(0, len(pool) - 1))]

    def some(self, pool: Sequence[str], most: int = 2) -> list[str]:
        """One or a few of a pool, each once."""
        return list(dict.fromkeys(self.pick(pool) for _ in range(self.draw(st.integers(1, most)))))

    def one_in(self, count: int) -> bool:
        """The rare case; shrinks to the usual one."""
        return self.draw(st.integers(0, count - 1)) == count - 1

    def moment(self) -> int:
        """Mostly time goes on with the log, by and large; now and then it is any time, so that facts come late and early."""
        place = self.draw(st.integers(0, len(MOMENTS) - 1))
        if not self.one_in(4):
            place = min(len(self.log) * len(MOMENTS) // (len(self.names) + 1) + place % 4, len(MOMENTS) - 1)
        return moment_of(self.stretch, *MOMENTS[place])

    def put(self, type_name: str, subject: str | None = None, moment: int | None = None, **fields: Any) -> None:
        number = len(self.log) + 1 + 100 * self.draw(st.integers(0, 1))  # so that ids are not in the order of the log
        if subject is not None:
            fields["subject_ref"] = subject
        self.log.append(made(type_name, number, self.moment() if moment is None else moment, self.controller, **fields))

    # -- acts

    def collect(self, subject: str) -> None:
        name = self.pick((*self.pools.activities, *self.activities, "undeclared"))
        activity = self.activities.get(name, self.activities["account"])
        categories = self.some(activity["categories"], 3) + (self.some(self.pools.categories, 1) if self.one_in(4) else [])
        purposes = self.some(activity["purposes"]) + (self.some(self.pools.purposes, 1) if self.one_in(5) else [])
        store = self.pick((*activity["stores"], *activity["stores"], *activity["stores"], "elsewhere"))
        categories, purposes = list(dict.fromkeys(categories)), list(dict.fromkeys(purposes))
        ref = self.pick(("r1", "r1", "r2", None))
        if self.seen_refs and self.one_in(2):
            subject, ref = self.pick(self.seen_refs)
        self.got += [(self.controller, purpose, categories, subject) for purpose in purposes]
        self.put(
            "DataCollected", subject, activity=name, categories=categories, purposes=purposes,
            legal_basis=self.pick((*activity["legal_basis"], *activity["legal_basis"], "eu-gdpr:A6-1-c")),
            store=store, country=self.pick((None, "NL", "NL", "DE", "US")), ref=ref,
            statute=self.pick((None, None, None, *self.pools.statutes)), origin=self.pick(("DATA_SUBJECT", "OBSERVED", "THIRD_PARTY", "UNKNOWN")),
        )  # fmt: skip

    def share(self, subject: str) -> None:
        role = self.pick((*self.pools.roles, *self.roles, "data_broker" if self.one_in(3) else self.pools.roles[0]))
        wanted = self.roles.get(role, {})
        purposes = (*(wanted.get("purposes") or self.pools.agreed_purposes), *(self.pools.purposes if self.one_in(4) else ()))
        categories = self.some(wanted.get("categories") or self.pools.agreed, 2) + (self.some(self.pools.categories, 1) if self.one_in(3) else [])
        recipient, purpose, categories = self.pick(self.pools.recipients), self.pick(purposes), list(dict.fromkeys(categories))
        safeguard, moment = self.pick(self.pools.safeguards), None
        if self.registered and self.one_in(2):
            recipient, safeguard, until = self.pick(self.registered)
            moment = self.pick((None, None, until))
        self.got.append((recipient, purpose, categories, subject))
        self.put(
            "DataShared", subject, moment, by=self.pick((self.controller, self.controller, self.controller, self.pools.recipients[0])),
            recipient=recipient, recipient_role=role, categories=categories, purpose=purpose, legal_basis="eu-gdpr:A6-1-b",
            ref=self.pick(("r1", None)), product=self.pick((None, *self.pools.products)), country=self.pick(self.pools.countries),
            safeguard=safeguard,
            agreement=self.pick((None, None, None, "a1", "a2")), disclosure_ref=self.pick((None, *self.pools.disclosures)),
            disclosure_ground=self.pick((None, *self.pools.grounds)), store=self.pick((None, None, "theirs")),
        )  # fmt: skip

    def use(self, subject: str) -> None:
        by, purpose, categories = self.controller, self.pick(self.pools.uses), self.some(self.pools.used)
        if self.got and not self.one_in(3):
            by, had, has, of_subject = self.pick(self.got)
            purpose, categories = (had if not self.one_in(4) else purpose), self.some(has)
            subject = of_subject if not self.one_in(6) else subject
        elif self.one_in(4):
            by = self.pick(self.pools.recipients)
        self.put(
            "DataUsed", subject, by=by, purpose=purpose, categories=categories if not self.one_in(8) else [],
            channel=self.pick(("email", None, "sms")), recipient=self.pick((None, None, *self.pools.recipients[:1])),
        )  # fmt: skip

    def send(self, subject: str) -> None:
        """A use of the sort that consent, objections and caps are about; sometimes a whole row of them."""
        purpose, channels = self.pick(self.pools.sends), ("email", "email", None, "sms")
        if self.spoken_of and not self.one_in(4):
            subject, purpose, _ = self.pick(self.spoken_of)
        for _ in range(self.pick((1, 1, *self.pools.rows))):
            if len(self.log) < 39:
                self.put("DataUsed", subject, by=self.controller, purpose=purpose, channel=self.pick(channels), categories=["pd:EmailAddress"])

    def consult(self, subject: str) -> None:
        self.put(
            "DataConsulted", subject, purpose=self.pick(("dpv:CustomerCare", "ledger:AbuseInvestigation", *self.pools.purposes)),
            categories=self.some(self.pools.looked_at), ticket_ref=self.pick((None, "t1")), incident_ref=self.pick((None, None, "i1")),
            permission_ref=self.pick((None, None, "p1")),
        )  # fmt: skip

    def erase(self, subject: str) -> None:
        by, purposes, categories = self.controller, [], []
        if self.got and not self.one_in(3):
            by, purpose, has, subject = self.pick(self.got)
            purposes, categories = self.pick(([], [purpose])), self.pick(([], has, has[:1]))
        stores = (None, None, *self.activities["account"]["stores"], "theirs")
        self.put("DataErased", subject, by=by, act="ERASED", store=self.pick(stores), categories=categories, purposes=purposes,
                 ref=self.pick((None, None, "r1", "r2")))  # fmt: skip

    # -- what acts are judged by

    def spoken(self, subject: str, purposes: Sequence[str]) -> tuple[str, str, str | None]:
        """Whose choice about what on which channel: mostly one of before, changed again."""
        if not self.spoken_of or self.one_in(3):
            self.spoken_of.append((subject, self.pick(purposes), self.pick((None, None, "email", "sms"))))
        return self.pick(self.spoken_of)

    def consent(self, subject: str) -> None:
        subject, purpose, channel = self.spoken(subject, self.pools.asked)
        self.put(
            "ConsentChanged", subject, purpose=purpose, channel=channel, recipient=self.pick((None, None, None, *self.pools.recipients)),
            state=self.pick(("GIVEN", "GIVEN", "RENEWED", "WITHDRAWN", "REVOKED")),
        )  # fmt: skip

    def objection(self, subject: str) -> None:
        subject, purpose, channel = self.spoken(subject, self.pools.objected)
        self.put("ObjectionChanged", subject, purpose=purpose, channel=channel, state=self.pick(("RAISED", "RAISED", "RAISED", "LIFTED")))

    def notice(self, subject: str) -> None:
        self.put("NoticeGiven", subject, to=self.pick(("subject", "subject", "subject", self.pools.recipients[0])),
                 about=self.pick(self.pools.notices), ref=self.pick((*self.pools.recipients, *self.pools.disclosures, None)))  # fmt: skip

    def milestone(self, subject: str) -> None:
        if not self.seen_refs or self.one_in(3):
            self.seen_refs.append((subject, self.pick(("r1", "r1", "r2", None))))
        subject, ref = self.pick(self.seen_refs)
        if self.one_in(4):
            ref = self.pick(("r2", "r1"))
        self.put("MilestoneReached", subject, kind=self.pick(self.pools.milestones), ref=ref)

    def disclosure(self, subject: str) -> None:
        self.put(
            "DisclosureDecided", subject, disclosure_ref=self.pick(("d1", "d2")), decision=self.pick(("GRANTED", "PARTLY", "REFUSED")),
            notice=self.pick(("DUE", "BARRED", "BARRED")), barred_until=self.pick((None, self.moment())),
            categories=list(self.pick(((), ("pd:Name",), ("pd:Name", "pd:EmailAddress", "pd:PhysicalAddress")))),
        )  # fmt: skip

    def request(self, subject: str) -> None:
        self.put("RequestReceived", subject, right=self.pick(("ACCESS", "ERASURE")), request_ref=self.pick(("q1", "q1", "q2")),
                 identity_check=self.pick(("UNKNOWN", "NOT_NEEDED", "DONE", "NOT_DONE")))  # fmt: skip

    def answer(self, subject: str) -> None:
        reason = {
            "holder": self.controller, "store": None, "purpose": None, "ref": None, "until": None,
            "reason": self.pick(("ledger:StatutoryTerm", "ledger:StatutoryTerm", *(f"eu-gdpr:JustificationA17{why}" for why in WHY_NOT))),
            "statute": self.pick(("nl-awr-52", "nl-awr-52", None, *self.pools.statutes[1:])),
        }  # fmt: skip
        self.put(
            "RequestAnswered", subject, request_ref=self.pick(("q1", "q1", "q2")), outcome=self.pick(("FULFILLED", "PARTLY", "REFUSED", "EXTENDED")),
            identity_check=self.pick(("UNKNOWN", "UNKNOWN", "DONE", "NOT_DONE")), reasons=self.pick(([], [], [reason])),
        )  # fmt: skip

    def register(self, _: str) -> None:
        recipient, safeguard = self.pick(self.pools.recipients), self.pick(self.pools.safeguards)
        until = self.pick((None, self.moment()))
        if safeguard is not None:
            self.registered.append((recipient, safeguard, until))
        self.put(
            "RecipientRegistered", recipient=recipient, role=self.pick(self.pools.roles), safeguard=safeguard,
            extensions=list(self.pick(((), ("nl",), ("nl", "com")))), safeguard_until=until,
            safeguard_from=self.pick((None, None, self.moment())), country=self.pick((None, "NL", "US")),
        )  # fmt: skip

    def agree(self, _: str) -> None:
        start = self.pick((moment_of(self.stretch, 0, 0, 0), moment_of(self.stretch, 0, 0, 0), self.moment()))
        self.put(
            "AgreementChanged", recipient=self.pick(self.pools.recipients), agreement=self.pick(("a1", "a1", "a2")),
            state=self.pick(("IN_FORCE", "IN_FORCE", "IN_FORCE", "ENDED")),
            categories=list(self.pick((self.pools.agreed, self.pools.agreed, self.pools.agreed[:1]))), in_force_from=start,
            purposes=list(self.pick((self.pools.agreed_purposes, self.pools.agreed_purposes, self.pools.agreed_purposes[:1]))),
            until=self.pick((None, None, None, self.moment())),
        )  # fmt: skip

    def tick(self, _: str) -> None:
        moment = self.moment()
        self.put("TimeReached", moment=moment, time=moment, mode="SIMULATED")


@st.composite
def histories(draw: st.DrawFn, controller: str, policy_event: PolicyEvent = shipped_policy) -> list[Event]:
    """A log of one hoster: its policy, then up to 39 events of one or two people and a dataset, in an order of its own; repeats among them."""
    writer = Writer(draw, controller)
    for name in writer.names:
        if len(writer.log) < 39:
            getattr(writer, name)(writer.pick(SUBJECTS))
    log = writer.log
    facts = [event for event in log if "subject_ref" in event[1]]
    if facts and len(log) < 39 and writer.one_in(3):
        log.insert(draw(st.integers(0, len(log))), writer.pick(facts))
    # Now and then the policy comes after the first events: nothing is judged before it stands there.
    log.insert(draw(st.integers(0, min(3, len(log)))) if writer.one_in(8) else 0, policy_event(controller))
    return Log(log)
