"""The calls of the scanner page's script: JSON in, JSON out, refusals as ``{"code", "message"}``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, current_app, jsonify, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from ticketing.errors import Conflict, NotAllowed, NotFound, NotSignedIn, Refusal, TooMany, Unavailable
from ticketing.extensions import csrf
from ticketing.queries import door as reading
from ticketing.services import checkin
from ticketing.services.checkin import lists
from ticketing.web.door import answers, told
from ticketing.web.door.blueprint import bp
from ticketing.web.door.standing import Door, PassEnded, door_of, take_pass_back
from ticketing.web.errors import answer_failure
from ticketing.web.forms import clean
from ticketing.web.language import translated

_STATUS_OF: tuple[tuple[type[Refusal], int], ...] = (
    (PassEnded, 401),
    (NotSignedIn, 401),
    (NotFound, 404),
    (NotAllowed, 403),
    (TooMany, 429),
    (Unavailable, 503),
    (Conflict, 409),
)


def call(view: Callable[..., Any]) -> Callable[..., Response]:
    """A call at an event's door: the view gets the door, and what it returns is sent as JSON. No CSRF token
    is asked for; foreign pages are refused instead."""

    @csrf.exempt
    @functools.wraps(view)
    def answering(event: UUID, **asked: Any) -> Response:
        try:
            if request.method == "POST":
                told.require_own_page()
            found = view(door_of(event), **asked)
            return found if isinstance(found, Response) else jsonify(found)
        except Refusal as refusal:
            answer = _refused(refusal)
            return take_pass_back(answer, event) if isinstance(refusal, PassEnded) else answer
        except HTTPException as error:
            code = "too_large" if error.code == 413 else "bad_request"
            return _problem(error.code or 400, code, error.description or "")
        except Exception as error:
            return _problem(answer_failure(error).status_code, "failed", _("Please try again in a moment."))

    answered: Callable[..., Response] = answering
    return answered


def _refused(refusal: Refusal) -> Response:
    status = next((status for kind, status in _STATUS_OF if isinstance(refusal, kind)), 400)
    words = {
        "pass_ended": _("This scanner link has ended, or was taken back."),
        "not_authenticated": _("Sign in, or open your scanner link once more."),
        "not_json": translated(refusal.sentence),
    }
    answer = _problem(
        415 if refusal.code == "not_json" else status,
        refusal.code,
        words.get(refusal.code, translated(refusal.sentence)),
    )
    if isinstance(refusal, Unavailable | TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _problem(status: int, code: str, message: str) -> Response:
    answer = jsonify({"code": code, "message": message})
    answer.status_code = status
    return answer


@bp.post("/<uuid:event>/scans")
@call
def scan(door: Door) -> dict[str, Any]:
    """Let the holder of a ticket in, or out, or neither."""
    asked = told.scan_of(door, told.said())
    scanned = checkin.scan(door.actor, door.event.id, asked, door.gate_types)
    return answers.answer_to(door, scanned)


@bp.post("/<uuid:event>/scans/sync")
@call
def sync(door: Door) -> dict[str, Any]:
    """Take in what a device has decided while it had no network."""
    asked = told.scans_of(door, told.said())
    scanned = checkin.sync(door.actor, door.event.id, asked, door.gate_types)
    return {"results": answers.synced(door, asked, scanned)}


@bp.post("/<uuid:event>/scans/<int:check_in>/undo")
@call
def undo(door: Door, check_in: int) -> dict[str, Any]:
    """Take an admission back."""
    return answers.answer_to(door, checkin.undo(door.actor, door.event.id, check_in))


@bp.get("/<uuid:event>/counts")
@call
def counts(door: Door) -> dict[str, Any]:
    """How many are in, of how many."""
    return answers.present_counts(door.counts)


@bp.get("/<uuid:event>/search")
@call
def search(door: Door) -> dict[str, Any]:
    """Tickets by a name or a number, for who cannot show a code."""
    found = reading.search(door.event.id, clean(request.args.get("q")))
    return {"tickets": [answers.present_found(door, row) for row in found]}


@bp.get("/<uuid:event>/recent")
@call
def recent(door: Door) -> dict[str, Any]:
    """What this device scanned last."""
    return {"scans": answers.recent(door)}


@bp.get("/<uuid:event>/list")
@call
def offline_list(door: Door) -> Response:
    """The signed list for the time without a network; 304 where the device has this one."""
    edition = lists.edition(door.wanted)
    if _has(edition.tag):
        answer = current_app.response_class(status=304)
    else:
        answer = current_app.response_class(lists.write(door.wanted, edition), mimetype=lists.MEDIA_TYPE)
    answer.set_etag(edition.tag)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _has(tag: str) -> bool:
    """Whether the device names this edition, as it is or as it was compressed (``tag:br``)."""
    return any(given.split(":")[0] == tag for given in request.if_none_match.as_set())
