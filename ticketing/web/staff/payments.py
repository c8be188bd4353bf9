"""Every payment of the house: found, traced, asked for again."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l

from ticketing.models import Payment
from ticketing.models.payments import MANUAL, PAYMENT_STATUSES
from ticketing.policy import Permission
from ticketing.queries.gateway_events import state_of
from ticketing.queries.staff import payments as reading
from ticketing.services.payments import checking
from ticketing.web.actor import current_actor
from ticketing.web.organizer.words import payment_badge
from ticketing.web.staff import asking, words
from ticketing.web.staff.asking import Answer, Deed
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import View, asked, asked_day


@bp.get("/payments/")
def payments() -> str:
    """Payments; searched, filtered and sorted by the address alone."""
    actor = current_actor()
    gateways = reading.gateways(actor)
    given = {
        "q": asked("q"),
        "gateway": asked("gateway", gateways),
        "status": asked("status", PAYMENT_STATUSES),
        **{name: asked(name) if asked_day(name) else "" for name in ("since", "until")},
    }
    view = View.of("staff.payments", given, reading.SORTS, "-started")
    wanted = reading.Wanted(
        given["q"], given["gateway"], given["status"], asked_day("since"), asked_day("until")
    )
    return render_template(
        "staff/payments.html",
        page=reading.find_payments(actor, wanted, sort=view.sort, page=view.page),
        view=view,
        words=words,
        gateways={name: words.gateway_name(name) for name in gateways},
        states={status: payment_badge(status) for status in PAYMENT_STATUSES},
    )


def _can_be_asked_for(payment: Payment) -> bool:
    return payment.gateway != MANUAL and not payment.is_unnamed


DEEDS: dict[str, Deed] = {
    "ask-again": Deed(
        _l("Ask the gateway again"),
        _l("Ask the gateway how this payment stands?"),
        _l("What it says is settled as if it had told us by itself: a paid order is confirmed, a payment that"
           " comes too late is given back. Asking twice changes nothing that is right."),
        _l("The gateway was asked, and its answer is settled."),
        checking.ask_again,
        Permission.PAYMENT_MANAGE,
        _can_be_asked_for,
    )
}  # fmt: skip


@bp.get("/payments/<uuid:payment>")
def payment(payment: UUID) -> str:
    """One payment with all its traces."""
    traced = reading.get(current_actor(), payment)
    return render_template(
        "staff/payment.html",
        traced=traced,
        payment=traced.payment,
        order=traced.payment.order,
        deeds=asking.offered(DEEDS, traced.payment),
        state_of=state_of,
        words=words,
    )


@bp.route("/payments/<uuid:payment>/<deed>", methods=["GET", "POST"])
def payment_deed(payment: UUID, deed: str) -> Answer:
    """Asking the gateway: asked first, then done."""
    found = reading.get(current_actor(), payment).payment
    return asking.ask(
        asking.deed_named(DEEDS, deed, found),
        found,
        back=url_for("staff.payment", payment=payment),
        about=found.reference,
    )
