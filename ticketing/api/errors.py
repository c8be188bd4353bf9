"""One error body for every documented client: a union of what each of them looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, request
from marshmallow import fields
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from ticketing.api.fields import Out
from ticketing.errors import (
    Conflict,
    GatewayDown,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refusal,
    SoldOut,
    TooMany,
    Unavailable,
)
from ticketing.responses import request_id
from ticketing.services.throttle import Count

PREFIX = "/api/"
#: The first kind that fits decides; every other refusal is a 400.
_STATUS_OF: tuple[tuple[type[Refusal], int], ...] = (
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooMany, 429),
    (GatewayDown, 502),
    (Unavailable, 503),
)
_TITLES = {
    400: "Invalid request",
    401: "Not authenticated",
    403: "Permission denied",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Request too large",
    429: "Too many requests",
    500: "Server error",
    502: "Payment provider unavailable",
    503: "Temporarily unavailable",
}


class ErrorOut(Out):
    """Why nothing was done. Each field that is to blame also stands at the top level, under its own name; so
    does what may help: how many tickets are `available`, how an order stands (`status`, `current_status`),
    or which `ticket` was not let in (`success` false)."""

    error = fields.String(metadata={"description": "A short title.", "example": "Sold out"})
    code = fields.String(metadata={"description": "For programs; it never changes.", "example": "sold_out"})
    detail = fields.String(metadata={"example": "Only 3 tickets available for 'VIP'"})
    message = fields.String(metadata={"description": "The same as `detail`."})
    status_code = fields.Integer(metadata={"example": 400})
    field_errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Sentences by field; `non_field_errors` for the request as a whole."},
    )
    details = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "The same as `field_errors`."},
    )
    request_id = fields.String(metadata={"description": "On 500 and above.", "x-optional": True})


@contextmanager
def fields_called(names: Mapping[str, str]) -> Iterator[None]:
    """Refusals from inside name fields as the caller does: ``{our name: theirs}``."""
    try:
        yield
    except Refusal as refusal:
        refusal.fields = {names.get(field, field): told for field, told in refusal.fields.items()}
        raise


def envelope(
    status: int,
    code: str,
    sentence: str,
    wrong: dict[str, list[str]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of an error answer; ``wrong`` are sentences by field. ``more`` stands beside them; ``error``
    in it is the title."""
    wrong, more = wrong or {}, more or {}
    known: dict[str, Any] = {
        "error": more.get("error") or _TITLES.get(status, "Error"),
        "code": code,
        "detail": sentence,
        "message": sentence,
        "status_code": status,
        "field_errors": wrong,
        "details": wrong,
    }
    if status >= 500:
        known["request_id"] = request_id()
    return {**wrong, **more, **known}


def answer_refusal(refusal: Refusal) -> Response:
    """A refusal in the union form, with its kind's status and headers."""
    status = next((status for kind, status in _STATUS_OF if isinstance(refusal, kind)), 400)
    title = {"error": "Sold out"} if isinstance(refusal, SoldOut) else {}
    answer = _answer(
        envelope(status, refusal.code, refusal.sentence, refusal.fields, title | refusal.details)
    )
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, Unavailable | TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, TooMany):
        g.api_count = Count(refusal.limit, 0, refusal.reset)
    return answer


def answer_http_error(error: HTTPException) -> Any:
    """Werkzeug's own errors, with the headers that belong to them (Allow, Retry-After) kept."""
    if error.code is None or error.code < 400:
        return error.get_response()
    code = _TITLES.get(error.code, error.name).lower().replace(" ", "_")
    answer = _answer(envelope(error.code, code, _sentence(error)))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def answer_failure(error: Exception) -> Response:
    """A database that does not answer, or a bug: logged with its traceback, and hidden."""
    current_app.logger.error("unhandled error", exc_info=error)
    if isinstance(error, PoolTimeout | OperationalError | InterfaceError):
        return answer_refusal(Unavailable())
    return _answer(envelope(500, "server_error", "Something broke on our side. It has been noted."))


def _sentence(error: HTTPException) -> str:
    if error.code == 404:
        return "There is nothing at this URL."
    if error.code == 405:
        return f'Method "{request.method}" not allowed.'
    return error.description or error.name


def _answer(known: dict[str, Any]) -> Response:
    answer = jsonify(known)
    answer.status_code = known["status_code"]
    answer.headers["Cache-Control"] = "no-store"
    return answer


def init_errors(app: Flask) -> None:
    """Answer errors below ``/api/`` here, and leave all others to whoever answered them before."""
    for kind, ours in (
        (Refusal, answer_refusal),
        (HTTPException, answer_http_error),
        (Exception, answer_failure),
    ):
        before = app.error_handler_spec[None][None].get(kind)
        app.register_error_handler(kind, _by_path(ours, before))


def _by_path(ours: Callable[[Any], Any], theirs: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    def answer(error: Exception) -> Any:
        if request.path.startswith(PREFIX):
            return ours(error)
        if theirs is None:
            raise error
        return theirs(error)

    return answer
