"""The JSON doors: the one page that shows which URL belongs to whom.

==========================  ==================================================
``/api/auth/``              accounts: BTick, SecureTicket, EasyTicket
``/api/v1/auth/``           accounts: Cafa
``/api/v1/``                BTick
``/api/bookings/``          shared by BTick and SecureTicket
``/api/events/``            shared by EasyTicket and SecureTicket; its ``categories/`` EasyTicket's
``/api/tickets/``           EasyTicket
``/api/orders/``            EasyTicket; ``/api/promo-codes/`` our own, in its manner
``/api/payments/``          SecureTicket's bookings, in the shape that it shares with BTick
``/api/logs/``              SecureTicket
``/api/webhooks/stripe/``   payment providers; ``/api/payments/webhook/`` too
``/api/schema/``, docs      the published schema
==========================  ==================================================
"""

from __future__ import annotations

from flask import Flask

from ticketing.api import openapi
from ticketing.api.accounts import opening, passwords, profile, sessions, tokens
from ticketing.api.btick import bookings, categories, events, organizations, tickets, venues
from ticketing.api.cafa import accounts as cafa_accounts
from ticketing.api.easyticket import categories as easyticket_categories
from ticketing.api.easyticket import day_passes, day_tier_prices, tiers, types
from ticketing.api.easyticket import events as easyticket_events
from ticketing.api.easyticket import my_tickets as easyticket_my_tickets
from ticketing.api.easyticket import order_papers as easyticket_order_papers
from ticketing.api.easyticket import orders as easyticket_orders
from ticketing.api.easyticket import payments as easyticket_payments
from ticketing.api.easyticket import promo_codes as easyticket_promo_codes
from ticketing.api.errors import init_errors
from ticketing.api.limits import init_limits
from ticketing.api.routes import init_routes
from ticketing.api.secureticket import logs
from ticketing.api.shared import bookings as shared_bookings
from ticketing.api.shared import events as shared_events
from ticketing.api.shared import payments as shared_payments
from ticketing.api.shared import programme as shared_programme
from ticketing.api.shared import webhooks

#: In the order in which the schema lists them.
BLUEPRINTS = (
    opening.bp,
    sessions.bp,
    tokens.bp,
    passwords.bp,
    profile.bp,
    cafa_accounts.bp,
    shared_events.bp,
    shared_programme.bp,
    easyticket_events.bp,
    events.bp,
    tickets.bp,
    types.bp,
    tiers.bp,
    day_passes.bp,
    day_tier_prices.bp,
    easyticket_my_tickets.bp,
    bookings.bp,
    shared_bookings.bp,
    easyticket_orders.bp,
    easyticket_order_papers.bp,
    easyticket_payments.bp,
    shared_payments.bp,
    easyticket_promo_codes.bp,
    organizations.bp,
    venues.bp,
    categories.bp,
    easyticket_categories.bp,
    logs.bp,
    webhooks.bp,
)


def register_api(app: Flask) -> None:
    """Bind every dialect's routes to the application."""
    init_routes(app)
    init_errors(app)
    init_limits(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    openapi.init_openapi(app, BLUEPRINTS)
