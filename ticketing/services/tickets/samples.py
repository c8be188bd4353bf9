"""A ticket that nobody can use: to see what an organization's tickets look like."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from slugify import slugify

from ticketing import clock
from ticketing.documents import TicketSheet, tickets_pdf
from ticketing.documents.moments import locale_of
from ticketing.models import Organization
from ticketing.policy import Actor
from ticketing.queries import organizations
from ticketing.queries.keys import Key
from ticketing.services import pictures
from ticketing.services.tickets.papers import PDF, Paper

#: What its QR says. No ticket's code is anything but 64 hex digits, so no door takes it for one.
CODE = "This is a sample ticket of Foyer. It admits nobody, and no door opens for it."
_PRICE = 25
_SATURDAY = 5


def pdf(actor: Actor, key: Key) -> Paper:
    """A sample ticket of the organization as PDF, in the actor's language.

    :raises NotFound: there is no such organization, or it is none of the actor's business.
    :raises NotAllowed: the actor is neither its owner or manager nor staff.
    """
    organization = organizations.to_manage(actor, key)
    locale = locale_of(actor.language)
    with force_locale(locale):
        title = _("Sample ticket")
        sheet = _sheet(organization, locale)
    name = "-".join(filter(None, (slugify(organization.name, max_length=60), "sample")))
    return Paper(f"{name}.pdf", PDF, tickets_pdf([sheet], title=title))


def _sheet(organization: Organization, locale: str) -> TicketSheet:
    from babel.numbers import format_currency

    zone = str(current_app.config["DEFAULT_TIMEZONE"])
    starts_at = _next_saturday(zone)
    return TicketSheet(
        event_title=_("Sample of a Wonderful Evening"),
        ticket_name=_("Stalls – Early bird"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        timezone=zone,
        venue_name=_("Sample Hall"),
        venue_address=_("1 Sample Street"),
        city=_("Anytown"),
        attendee_name=_("Robin Sample"),
        price_text=str(format_currency(_PRICE, organization.currency, locale=locale)),
        order_number="ORD-SAMPLE",
        ticket_number="TKT-SAMPLE",
        code=CODE,
        terms=_("This is a sample. It admits nobody; its code says so to whoever scans it."),
        organizer_name=organization.name,
        organizer_logo=pictures.read(organization.logo),
        accent=organization.accent,
        language=locale,
    )


def _next_saturday(zone: str) -> datetime:
    """Half past seven in the evening, within a week."""
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    day = today + timedelta(days=(_SATURDAY - today.weekday()) % 7 or 7)
    return datetime.combine(day, time(19, 30), ZoneInfo(zone))
