"""Every order of the house: found, confirmed by hand, cancelled; one, or many at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms.validators import Length

from ticketing.models.orders import CHANNELS
from ticketing.policy import Actor, Permission
from ticketing.queries import organizer_orders
from ticketing.queries.staff import orders as reading
from ticketing.services import orders as writing
from ticketing.web.actor import current_actor
from ticketing.web.forms import Text
from ticketing.web.organizer.words import order_standings
from ticketing.web.staff import asking, words
from ticketing.web.staff.asking import Answer, Bulk, BulkDeed, Deed, offer_bulk
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import View, asked, asked_amount, asked_day


@bp.get("/orders/")
def orders() -> str:
    """Orders of all events; searched, filtered and sorted by the address alone."""
    given = {
        "q": asked("q"),
        "status": asked("status", order_standings()),
        "channel": asked("channel", CHANNELS),
        **{name: asked(name) if asked_day(name) else "" for name in ("since", "until")},
        **{name: asked(name) if asked_amount(name) is not None else "" for name in ("least", "most")},
    }
    view = View.of("staff.orders", given, reading.SORTS, "-placed")
    wanted = reading.Wanted(
        words=given["q"],
        status=given["status"],
        channel=given["channel"],
        since=asked_day("since"),
        until=asked_day("until"),
        least=asked_amount("least"),
        most=asked_amount("most"),
    )
    page = reading.find_orders(current_actor(), wanted, sort=view.sort, page=view.page)
    return render_template(
        "staff/orders.html", page=page, view=view, words=words, bulk=asking.bulk_deeds("orders")
    )


class ReasonForm(FlaskForm):
    """Why it is cancelled."""

    reason = Text(_l("Reason"), [Length(max=200)])


def _is_pending(order: Any) -> bool:
    return bool(order.is_pending and not order.hold_has_ended)


def _stands(order: Any) -> bool:
    return bool(order.is_pending or order.is_confirmed)


_CONFIRM_SAID = _l(
    "The house takes it that the buyer has paid outside, at a box office say: a payment by hand over the"
    " whole amount is noted in your name, the tickets become valid, and the buyer gets them by e-mail."
)
_CANCEL_SAID = _l(
    "Its tickets go back on sale and do not admit any more, what was paid is given back, and the buyer is"
    " told by e-mail."
)


#: By the name that stands in the address.
DEEDS: dict[str, Deed] = {
    "confirm": Deed(
        _l("Confirm by hand"),
        _l("Confirm this order by hand?"),
        _CONFIRM_SAID,
        _l("The order is confirmed."),
        writing.confirm,
        Permission.ORDER_CONFIRM,
        _is_pending,
    ),
    "cancel": Deed(
        _l("Cancel the order"),
        _l("Cancel this order?"),
        _CANCEL_SAID,
        _l("The order is cancelled."),
        writing.cancel,
        Permission.ORDER_CANCEL,
        _stands,
        is_grave=True,
    ),
}


@bp.route("/orders/<uuid:order>/<deed>", methods=["GET", "POST"])
def order_deed(order: UUID, deed: str) -> Answer:
    """Something that is done to an order: asked, then done."""
    found = organizer_orders.get_order(current_actor(), order).order
    return asking.ask(
        asking.deed_named(DEEDS, deed, found),
        found,
        back=url_for("organizer_orders.detail", order=order),
        about=f"{found.number} · {found.buyer_email}",
        form=ReasonForm() if deed == "cancel" else None,
    )


def _cancel_pending(actor: Actor, key: UUID) -> object:
    return writing.cancel(actor, key, only_pending=True)


offer_bulk(
    "orders",
    Bulk(
        "staff.orders",
        reading.named,
        {
            "confirm": BulkDeed(
                _l("Confirm by hand"),
                lambda n: ngettext("Confirm %(num)s order by hand?", "Confirm %(num)s orders by hand?", n),
                _CONFIRM_SAID,
                lambda n: ngettext("%(num)s order is confirmed.", "%(num)s orders are confirmed.", n),
                writing.confirm,
                Permission.ORDER_CONFIRM,
            ),
            "cancel": BulkDeed(
                _l("Cancel unpaid ones"),
                lambda n: ngettext("Cancel %(num)s order?", "Cancel %(num)s orders?", n),
                _l("Only orders that wait for their payment are cancelled; their tickets go back on sale."),
                lambda n: ngettext("%(num)s order is cancelled.", "%(num)s orders are cancelled.", n),
                _cancel_pending,
                Permission.ORDER_SEE_ALL,
                is_grave=True,
            ),
        },
    ),
)
