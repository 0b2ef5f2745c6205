"""Random whole lives of one hoster's customers, dense in what gives duties: requests of all rights, corrections, breaches, disclosures, holds,
services, terms, and ticks at the moments that matter.

Strategies only; judges nothing. As in tests/hoster_histories.py every draw is an index into a small pool whose first entry is the plain one.
Time is told by ticks, as on a simulated ledger: a fact lies at the last tick or a little after it, or earlier, late.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.duty_pools import EVENTS, OTHER_DUTIES, POOLS, REASONS, THEMES, Pool
from tests.histories import Event
from tests.hoster_histories import Log, declarations, made, shipped_policy
from tests.naive_duties.dutch_calendar import after, moment_of, months_for_an_answer, year_end

T = TypeVar("T")
ZONE = "Europe/Amsterdam"
EVENTS_MAX = 40
# Plain; month ends before a short month; a leap day; a request that ends on Easter, King's Day, Ascension, Christmas; both changes of the clock.
STARTS = (
    "2019-06-03T12:00", "2019-01-31T09:00", "2020-01-29T23:30", "2020-02-29T10:00", "2019-03-20T00:00", "2019-03-27T23:59", "2019-04-30T08:00",
    "2019-11-25T00:00", "2018-09-28T02:30", "2019-02-28T02:30", "2021-12-31T23:59", "2018-11-30T00:00",
)  # fmt: skip
RIGHTS = ("ERASURE", "ACCESS", "PORTABILITY", "COMPLAINT", "RECTIFICATION", "EXPLANATION", "RESTRICTION", "OBJECTION", "CONSENT_WITHDRAWAL")
# (microseconds, days): how much later than now something stands when it is not at now itself.
AGES = (0, 1, 3, 8, 20, 45, 100, 400)


class Life:
    """Draws one log, event after event. Later events lean on earlier ones: they erase what was collected, answer what was asked."""

    def __init__(self, draw: st.DrawFn, controller: str) -> None:
        self.draw, self.controller = draw, controller
        self.pool: Pool = POOLS[controller]
        self.activities, self.roles = declarations(controller)
        self.log: list[Event] = []
        self.got: list[tuple[str, str | None, str, str | None, list[str], str]] = []  # holder, store, purpose, ref, categories, subject
        self.now = moment_of(datetime.fromisoformat(self.pick(STARTS)), ZONE)
        self.start = self.now

    # -- draws

    def pick(self, pool: Sequence[T]) -> T:
        return pool[self.draw(st.integers(0, len(pool) - 1))]

    def one_in(self, count: int) -> bool:
        """The rare case; shrinks to the usual one."""
        return self.draw(st.integers(0, count - 1)) == count - 1

    def some(self, pool: Sequence[str], most: int = 2) -> list[str]:
        return list(dict.fromkeys(self.pick(pool) for _ in range(self.draw(st.integers(1, most)))))

    def subject(self) -> str:
        return self.pick((*("s1",) * 8, "s2", "dataset-1"))

    def moment(self) -> int:
        """When a fact happened: mostly now, as far as it is told in ticks; else late, or at the very instant of something else."""
        if self.one_in(3):
            if self.log and self.one_in(2):
                at = self.pick(self.log[1:] or self.log)[1]["occurred_at"]
                return min(int(at), self.now) + self.pick((0, 0, 1, -1))
            return max(self.now - self.pick(AGES) * 86_400_000_000, self.start - 30 * 86_400_000_000)
        return self.now + self.pick((0, 0, 1, 60_000_000))

    def ahead(self) -> int:
        """A moment that something may end or change at."""
        return self.now + self.pick((1, 3, 8, 20, 40, 100, -3, 0)) * 86_400_000_000 + self.pick((0, 0, 1))

    def put(self, type_name: str, subject: str | None = None, moment: int | None = None, **fields: Any) -> None:
        number = len(self.log) + 1 + 100 * self.draw(st.integers(0, 1))  # so that ids are not in the order of the log
        if subject is not None:
            fields["subject_ref"] = subject
        self.log.append(made(type_name, number, self.moment() if moment is None else moment, self.controller, **fields))

    def earlier(self, *type_names: str) -> dict[str, Any] | None:
        found = [f for name, f in self.log if name in type_names]
        return self.pick(found[::-1]) if found else None

    def leaning(self, field: str, values: Sequence[str], *type_names: str) -> tuple[str, str]:
        """(subject, reference): those of an earlier event, mostly; else any."""
        found = self.earlier(*type_names)
        if found is None or self.one_in(8):
            return self.subject(), self.pick(values)
        return found.get("subject_ref", "s1"), found[field]

    # -- what is held

    def collect(self) -> None:
        name = self.pick(self.pool.activities)
        activity = self.activities[name]
        categories = self.some(self.pool.categories.get(name) or activity["categories"][:3], 3)
        purposes, store = self.some(activity["purposes"][:2]), self.pick((*activity["stores"], *activity["stores"], "elsewhere"))
        subject, ref = self.subject(), self.pick(("r1", "r1", "r2", None))
        self.got += [(self.controller, store, purpose, ref, categories, subject) for purpose in purposes]
        self.put("DataCollected", subject, activity=name, categories=categories, purposes=purposes, legal_basis=activity["legal_basis"][0],
                 store=store, ref=ref, statute=self.pick((None, None, None, "nl-awr-52")))  # fmt: skip

    def share(self) -> None:
        role = self.pick(self.pool.roles)
        purpose = self.pick(self.roles[role].get("purposes") or self.pool.shared_for)
        recipient, ref, store = self.pick(("acme", "acme", "sidn")), self.pick(("r1", "r1", "r2", None)), self.pick((None, None, "theirs"))
        by, categories, subject = self.pick((self.controller, self.controller, "acme")), self.some(self.pool.shared, 2), self.subject()
        self.got.append((recipient, store, purpose, ref, categories, subject))
        self.put("DataShared", subject, by=by, recipient=recipient, recipient_role=role, categories=categories, purpose=purpose,
                 legal_basis="eu-gdpr:A6-1-b", ref=ref, store=store)  # fmt: skip

    def erase(self) -> None:
        by, store, purpose, ref, categories, subject = self.controller, None, None, None, [], self.subject()
        if self.got and not self.one_in(10):
            by, store, purpose, ref, categories, subject = self.pick(self.got[::-1])
        self.put(
            "DataErased", subject, by=by, act="ERASED", store=self.pick((None, store)), ref=self.pick((None, None, ref)),
            categories=self.pick(([], [], categories, categories[:1])), purposes=self.pick(([], [], [purpose] if purpose else [])),
        )  # fmt: skip

    def milestone(self) -> None:
        subject, ref = self.pick((*("s1",) * 5, "s2")), self.pick(("r1", "r1", "r2", None))
        self.put("MilestoneReached", subject, kind=self.pick(self.pool.milestones), ref=ref)

    def service(self) -> None:
        kinds = ("SERVICE_STARTED", "SERVICE_STARTED", "SERVICE_ENDED", "CONTRACT_STARTED", "ACCOUNT_OPENED")
        self.put("MilestoneReached", self.pick((*("s1",) * 5, "s2")), kind=self.pick(kinds), ref=self.pick(("v1", "v1", "v2", "r1", None)))

    def service_end(self) -> None:
        subject, ref = self.leaning("ref", ("v1", "v2"), "MilestoneReached")
        self.put("MilestoneReached", subject, kind=self.pick(("SERVICE_ENDED", "SERVICE_ENDED", "CONTRACT_ENDED", "ACCOUNT_CLOSED")), ref=ref)

    def consent(self) -> None:
        purposes = self.activities["newsletter"]["purposes"] if "newsletter" in self.activities else ["ledger:Newsletter"]
        self.put(
            "ConsentChanged", "s1", purpose=self.pick(purposes), channel=self.pick((None, None, "email", "sms")),
            recipient=self.pick((None, None, None, "acme")), state=self.pick(("GIVEN", "WITHDRAWN", "RENEWED", "EXPIRED", "REQUESTED", "REFUSED")),
        )  # fmt: skip

    # -- requests

    def request(self, *rights: str) -> None:
        subject, ref = self.pick((*("s1",) * 6, "s2")), self.pick(("q1", "q1", "q2", "q3"))
        known = self.earlier("RequestReceived")
        right = self.pick(rights or RIGHTS)
        if known is not None and self.one_in(3):  # the same request again
            subject, ref = known["subject_ref"], known["request_ref"]
            right = known["right"] if not self.one_in(6) else right
        self.put(
            "RequestReceived", subject, right=right, request_ref=ref, categories=self.pick(([], [], [], self.some(self.pool.asked))),
            identity_check=self.pick(("UNKNOWN", "NOT_DONE", "DONE", "NOT_NEEDED", "NOT_DONE")),
        )  # fmt: skip

    def erasure_request(self) -> None:
        self.request("ERASURE", "ERASURE", "ERASURE", "PORTABILITY")

    def portability(self) -> None:
        self.request("PORTABILITY")

    def identified(self) -> None:
        """The requester is known by now: the request again, with that."""
        known = self.earlier("RequestReceived")
        if known is not None:
            self.put("RequestReceived", known["subject_ref"], right=known["right"], request_ref=known["request_ref"],
                     categories=known["categories"], identity_check=self.pick(("DONE", "NOT_NEEDED", "UNKNOWN")))  # fmt: skip

    def answer(self) -> None:
        subject, ref = self.leaning("request_ref", ("q1", "q2", "q3"), "RequestReceived")
        outcome = self.pick(("FULFILLED", "REFUSED", "PARTLY", "EXTENDED", "EXTENDED"))
        reasons = [self.reason() for _ in range(self.pick((0, 1, 1, 2)))] if outcome != "EXTENDED" else []
        self.put("RequestAnswered", subject, request_ref=ref, outcome=outcome, reasons=reasons)

    def refuse(self) -> None:
        """What was asked is not done, for a reason or two."""
        known = self.earlier("RequestReceived")
        if known is None:
            self.erasure_request()
        else:
            self.put("RequestAnswered", known["subject_ref"], request_ref=known["request_ref"], outcome=self.pick(("REFUSED", "PARTLY")),
                     reasons=[self.reason() for _ in range(self.pick((1, 1, 2)))])  # fmt: skip

    def reason(self) -> dict[str, Any]:
        holder, store, purpose, ref = self.controller, None, None, None
        if self.got and not self.one_in(4):
            holder, store, purpose, ref = self.pick(self.got[::-1])[:4]
        return {
            "holder": holder, "store": self.pick((None, store)), "purpose": self.pick((None, purpose)), "ref": self.pick((None, None, ref)),
            "reason": self.pick(REASONS),
            "statute": self.pick(("nl-awr-52", "nl-awr-52", "nl-awr-52", "nl-tw-13-2a", "nl-no-such-law", None)),
            "until": self.pick((None, self.ahead(), self.ahead(), self.now + 9000 * 86_400_000_000)),
        }  # fmt: skip

    def hold(self) -> None:
        self.put("HoldPlaced", self.pick((*("s1",) * 5, "s2")), hold_ref=self.pick(("h1", "h1", "h2")), kind=self.pick(("LEGAL_HOLD", "RESTRICTION")),
                 categories=self.pick(([], self.some(self.pool.asked))), store=self.pick((None, None, "crm")),
                 until=self.pick((None, self.ahead())))  # fmt: skip

    def release(self) -> None:
        subject, ref = self.leaning("hold_ref", ("h1", "h2"), "HoldPlaced")
        self.put("HoldReleased", subject, hold_ref=ref, kind="LEGAL_HOLD")

    # -- passing on

    def share_what_is_held(self) -> None:
        """Of what the controller has got: so that it can go there and stay here."""
        own = [each for each in self.got if each[0] == self.controller]
        if not own:
            self.share()
            return
        _, _, _, ref, categories, subject = self.pick(own[::-1])
        recipient, purpose = self.pick(("acme", "sidn")), self.pool.shared_for[0]
        self.got.append((recipient, None, purpose, ref, categories, subject))
        self.put("DataShared", subject, by=self.controller, recipient=recipient, recipient_role=self.pick(self.pool.roles), categories=categories,
                 purpose=purpose, legal_basis="eu-gdpr:A6-1-b", ref=ref)  # fmt: skip

    def erase_own(self) -> None:
        subject = self.pick((*("s1",) * 8, "s2"))
        self.put("DataErased", subject, by=self.controller, act="ERASED")

    def tell_recipient(self) -> None:
        self.put("NoticeGiven", self.pick((*("s1",) * 6, "s2")), to=self.pick(("acme", "acme", "sidn")),
                 about=self.pick(("erasure", "erasure", "restriction")))  # fmt: skip

    # -- corrections

    def rectify(self) -> None:
        self.put("DataRectified", self.pick((*("s1",) * 5, "s2")), by=self.pick((self.controller, self.controller, "acme", "sidn")),
                 categories=self.pick(([], self.some(self.pool.shared))), ref=self.pick((None, None, "r1", "r2")))  # fmt: skip

    def acknowledge(self) -> None:
        known = self.earlier("DataRectified")
        if known is not None:
            self.put("DataRectified", known["subject_ref"], by=self.pick(("acme", "acme", "sidn")), ref=self.pick((known["ref"], None, "r1")),
                     categories=self.pick(([], known["categories"], known["categories"][:1])))  # fmt: skip

    # -- breaches and disclosures

    def breach(self) -> None:
        first = self.now - self.pick((0, 1, 10, 45, 400)) * 86_400_000_000
        hit = self.pick(self.got[::-1]) if self.got and not self.one_in(5) else (self.controller, None)
        moments = [f["occurred_at"] for name, f in self.log if "subject_ref" in f]
        if moments and self.one_in(3):
            first = self.pick(moments) + self.pick((0, 1, -1))
        last = max(first, self.pick((self.now, first, first, self.now - 3 * 86_400_000_000, *moments[-3:])) + self.pick((0, 0, -1)))
        recipient = None if hit[0] == self.controller else hit[0]
        self.put("BreachRecorded", breach_ref=self.pick(("b1", "b1", "b2")), aware_at=self.now - self.pick((0, 0, 3, 10)) * 86_400_000_000,
                 store=self.pick((None, hit[1])), recipient=self.pick((recipient, recipient, None)), window_from=first, window_until=last,
                 categories=self.pick(([], [], self.some(self.pool.shared))), risk=self.pick(("HIGH", "HIGH", "RISK", "UNLIKELY")))  # fmt: skip

    def notify_authority(self) -> None:
        _, ref = self.leaning("breach_ref", ("b1", "b2"), "BreachRecorded")
        self.put("AuthorityNotified", breach_ref=ref, authority="nl:DPA-NL", notified_at=self.pick((self.now, self.moment())))

    def notice(self) -> None:
        known = self.earlier("BreachRecorded", "DisclosureRequested", "DisclosureDecided")
        subject, about, ref = self.subject(), "breach", "b1"
        if known is not None:
            ref = known.get("breach_ref") or known["disclosure_ref"]
            subject = known.get("subject_ref") or subject
            about = "breach" if "breach_ref" in known else self.pick(("disclosure", "disclosure_request"))
        self.put("NoticeGiven", subject, to=self.pick(("subject", "subject", "subject", "acme")), about=about, ref=self.pick((ref, ref, ref, None)))

    def ask_disclosure(self) -> None:
        self.put("DisclosureRequested", self.pick((*("s1",) * 5, "s2")), disclosure_ref=self.pick(("d1", "d1", "d2")), requester_kind="police",
                 ground="legal_obligation", categories=self.some(self.pool.shared))  # fmt: skip

    def decide(self) -> None:
        subject, ref = self.leaning("disclosure_ref", ("d1", "d2"), "DisclosureRequested", "DisclosureDecided")
        notice = self.pick(("DUE", "BARRED", "BARRED", "UNKNOWN"))
        self.put("DisclosureDecided", subject, disclosure_ref=ref, decision=self.pick(("GRANTED", "PARTLY", "REFUSED", "GRANTED")), notice=notice,
                 barred_until=self.pick((self.ahead(), None)) if notice == "BARRED" else None, categories=self.some(self.pool.shared))  # fmt: skip

    # -- the controller's own

    def ask_statement(self) -> None:
        self.put("StatementRequested", statement_ref=self.pick(("p1", "p1", "p2")), requester_kind="customer")

    def give_statement(self) -> None:
        _, ref = self.leaning("statement_ref", ("p1", "p2"), "StatementRequested")
        self.put("StatementGiven", statement_ref=ref)

    def agree(self) -> None:
        until = self.pick((self.ahead(), self.ahead(), None))
        start = min(self.now - self.pick((0, 10)) * 86_400_000_000, until - 1 if until is not None else self.now)
        self.put("AgreementChanged", recipient=self.pick(("acme", "acme", "sidn")), agreement=self.pick(("a1", "a1", "a2")),
                 state=self.pick(("IN_FORCE", "IN_FORCE", "ENDED")), categories=["pd:Name"], purposes=["dpv:CustomerCare"], in_force_from=start,
                 until=until)  # fmt: skip

    def publish(self) -> None:
        """A later version of the statement: other terms, other duties, in force from now or soon."""
        number = 901 + sum(name == "PolicyPublished" for name, _ in self.log)
        start = self.pick((self.now, self.ahead(), self.now - 86_400_000_000))
        announced = self.pick((None, start - 86_400_000_000, start, start + 1))
        name, fields = with_duties(shipped_policy(self.controller), self.own_duties(), self.pick(("P7D", "P3D", "P1M", "PT12H")), self.pick((0, 1)))
        fields |= {"version": str(number), "in_force_from": start, "announced_at": announced, "occurred_at": self.now}
        fields["event_id"] = made("StatementGiven", number, self.now, self.controller, statement_ref="none")[1]["event_id"]
        self.log.append((name, fields))

    def own_duties(self) -> list[dict[str, Any]]:
        """Those of the hoster's statement; those and others; or some of all."""
        shipped = json.loads(shipped_policy(self.controller)[1]["compiled"]).get("duties", [])
        every = [*shipped, *OTHER_DUTIES]
        some = self.draw(st.lists(st.integers(0, len(every) - 1), max_size=8, unique=True))
        return self.pick((shipped, every, [every[number] for number in some]))

    # -- time

    def passes(self) -> None:
        """A tick: at a moment at which something may become due or late, or a microsecond beside it; or simply later."""
        wanted = sorted({moment + beside for moment in self.moments_that_matter() for beside in (0, 0, -1, 1) if moment + beside > self.now})
        later = self.now + self.pick((1, 1, 3, 8, 35, 100, 400, 3000)) * 86_400_000_000
        self.tick_at(self.pick((later, *wanted[:12])) if wanted and not self.one_in(4) else later)

    def moments_that_matter(self) -> list[int]:
        recent = [f for name, f in self.log[-12:] if name not in ("TimeReached", "PolicyPublished")]
        found = [f[field] for f in recent for field in ("until", "barred_until") if f.get(field)]
        found += [r["until"] for f in recent for r in f.get("reasons", ()) if r["until"]]
        for f in recent:
            since = f.get("aware_at") or f["occurred_at"]
            found += [months_for_an_answer(since, months, ZONE) for months in (1, 3)]
            found += [after(since, term, ZONE) for term in ("P7D", "PT72H", "P14D", "P6M", "P2Y")] + [year_end(after(since, "P7Y", ZONE), ZONE)]
        return [*found, after(self.now, "P7D", ZONE)]

    def tick_at(self, moment: int) -> None:
        self.now = max(moment, self.now)
        self.put("TimeReached", moment=self.now, time=self.now, mode="SIMULATED")


