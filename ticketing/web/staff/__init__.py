"""Pages for those who run the house. Nobody else learns that they exist."""

from __future__ import annotations

from ticketing.web.staff import health, messages, people, webhooks
from ticketing.web.staff.activity import readable
from ticketing.web.staff.frame import bp

__all__ = ["bp", "health", "messages", "people", "readable", "webhooks"]
