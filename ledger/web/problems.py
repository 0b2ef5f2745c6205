"""What goes wrong over HTTP, as problem details. Names fields and rules, never a value. Source: RFC 9457; docs/http.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ledger import diagnostics
from ledger.answers.days_come import NotComeError
from ledger.contract.json_form import FieldError, instant_to_text
from ledger.errors import CallerError, DataError, DependencyError, LedgerError, RefusedError
from ledger.replaying.rebuild import Stage
from ledger.sdk.receipts import ClockAheadError, NotAcknowledgedError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
COUNTED_AS: Final = "ledger.counted_as"
"""Key of a request's scope: the word that it counts by, in place of its status."""
NOT_YET: Final = "not_yet"
NOT_COME: Final = "not-come"
"""The rule that what is asked about has come; the pages have words for it."""
_TITLES: Final = {
    400: "The request cannot be read", 401: "Who asks is not known", 403: "This role may not do that", 404: "Nothing is known of that",
    405: "This can not be done here", 406: "There is no such form", 408: "The body came too slowly",
    409: "The same id was used for something else", 412: "It has changed since",
    413: "Too much at once", 415: "Expected JSON", 422: "The request breaks its contract", 429: "Too many requests", 500: "Something is broken here",
    503: "A service behind this one does not answer", 504: "It took too long",
}  # fmt: skip


class Problem(Exception):  # noqa: N818  the name of RFC 9457
    """An answer that is not the one that was asked for. detail: one sentence. more: members beside those of RFC 9457."""

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, headers or {}, more

    def members(self) -> dict[str, Any]:
        """The problem as JSON."""
        more = {name: value for name, value in self.more.items() if value is not None}
        return {"type": "about:blank", "title": _TITLES.get(self.status, "Problem"), "status": self.status, "detail": self.detail} | more

    def response(self) -> Response:
        """The problem as an answer."""
        return Response(orjson.dumps(self.members()), self.status, {"Cache-Control": "no-store"} | self.headers, MEDIA_TYPE)


def not_known() -> Problem:
    """The one answer for what is not there and for what may not be seen: nobody learns which."""
    return Problem(404, "nothing is known of that, or it is not in reach")


def unavailable(detail: str, hint: str | None = None) -> Problem:
    """A service behind this one is away: ask again."""
    return Problem(503, detail, headers={"Retry-After": str(RETRY_SECONDS)}, hint=hint)


def too_long(hint: str | None = None) -> Problem:
    """A service behind this one hangs, or it was asked for too much: ask again, and for less."""
    return Problem(504, "no answer within the time", headers={"Retry-After": str(RETRY_SECONDS)}, hint=hint)


class BeingWorkedOut(Problem):
    """The ledger as of a moment is being worked out: ask again. on: the moment, microseconds; is_place: what was known at a place, too."""

    def __init__(self, stage: Stage, on: int | None, *, is_place: bool) -> None:
        """Says how far it is, and nothing of what others ask."""
        super().__init__(
            503, "the ledger as of then is still being worked out", headers={"Retry-After": str(RETRY_SECONDS)},
            title="Not worked out yet", hint="the same question after Retry-After seconds", rule="as-of-then",
            records_folded=stage.done, records_to_fold=stage.total,
        )  # fmt: skip
        self.on, self.is_place = None if on is None else instant_to_text(on), is_place
        self.percent = 0 if not stage.total else min(99, 100 * stage.done // stage.total)


def problem_of(error: LedgerError) -> Problem:
    """Our own errors by who must act."""
    if isinstance(error, FieldError):
        return Problem(422, str(error), event=error.event, field=error.field, rule=error.rule, hint=error.hint)
    if isinstance(error, NotAcknowledgedError):
        return Problem(503, str(error), headers={"Retry-After": str(RETRY_SECONDS)}, hint=error.hint, event_id=error.event_id)
    if isinstance(error, ClockAheadError):
        return Problem(422, str(error), hint=error.hint, event_id=error.event_id)
    if isinstance(error, DependencyError):
        return unavailable(str(error), error.hint)
    if isinstance(error, RefusedError):
        return Problem(409, str(error), hint=error.hint)
    if isinstance(error, NotComeError):
        return Problem(422, str(error), field=error.field, rule=NOT_COME, latest=error.latest.isoformat(), hint=error.hint)
    if isinstance(error, CallerError):
        return Problem(422, str(error), field=error.field, hint=error.hint)
    if isinstance(error, DataError):
        return Problem(422, str(error), hint=error.hint)
    # The installation is damaged: the caller learns that, the operator the rest.
    diagnostics.logger("web").error("request_failed", error=type(error).__name__, frames=diagnostics.frames_of(error))
    return unavailable("the ledger cannot answer now; its operator must look")


def problem_from(error: Exception) -> Problem:
    """Whatever a route raised, as a problem."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, LedgerError):
        return problem_of(error)
    if isinstance(error, RequestValidationError):
        return of_validation(error)
    if isinstance(error, HTTPException):
        return Problem(error.status_code, _TITLES.get(error.status_code, "it cannot be done").lower(), headers=dict(error.headers or {}))
    return problem_of_bug(error)


Show = Callable[[Request, Problem], Response]
"""A problem as an answer to who asked."""


def as_json(_: Request, problem: Problem) -> Response:
    """For programs."""
    return problem.response()


def as_asked(page: Show) -> Show:
    """page: for a browser. A program gets JSON."""

    def show(request: Request, problem: Problem) -> Response:
        is_browser = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers  # htmx accepts anything
        wants_page = is_browser and not request.url.path.startswith("/v1/")
        return page(request, problem) if wants_page else problem.response()

    return show


def handler(show: Show) -> Callable[[Request, Exception], Response]:
    """What the application does with an error."""

    def answer(request: Request, error: Exception) -> Response:
        problem = problem_from(error)
        if isinstance(problem, BeingWorkedOut):  # nothing is wrong, so it does not count as an error of ours
            request.scope[COUNTED_AS] = NOT_YET
        return show(request, problem)

    return answer


def problem_of_bug(error: Exception) -> Problem:
    """What nobody raised on purpose: the operator learns where, the caller that it was not their fault."""
    diagnostics.logger("web").error("request_failed", error=type(error).__name__, frames=diagnostics.frames_of(error))
    return Problem(500, "the request failed here; nothing was done half")


def of_validation(error: RequestValidationError) -> Problem:
    """The first field that does not fit; pydantic's own text without its input."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"] if part not in ("query", "body", "path", "header")]
    if first["type"] == "extra_forbidden":  # its name is the caller's, and may be anything
        return Problem(422, "expected the fields that this takes, got one more", field="*", rule="extra_forbidden")
    field = ".".join(where) or "*"
    return Problem(422, f"cannot read {field}: {str(first['msg']).lower()}", field=field, rule=str(first["type"]))