def with_duties(event: Event, duties: Sequence[dict[str, Any]], acts_within: str = "P7D", variant: int = 0) -> Event:
    """A published policy with these duties. variant 1: terms of two years are one year, and the first rule is gone."""
    name, fields = event
    compiled = json.loads(fields["compiled"])
    compiled |= {"duties": [dict(duty) for duty in duties], "acts_within": acts_within}
    if variant:
        other = {"P2Y": "P1Y", "P0D": "P1M", "statute": "P1Y"}
        compiled["retention"] = [rule | {"after": other.get(rule["after"], rule["after"])} for rule in compiled["retention"][1:]]
    return name, fields | {"compiled": json.dumps(compiled)}


@st.composite
def lives(draw: st.DrawFn, controller: str) -> list[Event]:
    """A log of one hoster: its policy, then up to 40 events of a few themes, repeats among them, ticks between, and most often one at the end."""
    life = Life(draw, controller)
    life.log.append(with_duties(shipped_policy(controller), life.own_duties()))
    if not life.one_in(3):
        life.tick_at(life.now)
    themes = [life.pick((*THEMES, "services", "export", "last_days", "last_days")) for _ in range(life.pick((1, 2, 2, 3)))]
    names = [*EVENTS, *(name for theme in themes for name in THEMES[theme])]
    for _ in range(life.pick((0, 1, 2, 3))):
        life.collect()
    for name in draw(st.lists(st.sampled_from(names), min_size=life.pick((0, 8, 16, 24)), max_size=EVENTS_MAX - 8)):
        if len(life.log) < EVENTS_MAX:
            getattr(life, name)()
    log = life.log
    facts = [event for event in log if "subject_ref" in event[1]]
    if facts and life.one_in(3):
        log.insert(draw(st.integers(1, len(log))), life.pick(facts))
    if not life.one_in(5):
        life.passes()
    if life.one_in(10):  # now and then the statement comes after the first events
        log.insert(draw(st.integers(1, 4)), log.pop(0))
    return Log(log)
