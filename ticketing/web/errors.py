"""Error pages. Refusals become statuses here, and people get a sentence and a way on."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from ticketing.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refusal,
    TooMany,
    Unavailable,
)
from ticketing.responses import request_id
from ticketing.web.language import translated

_STATUS_OF = (
    (NotFound, 404),
    (NotAllowed, 403),
    (TooMany, 429),
    (Unavailable, 503),
    (Conflict, 409),
    (Invalid, 400),
)


def _words(status: int) -> tuple[str, str]:
    """Title and sentence for a status."""
    known = {
        400: (
            _("That did not work"),
            _("Something in it was not right. Go back and try once more."),
        ),
        403: (_("This is not for you"), _("Your account may not see or do this.")),
        404: (_("Nothing behind this door"), _("The page has moved, or it was never here.")),
        405: (_("Not this way"), _("This address does not take that kind of request.")),
        409: (
            _("Somebody was quicker"),
            _("Things have changed meanwhile. Reload the page and try again."),
        ),
        413: (_("That is too much"), _("What you sent is too large.")),
        429: (_("One moment, please"), _("That was too often in a short time. Wait a little and try again.")),
        503: (_("Please wait a moment"), _("There is a crowd right now. Reload the page in a few seconds.")),
    }
    if status >= 500 and status != 503:
        return _("Something broke, and it was us"), _("We have been told. Please try again in a moment.")
    return known.get(status, known[400])


def error_page(status: int, *, sentence: str = "", title: str = "") -> Response:
    """The page for a status. From 500 on it asks neither database nor session: they may be what broke."""
    usual_title, usual_sentence = _words(status)
    known: dict[str, Any] = {
        "status": status,
        "title": title or usual_title,
        "sentence": sentence or usual_sentence,
        "request_id": request_id() if status >= 500 else None,
    }
    if status >= 500:
        page = current_app.jinja_env.get_template("errors/bare.html").render(known)
    else:
        page = render_template("errors/page.html", **known)
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def answer_refusal(refusal: Refusal) -> Any:
    """A refusal that no view has caught: sign in first, or a page that says why."""
    if isinstance(refusal, NotSignedIn):
        if "HX-Request" in request.headers:
            # A page that stood open when its session ended opens anew as a whole.
            return current_app.response_class(status=204, headers={"HX-Refresh": "true"})
        onward = request.full_path.rstrip("?")
        return redirect(url_for("account.sign_in", next=onward), 303)
    status = next((status for kind, status in _STATUS_OF if isinstance(refusal, kind)), 400)
    answer = error_page(status, sentence="" if status in (404, 503) else translated(refusal.sentence))
    if isinstance(refusal, Unavailable | TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def answer_http_error(error: HTTPException) -> Any:
    """Werkzeug's own errors, with their headers (Allow, Retry-After) kept."""
    if error.code is None or error.code < 400:
        return error.get_response()
    if isinstance(error, CSRFError):
        return error_page(
            400,
            title=_("This form has expired"),
            sentence=_("It was open for too long, or in another session. Go back, reload and send it again."),
        )
    answer = error_page(error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def answer_failure(error: Exception) -> Any:
    """A database that does not answer, or a bug: logged with its traceback, and hidden."""
    current_app.logger.error("unhandled error", exc_info=error)
    if isinstance(error, PoolTimeout | OperationalError | InterfaceError):
        return answer_refusal(Unavailable())
    return error_page(InternalServerError.code)


def init_errors(app: Flask) -> None:
    """Give every page that is not part of the API its error pages."""
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_failure)
