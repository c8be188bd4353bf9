"""The blueprint that the door's modules bind their routes to."""

from __future__ import annotations

from flask import Blueprint

from ticketing.web.caching import keep_private

PREFIX = "/checkin"

bp = Blueprint("door", __name__, url_prefix=PREFIX)
bp.after_request(keep_private)
