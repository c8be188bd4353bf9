"""The organizers' desk."""

from __future__ import annotations

from factory import SubFactory

from tests.factories.base import Factory, id_of, in_days
from tests.factories.events import EventFactory
from tests.factories.people import UserFactory
from tests.factories.sales import OrderFactory
from ticketing import models
from ticketing.models import desk


class DeskOrderFactory(Factory):
    class Meta:
        model = models.DeskOrder

    class Params:
        order = SubFactory(OrderFactory)

    order_id = id_of("order")
    kind = desk.COMPLIMENTARY


class CircularFactory(Factory):
    class Meta:
        model = models.Circular

    event = SubFactory(EventFactory)
    event_id = id_of("event")
    subject, body = "The doors open earlier", "We open at six."


class ExportFactory(Factory):
    class Meta:
        model = models.Export

    class Params:
        user = SubFactory(UserFactory)

    event = SubFactory(EventFactory)
    event_id, actor_id = id_of("event"), id_of("user")
    kind, form = desk.ATTENDEES, "xlsx"
    expires_at = in_days(1)
