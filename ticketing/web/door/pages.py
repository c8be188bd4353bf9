"""The door's pages: choosing an event, and the scanner, which also works without JavaScript."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as AnyResponse

from ticketing.errors import Invalid
from ticketing.queries import door as reading
from ticketing.responses import CONTENT_SECURITY_POLICY
from ticketing.services import checkin
from ticketing.services.checkin import lists
from ticketing.web.actor import current_actor
from ticketing.web.door import answers, told
from ticketing.web.door.blueprint import PREFIX, bp
from ticketing.web.door.entering import closed_page
from ticketing.web.door.standing import Door, PassEnded, door_of, take_pass_back
from ticketing.web.forms import clean
from ticketing.web.language import translated

#: The reader of codes is WebAssembly; the page keeps itself with a service worker.
_POLICY = (
    CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
    + "; worker-src 'self'"
)
_PERMISSIONS = "camera=(self), microphone=(), geolocation=(), payment=()"
#: Stands in an address for the number of a scan.
_MARK = "{id}"
_MOST_DIGITS = 19


@bp.errorhandler(PassEnded)
def _pass_has_ended(_refusal: PassEnded) -> AnyResponse:
    page = closed_page(
        _("This scanner has ended"),
        _("Its link was taken back, or the event is over. Ask for a new one."),
    )
    event = (request.view_args or {}).get("event")
    return take_pass_back(page, event) if isinstance(event, UUID) else page


@bp.get("/")
@login_required
def index() -> str:
    """The events where the visitor may scan, the next first."""
    return render_template("door/index.html", events=reading.events_of(current_actor()))


@bp.get("/worker.js")
def worker() -> Response:
    """The service worker: it may look after all of the door's pages, and is asked for anew each time."""
    answer = current_app.send_static_file("js/door/worker.js")
    answer.mimetype = "text/javascript"
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Service-Worker-Allowed"] = f"{request.root_path}{PREFIX}/"
    return answer


@bp.get("/<uuid:event>/")
def scanner(event: UUID) -> AnyResponse:
    """The scanner page of an event."""
    return _page(door_of(event))


@bp.post("/<uuid:event>/")
def scan_by_form(event: UUID) -> AnyResponse:
    """A scan of a typed code or a picked ticket, or taking one back, without JavaScript."""
    door = door_of(event)
    try:
        return _page(door, _done(door))
    except Invalid as refusal:
        return _page(door, problem=translated(refusal.sentence))


def _done(door: Door) -> dict[str, Any]:
    given = {name: clean(value) for name, value in request.form.items()}
    if number := given.get("undo", ""):
        check_in = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else 0
        scanned = checkin.undo(door.actor, door.event.id, check_in)
    else:
        scanned = checkin.scan(door.actor, door.event.id, told.scan_of(door, given), door.gate_types)
    return answers.answer_to(door, scanned)


def _page(door: Door, answer: dict[str, Any] | None = None, problem: str = "") -> AnyResponse:
    q = clean(request.values.get("q"))
    counts = answers.present_counts(door.counts)
    found = [answers.present_found(door, row) for row in reading.search(door.event.id, q)]
    page = render_template(
        "door/scanner.html",
        event=door.event,
        scanner=door.scanner,
        gate=door.gate,
        counts=counts,
        answer=answer,
        problem=problem,
        found=found,
        q=q,
        #: A page that is sent twice scans once.
        scan_id=str(uuid4()),
        settings=settings(door, counts),
    )
    shown = make_response(page, 400 if problem else 200)
    shown.headers["Content-Security-Policy"] = _POLICY
    shown.headers["Permissions-Policy"] = _PERMISSIONS
    shown.headers["Cache-Control"] = "private, no-cache"
    return shown


def settings(door: Door, counts: dict[str, Any]) -> dict[str, Any]:
    """What the page's script has to know; ``undo`` is an address with ``undo_mark`` for a scan's number."""

    def address(endpoint: str, **more: Any) -> str:
        return url_for(f"door.{endpoint}", event=door.event.uuid, **more)

    return {
        "event": str(door.event.uuid),
        "gate": door.gate,
        "device": door.device,
        "policy": door.event.check_in_policy,
        "allows_exit": door.event.check_in_policy == "multiple_entry",
        "public_key": lists.public_key(),
        "most_at_once": checkin.MOST_AT_ONCE,
        "counts_now": counts,
        "urls": {
            "page": address("scanner"),
            "scans": address("scan"),
            "sync": address("sync"),
            "undo": address("undo", check_in=0).replace("/0/", f"/{_MARK}/"),
            "undo_mark": _MARK,
            "counts": address("counts"),
            "search": address("search"),
            "recent": address("recent"),
            "list": address("offline_list"),
            "worker": url_for("door.worker"),
            "scope": f"{request.root_path}{PREFIX}/",
        },
        "sentences": answers.sentences(),
        "tones": answers.TONES,
    }
