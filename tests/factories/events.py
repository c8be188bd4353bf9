"""Venues, events and what can be bought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from factory import LazyAttribute, SelfAttribute, Sequence, SubFactory

from tests.factories.base import Factory, id_of, in_days
from tests.factories.people import OrganizationFactory, UserFactory
from ticketing import clock, models
from ticketing.extensions import db
from ticketing.models import events


class VenueFactory(Factory):
    class Meta:
        model = models.Venue

    name = Sequence(lambda n: f"Hall {n}")
    address = "1 Main Street"
    city = "Lisbon"
    country = "Portugal"
    timezone = "Europe/Lisbon"
    capacity = 10_000


class VenueMembershipFactory(Factory):
    class Meta:
        model = models.VenueMembership

    venue = SubFactory(VenueFactory)
    user = SubFactory(UserFactory)
    venue_id, user_id = id_of("venue"), id_of("user")


class CategoryFactory(Factory):
    class Meta:
        model = models.EventCategory

    name = Sequence(lambda n: f"Category {n}")
    slug = Sequence(lambda n: f"category-{n}")


class EventFactory(Factory):
    """A published event of next month, three hours long, with nothing to buy yet (see ``OfferFactory``)."""

    class Meta:
        model = models.Event

    title = Sequence(lambda n: f"Evening {n}")
    slug = Sequence(lambda n: f"evening-{n}")
    organization = SubFactory(OrganizationFactory)
    venue = SubFactory(VenueFactory)
    category = SubFactory(CategoryFactory)
    organizer = None
    organization_id, venue_id, category_id = id_of("organization"), id_of("venue"), id_of("category")
    organizer_id = id_of("organizer")
    status = events.PUBLISHED
    starts_at = in_days(30)
    ends_at = LazyAttribute(lambda row: row.starts_at + timedelta(hours=3))
    currency = SelfAttribute("organization.currency")
    published_at = LazyAttribute(lambda row: clock.now() if row.status == events.PUBLISHED else None)
    cancelled_at = LazyAttribute(lambda row: clock.now() if row.status == events.CANCELLED else None)


class EventDayFactory(Factory):
    class Meta:
        model = models.EventDay

    event = SubFactory(EventFactory)
    event_id = id_of("event")
    number = Sequence(lambda n: n + 1)
    name = LazyAttribute(lambda row: f"Day {row.number}")


class QuotaFactory(Factory):
    class Meta:
        model = models.Quota

    class Params:
        event = SubFactory(EventFactory)

    event_id = id_of("event")
    size, held, sold, links = 100, 0, 0, 0


class TicketTypeFactory(Factory):
    class Meta:
        model = models.TicketType

    event = SubFactory(EventFactory)
    event_id = id_of("event")
    name = Sequence(lambda n: f"Ticket {n}")


class OfferFactory(Factory):
    """One thing to buy, with a stock of its own of ``size`` tickets; ``also=[quota, …]`` are shared ones.

    Part of ``ticket_type=…`` or of ``event=…`` where given, else of a new event.
    """

    class Meta:
        model = models.Offer

    class Params:
        size = 100
        also = ()

    event = SubFactory(EventFactory)
    event_id = id_of("event")
    ticket_type = SubFactory(TicketTypeFactory, event=SelfAttribute("..event"))
    quota = SubFactory(QuotaFactory, event=SelfAttribute("..event"), size=SelfAttribute("..size"))
    quotas = LazyAttribute(lambda row: [row.quota, *row.also])
    ticket_type_id, quota_id = id_of("ticket_type"), id_of("quota")
    price = 2500

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        if "ticket_type" in params and "event" not in params:
            params["event"] = db.session.get(models.Event, params["ticket_type"].event_id)
        return super()._generate(strategy, params)
