"""Pages for those who run the house. Nobody else learns that they exist."""

from __future__ import annotations

from ticketing.web.staff import messages, webhooks
from ticketing.web.staff.activity import readable
from ticketing.web.staff.frame import bp

__all__ = ["bp", "messages", "readable", "webhooks"]
