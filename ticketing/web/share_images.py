"""The pictures that are shown where somebody shares an event or an organizer.

Each is drawn once and kept below ``MEDIA_ROOT`` under a fingerprint of what is on it: nobody can have more
drawn than there is to show, and no more than one at a time.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from dataclasses import astuple
from pathlib import Path
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request

from ticketing import policy
from ticketing.documents.share_image import HEIGHT, VERSION, WIDTH, ShareImage, share_image
from ticketing.errors import NotFound, Unavailable
from ticketing.models import Event, Organization
from ticketing.policy import Permission
from ticketing.queries import catalog, feeds
from ticketing.services import pictures
from ticketing.web.actor import current_actor
from ticketing.web.display import full_moment
from ticketing.web.links import event_url

log = structlog.get_logger(__name__)
bp = Blueprint("share_images", __name__)

_FOLDER = "share"
_KEPT_SECONDS = 3600
#: A drawing takes a fifth of a second; who waits longer than this is in a crowd and comes again.
_PATIENCE = 5.0
_drawing = threading.BoundedSemaphore(1)


@bp.get("/events/<slug:slug>/share.png")
def event(slug: str) -> Response:
    """The picture of a published event."""
    found = catalog.get_event(slug)
    policy.require(current_actor(), Permission.EVENT_SEE, found)
    if found.is_draft:
        raise NotFound("event")
    return _answer(found.uuid, *_of_event(found))


@bp.get("/o/<slug:organizer>/share.png")
def organizer(organizer: str) -> Response:
    """The picture of an organizer whom the public knows."""
    found = feeds.get_organizer(organizer)
    return _answer(found.uuid, *_of_organizer(found))


def share_url(shown: Event | Organization) -> str:
    """The address of the picture, which changes when the picture does."""
    if isinstance(shown, Event):
        path, (image, cover) = event_url(shown.slug), _of_event(shown)
    else:
        path, (image, cover) = f"{request.root_path}/o/{shown.slug}", _of_organizer(shown)
    return f"{path}/share.png?v={_fingerprint(image, cover)[:10]}"


GLOBALS = {"share_url": share_url, "share_size": (WIDTH, HEIGHT)}


def _of_event(event: Event) -> tuple[ShareImage, str]:
    """What is on it, and the name of its cover; always in the house's language, so that there is one."""
    from ticketing.web import SITE_NAME

    locale = current_app.config["BABEL_DEFAULT_LOCALE"]
    where = ", ".join(filter(None, (event.venue.name, event.venue.city)))
    lines = (full_moment(event.starts_at, event.timezone, locale), where)
    cover = event.banner_image or event.thumbnail_image or ""
    # Pictures that lie elsewhere are not fetched.
    is_ours = not cover.startswith(("https://", "http://", "/"))
    return ShareImage(event.title, lines, SITE_NAME, event.organization.accent), cover if is_ours else ""


def _of_organizer(organization: Organization) -> tuple[ShareImage, str]:
    from ticketing.web import SITE_NAME

    return ShareImage(organization.name, (), SITE_NAME, organization.accent), ""


def _fingerprint(image: ShareImage, cover: str) -> str:
    return hashlib.sha256(repr((VERSION, astuple(image), cover)).encode()).hexdigest()[:32]


def _answer(key: UUID, image: ShareImage, cover: str) -> Response:
    fingerprint = _fingerprint(image, cover)
    answer = current_app.response_class(_kept(key, fingerprint, image, cover), mimetype="image/png")
    answer.cache_control.public, answer.cache_control.max_age = True, _KEPT_SECONDS
    answer.set_etag(fingerprint)
    answer.make_conditional(request)
    return answer


def _kept(key: UUID, fingerprint: str, image: ShareImage, cover: str) -> bytes:
    """The picture from the disk, drawn before if need be.

    :raises Unavailable: others have theirs drawn, and it takes long.
    """
    path = Path(current_app.config["MEDIA_ROOT"]) / _FOLDER / f"{key}-{fingerprint}.png"
    if (content := _read(path)) is not None:
        return content
    if not _drawing.acquire(timeout=_PATIENCE):
        raise Unavailable("This picture is being drawn. Please try again in a moment.")
    try:
        if (content := _read(path)) is not None:
            return content
        data = pictures.read(cover or None)
        content = share_image(ShareImage(image.title, image.lines, image.site, image.accent, data))
        _keep(path, content, key)
        return content
    finally:
        _drawing.release()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep(path: Path, content: bytes, key: UUID) -> None:
    """Under its name there is the whole file or none; what the event looked like before goes."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(part).replace(path)
        for other in path.parent.glob(f"{key}-*.png"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        # It is drawn anew next time.
        log.warning("share_image_not_kept", error=str(error))
