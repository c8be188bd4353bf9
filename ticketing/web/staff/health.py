"""How the house runs, in figures that somebody on call reads first."""

from __future__ import annotations

from flask import render_template

from ticketing.queries import running
from ticketing.web.actor import current_actor
from ticketing.web.staff import words
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import address


@bp.get("/health", strict_slashes=False)
def health() -> str:
    """Versions, queues and room."""
    seen = running.look(current_actor())
    return render_template("staff/health.html", seen=seen, figures=figures_of(seen), words=words)


def figures_of(seen: running.Running) -> list[tuple[str, running.Depth, str, str]]:
    """Each figure: its name, the depth, where to look at it, and a tone where it asks for somebody."""
    outbox = seen.outbox

    def late(depth: running.Depth) -> str:
        return "bad" if depth.is_late else ""

    def any_(depth: running.Depth) -> str:
        return "warn" if depth.number else ""

    names = words.figures()
    found = (
        ("outbox_queued", outbox["queued"], address("staff.outbox", state="queued"), late),
        ("outbox_sending", outbox["sending"], address("staff.outbox", state="sending"), None),
        ("outbox_planned", outbox["planned"], address("staff.outbox", state="planned"), None),
        ("outbox_failed", outbox["failed"], address("staff.outbox", state="failed"), any_),
        ("inbox_waiting", seen.inbox_waiting, address("staff.webhooks", state="waiting"), late),
        ("inbox_given_up", seen.inbox_given_up, address("staff.webhooks", state="given_up"), any_),
        ("holds_overdue", seen.holds_overdue, "", late),
        ("payments_long_open", seen.payments_long_open, "", any_),
        ("payments_in_review", seen.payments_in_review, address("staff.webhooks", outcome="review"), any_),
    )
    return [(names[name], depth, href, tone(depth) if tone else "") for name, depth, href, tone in found]
