"""Where the pages about an organization hang."""

from __future__ import annotations

from flask import Blueprint

from ticketing.web.caching import keep_private

bp = Blueprint("organizer_organization", __name__, url_prefix="/organizer/organizations")
bp.after_request(keep_private)
