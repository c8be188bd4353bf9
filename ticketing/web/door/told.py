"""Reading what a scanner tells: JSON of whatever shape becomes scans, or a refusal that names the field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from flask import current_app, request

from ticketing.errors import Invalid, NotAllowed
from ticketing.models.tickets import ADMITTED, ENTRY, EXIT, LEFT, REFUSED
from ticketing.services.checkin import MOST_AT_ONCE, Scan
from ticketing.web.door.standing import Door
from ticketing.web.forms import clean

#: Any QR can be held before a camera; more than fits into one is no scan.
_LONGEST_CODE = 4296
_LARGEST_BODY = 4_000_000
#: No scan is older; what a broken clock says before could not be counted in days.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def require_own_page() -> None:
    """Go on only if no foreign page is behind a call that a browser signs with its cookie. No token is asked
    for: a page that a service worker kept would bring a stale one.

    :raises NotAllowed: one is.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        is_own = request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
    else:
        is_own = origin.lower() in _own_origins()
    if not is_own:
        raise NotAllowed("Requests from this origin are not allowed to use your session.")


def _own_origins() -> set[str]:
    own = {request.host_url.rstrip("/").lower()}
    if public := current_app.config["PUBLIC_BASE_URL"]:
        parts = urlsplit(public)
        own.add(f"{parts.scheme}://{parts.netloc}".lower())
    return own


def said() -> dict[str, Any]:
    """The body of a call: a JSON object, and called so.

    :raises Invalid: it is something else.
    """
    if not request.is_json:
        raise Invalid("not_json", "Send JSON.")
    request.max_content_length = _LARGEST_BODY
    try:
        found = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise Invalid("malformed_json", "This is no JSON.") from error
    return _object(found)


def scan_of(door: Door, found: Any) -> Scan:
    """One scan. Gate and device are the pass's where there is one.

    :raises Invalid: it names neither a code nor a ticket, or some field does not fit.
    """
    given = _object(found)
    ticket, code = _uuid(given, "ticket"), _text(given, "code", _LONGEST_CODE)
    if (ticket is None) == (not code.strip()):
        raise Invalid("nothing_scanned", "Send a code, or a ticket.", field="code")
    return Scan(
        code=code,
        ticket=ticket,
        direction=_one_of(given, "direction", (ENTRY, EXIT)) or ENTRY,
        gate=door.gate if door.scanner is not None else clean(_text(given, "gate", 60)),
        device=door.device,
        scan_id=_uuid(given, "scan_id"),
        scanned_at=_moment(given, "scanned_at"),
        claimed=_one_of(given, "claimed", (ADMITTED, REFUSED, LEFT)),
    )


def scans_of(door: Door, given: dict[str, Any]) -> list[Scan]:
    """Several scans.

    :raises Invalid: there is no list of them, it is too long, or one of them does not fit.
    """
    found = given.get("scans")
    if not isinstance(found, list):
        raise Invalid("invalid", "Send a list of scans.", field="scans")
    if len(found) > MOST_AT_ONCE:
        raise Invalid("too_many", f"Send at most {MOST_AT_ONCE} scans at once.", field="scans")
    return [scan_of(door, each) for each in found]


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise Invalid("not_an_object", "Send a JSON object.")
    return found


def _text(given: dict[str, Any], name: str, longest: int) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise Invalid("invalid", f"This is a text of at most {longest} characters.", field=name)
    return value


def _one_of(given: dict[str, Any], name: str, words: Sequence[str]) -> str:
    value = given.get(name)
    if value is None or value == "":
        return ""
    if value not in words:
        raise Invalid("invalid", f"This is one of: {', '.join(words)}.", field=name)
    return str(value)


def _uuid(given: dict[str, Any], name: str) -> UUID | None:
    text = _text(given, name, 36)
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("invalid", "This is no UUID.", field=name) from error


def _moment(given: dict[str, Any], name: str) -> datetime | None:
    text = _text(given, name, 40)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("without its zone")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("invalid", "This is no moment with its time zone.", field=name) from error
    if moment < _EARLIEST:
        raise Invalid("invalid", "Nothing was scanned then.", field=name)
    return moment
