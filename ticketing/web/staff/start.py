"""Where staff begins: how the house runs, and which rooms there are."""

from __future__ import annotations

from flask import render_template

from ticketing.policy import Permission, allows
from ticketing.queries import running
from ticketing.web.actor import current_actor
from ticketing.web.staff import words
from ticketing.web.staff.frame import bp, rooms_of
from ticketing.web.staff.health import figures_of


@bp.get("/")
def index() -> str:
    """What waits, for whoever may see that, and the way to each room."""
    actor = current_actor()
    may_see = allows(actor, Permission.HEALTH_SEE)
    return render_template(
        "staff/index.html",
        figures=figures_of(running.look(actor)) if may_see else [],
        rooms=rooms_of(actor),
        words=words,
    )
