"""Public pictures of events and people, from the folder ``MEDIA_ROOT``."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, current_app, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

bp = Blueprint("media", __name__)

_PICTURES = {".webp", ".jpg", ".jpeg", ".png", ".gif", ".avif"}


@bp.get("/media/<path:name>")
def picture(name: str) -> Response:
    """A stored picture. Nothing but pictures is served from here, whatever lies in the folder."""
    if PurePosixPath(name).suffix.lower() not in _PICTURES or "\x00" in name:
        raise NotFound
    return send_from_directory(current_app.config["MEDIA_ROOT"], name, max_age=86400)
