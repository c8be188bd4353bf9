"""What may be kept by browsers and by caches on the way."""

from __future__ import annotations

from flask import Response


def keep_private(response: Response) -> Response:
    """What is shown to one person is kept by nobody."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
