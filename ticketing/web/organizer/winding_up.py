"""How far an event that was called off has come: its orders, and the money on its way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template
from flask_login import login_required

from ticketing.models.payments import REFUND_FAILED, REQUESTED, SUCCEEDED
from ticketing.queries import editing, winding_up
from ticketing.queries.winding_up import Amount
from ticketing.web.actor import current_actor
from ticketing.web.organizer.editor import bp


@bp.get("/<uuid:event>/winding-up", endpoint="winding_up")
@login_required
def page(event: UUID) -> str:
    """Orders that have ended, refunds that have arrived; it looks again by itself until there are no more."""
    actor = current_actor()
    row = editing.to_edit(actor, event)
    found = winding_up.progress(actor, event)
    return render_template("organizer/editor/winding_up.html", event=row, found=found, **_reckoned(found))


def _reckoned(found: winding_up.Progress) -> dict[str, Any]:
    """An order is done when it has ended, a refund when its gateway has said how it went."""
    waiting, failed, arrived = (
        found.refunds.get(status, Amount()) for status in (REQUESTED, REFUND_FAILED, SUCCEEDED)
    )
    return {
        "waiting": waiting,
        "failed": failed,
        "arrived": arrived,
        "done": found.ended_orders + arrived.number + failed.number,
        "total": found.open_orders + found.ended_orders + waiting.number + arrived.number + failed.number,
        "going": bool(found.open_orders or waiting.number),
    }
