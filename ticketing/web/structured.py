"""What search engines read of an event's page (schema.org): the page's own facts, in their words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for

from ticketing import money
from ticketing.documents.markdown import plain_text
from ticketing.documents.zones import local
from ticketing.models import Event
from ticketing.queries.on_sale import SaleState
from ticketing.web.choice import Choice, Line
from ticketing.web.links import absolute_url, event_url, media_url

_SCHEMA = "https://schema.org/"
#: More prices than these are told as their span: the page shall stay light.
_MOST_OFFERS = 10
_LONGEST_TEXT = 500
_AVAILABILITY = {
    SaleState.OPEN: "InStock",
    SaleState.SOON: "PreOrder",
    SaleState.SOLD_OUT: "SoldOut",
    SaleState.OVER: "OutOfStock",
}


def event_data(event: Event, choice: Choice) -> dict[str, Any] | None:
    """The event as a schema.org ``Event``; nothing of one that is not for everybody to find."""
    if event.published_at is None or event.is_draft or event.is_unlisted:
        return None
    page = absolute_url(event_url(event.slug))
    pictures = [event.banner_image, event.thumbnail_image]
    told = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "description": (event.short_description or plain_text(event.description))[:_LONGEST_TEXT],
        "url": page,
        "image": [absolute_url(media_url(name)) for name in dict.fromkeys(pictures) if name],
        "startDate": _moment(event.starts_at, event),
        "endDate": _moment(event.ends_at, event),
        "eventStatus": _SCHEMA + ("EventCancelled" if event.is_cancelled else "EventScheduled"),
        "eventAttendanceMode": f"{_SCHEMA}OfflineEventAttendanceMode",
        "typicalAgeRange": f"{event.age_restriction}-" if event.age_restriction else "",
        "location": _place(event),
        "organizer": {
            "@type": "Organization",
            "name": event.organization.name,
            "url": absolute_url(url_for("organizations.index", organizer=event.organization.slug)),
        },
        "offers": _offers(event, choice, page),
    }
    return _filled(told)


def _filled(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in ("", None, [], {})}


def _moment(moment: datetime, event: Event) -> str:
    """With the offset that the event's own clocks have then."""
    return local(moment, event.timezone).isoformat(timespec="seconds")


def _place(event: Event) -> dict[str, Any]:
    venue = event.venue
    address = {
        "streetAddress": venue.address,
        "addressLocality": venue.city,
        "addressRegion": venue.state,
        "postalCode": venue.postal_code,
        "addressCountry": venue.country,
    }
    place: dict[str, Any] = {"@type": "Place", "name": venue.name}
    place["address"] = {"@type": "PostalAddress"} | _filled(address)
    if venue.latitude is not None and venue.longitude is not None:
        at = {"latitude": float(venue.latitude), "longitude": float(venue.longitude)}
        place["geo"] = {"@type": "GeoCoordinates"} | at
    return place


def _availability(lines: list[Line], event: Event) -> str:
    """The best of some offers; nothing of an event can be had that was cancelled or is over."""
    states = [SaleState.OVER] if event.is_cancelled or event.is_over else [line.offer.state for line in lines]
    return _SCHEMA + next(word for state, word in _AVAILABILITY.items() if state in states)


def _offers(event: Event, choice: Choice, page: str) -> Any:
    lines = choice.lines
    if len(lines) <= _MOST_OFFERS:
        return [_offer(line, event, page) for line in lines]
    prices = [line.offer.price for line in lines]
    return {
        "@type": "AggregateOffer",
        "url": page,
        "lowPrice": money.to_text(min(prices), event.currency),
        "highPrice": money.to_text(max(prices), event.currency),
        "priceCurrency": event.currency,
        "offerCount": len(lines),
        "availability": _availability(lines, event),
    }


def _offer(line: Line, event: Event, page: str) -> dict[str, Any]:
    opens = line.offer.opens_at or event.published_at
    told = {
        "@type": "Offer",
        "name": line.offer.full_name,
        "url": page,
        "price": money.to_text(line.offer.price, event.currency),
        "priceCurrency": event.currency,
        "availability": _availability([line], event),
        "validFrom": _moment(opens, event) if opens else "",
        "validThrough": _moment(line.offer.closes_at or event.ends_at, event),
    }
    return _filled(told)
