"""Publishing a policy: put in, looked at with its differences and its effect, and then, byte for byte, on the log.

Order of things: 1. checked, and held against the register as Kafka has it  2. shown under a seal (text, what stood published, event id); nothing is
published  3. with that seal, and where nothing else was published meanwhile, claimed and emitted (ledger/web/taking.py)  4. acknowledged, and only
then shown as done. What was put in comes back with every error. Must never name a person: the effect is numbers. Sources: docs/policies.md sections
4 and 8; docs/acts.md; OWASP ASVS 5.0 2.3.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from ledger.adapters.kafka_register import Registered
from ledger.adapters.postgres_claims import Place
from ledger.answers.shapes import as_json
from ledger.contract.json_form import from_json, to_json
from ledger.contract.term_names import Language
from ledger.core.policy import Policy
from ledger.core.rules import Rules
from ledger.errors import LedgerError
from ledger.policies.checks import PolicyFileError
from ledger.policies.files import FILE_BYTES_MAX, CompiledPolicy, compile_policy
from ledger.policies.publishing import decoded_event, policy_event, stands_already
from ledger.sdk.emit import Emitter
from ledger.sdk.event_ids import id_bytes, id_text
from ledger.topics import REGISTER
from ledger.web.event_bodies import Item, digest_of, require_fit
from ledger.web.gate import principal_of
from ledger.web.ingest import ClaimsPool
from ledger.web.limits import alone
from ledger.web.pages import policy_shown
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.looked_again import is_sealed, seal_of
from ledger.web.pages.policy_effect import why_nothing
from ledger.web.pages.rendering import language_of, legal_day
from ledger.web.persons import SOURCE
from ledger.web.policies import PEOPLE_LOOKED_AT, WALKING
from ledger.web.problems import Problem, not_known, problem_of
from ledger.web.roles import Principal
from ledger.web.taking import DEADLINE_SECONDS, Accepted, Taking

FILE: Final = "policy.yaml"
_MADE: Final = ("salt", "occurred_at")

Published = Callable[[], Sequence[Registered]]
"""Every PolicyPublished on the register, in its order, as Kafka has it now. Raises: DependencyError."""


class Given(NamedTuple):
    """What a form has said. step: look, publish or back. text: the bytes of the file. basis, seal: of what was looked at."""

    step: str
    text: bytes
    basis: str = ""
    seal: str = ""


class Made(NamedTuple):
    """A correct policy and the event it becomes, held against what stands. again: the place in `stands` where it is already."""

    compiled: CompiledPolicy
    item: Item
    stands: list[Registered]
    again: int | None

    @property
    def basis(self) -> str:
        """Which publications of this controller there are."""
        return " ".join(f"{each.offset}:{each.fields['event_id'].hex()}" for each in self.stands)

    def sealed(self, text: bytes, basis: str) -> tuple[str | bytes, ...]:
        """What the seal is on."""
        return "policy", text, basis, self.item.fields["event_id"]


def routes(asking: PageAsking, emitter: Emitter, claims: ClaimsPool, published: Published, walking: threading.Lock) -> APIRouter:
    """The routes of this file. walking: held while all histories are read."""
    router, publishing = APIRouter(), Publishing(asking, emitter, claims, published, walking)

    @router.get("/policies/publish")
    def form(request: Request) -> Response:
        return publishing.form(request)

    @router.post("/policies/publish")
    async def publish(request: Request) -> Response:
        async with request.form() as form:
            file, said = form.get("file"), {name: value for name, value in form.items() if isinstance(value, str)}
            text = await file.read(FILE_BYTES_MAX + 1) if isinstance(file, UploadFile) and file.filename else b""
        return await run_in_threadpool(publishing.step, request, _given(said, text))

    return router


def _given(said: dict[str, str], file: bytes) -> Given:
    """A file goes before what was typed. Browsers send the lines of a field with CRLF, whatever was put in; those of a file as they are."""
    try:
        content = base64.b64decode(said.get("content", ""), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    text = content or file or said.get("text", "").replace("\r\n", "\n").encode("utf-8", "replace")
    return Given(said.get("step", ""), text, said.get("basis", ""), said.get("seal", ""))


class Publishing:
    """Takes a policy through its steps."""

    def __init__(self, asking: PageAsking, emitter: Emitter, claims: ClaimsPool, published: Published, walking: threading.Lock) -> None:
        self._asking, self._emitter, self._claims, self._published = asking, emitter, claims, published
        self._walking, self._acting = walking, threading.Lock()

    def form(self, request: Request, text: bytes = b"", *, wrong: PolicyFileError | None = None, problem: Problem | None = None) -> Response:
        """The form with what was put in, and what is wrong with it."""
        shown = None if problem is None else {"hint": None, "field": None, "rule": None, "event_id": None} | problem.members()
        typed = text.decode("utf-8", "replace") if len(text) <= FILE_BYTES_MAX else ""
        return self._asking.pages.page(
            request, "policy_form.html", 503 if problem and problem.status == 503 else 200, text=typed, problem=shown,
            mistakes=policy_shown.mistakes(wrong, typed) if wrong else [],
        )  # fmt: skip

    def step(self, request: Request, given: Given) -> Response:
        """What the form asks next: look at it, publish it, or go back to it."""
        if given.step not in ("look", "publish"):
            return self.form(request, given.text)
        try:
            if given.step == "look":
                return self._look(request, given.text, self._made(principal_of(request), given.text))
            with alone(self._acting, "another policy is being published", DEADLINE_SECONDS):  # or two would not see each other
                return self._publish(request, given)
        except PolicyFileError as error:
            return self.form(request, given.text, wrong=error)
        except LedgerError as error:
            return self.form(request, given.text, problem=problem_of(error))
        except Problem as problem:
            return self.form(request, given.text, problem=problem)

    def _made(self, principal: Principal, text: bytes) -> Made:
        """Raises: PolicyFileError; Problem, nothing given or out of reach; RefusedError, as `stands_already`; DependencyError."""
        if not text.strip():
            raise Problem(422, "expected a policy, got nothing", hint="choose a file, or paste its text")
        compiled = compile_policy(text, file=FILE)
        controller = compiled.policy.controller
        if not principal.may_see(controller):
            raise Problem(not_known().status, not_known().detail, field="controller")
        event = policy_event(compiled)
        fields = to_json("PolicyPublished", event | {"event_id": id_bytes(event["event_id"])}) | {"source": SOURCE, "actor": principal.actor}
        type_name, raw = from_json(fields, may_lack=_MADE)
        item = Item(type_name, raw, digest_of(type_name, raw))
        require_fit(item)
        stands = [each for each in self._published() if each.fields["controller"] == controller]
        return Made(compiled, item, stands, stands_already(event, [each.fields for each in stands]))

    def _look(self, request: Request, text: bytes, made: Made, notice: str = "") -> Response:
        """What publishing it would do. notice: why it is shown again."""
        if made.again is not None:
            return self._done(request, made, _receipt(made.stands[made.again]))
        language: Language = "nl" if language_of(request) == "nl" else "en"
        new, old = made.compiled.policy, _in_force(made)
        effect = self._effect(principal_of(request), made)
        return self._asking.pages.page(
            request, "policy_look.html", policy=new, earlier=old, notice=notice, effect=effect,
            changes=policy_shown.changes(old[0] if old else None, new, language), gaps=policy_shown.gaps(old[0] if old else None, new, language),
            lines=policy_shown.line_changes(old[1], made.compiled.text) if old else None, text=made.compiled.text, sha256=made.compiled.sha256,
            remarks=policy_shown.remarks(new), explained=policy_shown.explained(new, language), content=base64.b64encode(text).decode(),
            why_nothing=why_nothing(old[0] if old else None, new, effect, legal_day(effect["freshness"]["time_reached"])),
            basis=made.basis, seal=seal_of(request, *made.sealed(text, made.basis)),
        )  # fmt: skip

    def _effect(self, principal: Principal, made: Made) -> dict[str, Any]:
        """Numbers of what it would change, and how they sum up; nobody is named."""
        event = decoded_event(made.compiled)
        with alone(self._walking, WALKING), self._asking.replying.query(principal, None, None) as query:
            found = as_json(query.effect(event, sample=PEOPLE_LOOKED_AT))
        counts = found["holding_counts"]
        return {name: value for name, value in found.items() if name not in ("changed_holdings", "changed_verdicts")} | {
            "by_kind": {kind: sum(each["holdings"] for each in counts if each["kind"] == kind) for kind in ("EARLIER", "LATER", "GAINS", "LOSES")},
            "at_once": sum(each["at_once"] for each in counts),
        }

    def _publish(self, request: Request, given: Given) -> Response:
        made = self._made(principal_of(request), given.text)
        if made.again is not None:
            return self._done(request, made, _receipt(made.stands[made.again]))
        if not is_sealed(request, given.seal, *made.sealed(given.text, given.basis)):
            return self._look(request, given.text, made, "unsealed")
        if made.basis != given.basis:
            return self._look(request, given.text, made, "moved")
        with self._claims() as lent:
            answer = Taking(self._emitter, lent).take([made.item])[0]
        if isinstance(answer, Problem):
            return self.form(request, given.text, problem=answer)
        return self._done(request, made, answer)

    def _done(self, request: Request, made: Made, receipt: Accepted) -> Response:
        return self._asking.pages.page(request, "policy_done.html", policy=made.compiled.policy, receipt=receipt)


def _in_force(made: Made) -> tuple[Policy, str] | None:
    """The policy that would be in force on the day on which this one begins, and its text; as `ledger policy diff` compares."""
    rules, texts = Rules(ZoneInfo), {each.fields["event_id"]: each.fields["text"] for each in made.stands}
    for each in made.stands:
        try:
            rules.apply("PolicyPublished", each.fields)
        except LedgerError:
            continue  # the fold puts it aside too
    found = rules.policy_at(made.compiled.policy.controller, made.compiled.in_force_from)
    return None if found is None else (found.policy, texts[found.event_id])


def _receipt(stands: Registered) -> Accepted:
    """As if it had just been published."""
    recorded_at = datetime.fromtimestamp(stands.recorded_at / 1e6, UTC)
    return Accepted(id_text(stands.fields["event_id"]), Place(REGISTER, 0, stands.offset, recorded_at), False)
