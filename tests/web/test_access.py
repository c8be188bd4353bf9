"""Who may open which page without an account: the public ones are listed here, all others ask to sign in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

AREAS = (
    "account", "bookings", "calendar_view", "catalog", "checkout", "door", "findability", "language", "media",
    "organizations",
    "organizer_attendees",
    "organizer", "organizer_door", "organizer_editor", "organizer_exports", "organizer_look",
    "organizer_orders", "organizer_organization", "organizer_promotions", "recovery",
    "following", "invitations", "sandbox", "settings", "share_images", "staff", "tickets", "widget",
)  # fmt: skip
PUBLIC = {
    "account.open_account",
    "account.open_session",
    "account.sign_in",
    "account.sign_out",
    "account.sign_up",
    "calendar_view.month",
    "catalog.event",
    "catalog.events",
    "catalog.index",
    "following.unsubscribe",
    "following.way_out",
    "following.wish",
    "invitations.show",
    "catalog.tickets",
    "checkout.review",
    "door.link",
    "door.open_link",
    "door.worker",
    "findability.feed_ics",
    "findability.feed_xml",
    "findability.robots",
    "findability.site_map",
    "language.choose",
    "media.picture",
    "organizations.index",
    "recovery.change_address",
    "recovery.confirm_address",
    "recovery.forgotten",
    "recovery.new_address",
    "recovery.reset",
    "recovery.send_again",
    "recovery.send_reset",
    "recovery.set_password",
    "recovery.verify_email",
    "share_images.event",
    "share_images.organizer",
    "widget.event",
    "widget.script",
}
_KEY = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
VALUES = {
    "key": _KEY, "ticket": _KEY, "slug": "x", "reference": "x", "name": "x",
    "event": _KEY, "secret": "x", "check_in": "1", "scan": "1", "link": _KEY, "circular": _KEY,
    "export": _KEY, "kind": "orders", "user": _KEY, "venue": _KEY, "category": _KEY, "payment": _KEY,
    "room": "users", "deed": "confirm",
    "member": _KEY, "invitation": _KEY, "organizer": "x", "order": _KEY, "message": _KEY, "code": _KEY,
    "organization": _KEY, "ticket_type": _KEY, "number": "1",
}  # fmt: skip


def closed(app: Flask) -> Iterator[tuple[str, str]]:
    """Method and address of every page that is not public."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in AREAS and rule.endpoint not in PUBLIC:
            values = {name: VALUES[name] for name in rule.arguments}
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, urls.build(rule.endpoint, values, method=method)


def test_every_page_that_is_not_public_asks_to_sign_in(app: Flask, client: FlaskClient) -> None:
    pages = list(closed(app))
    assert len(pages) > 15
    for method, address in pages:
        answer = client.open(address, method=method)
        hidden = address.startswith("/staff/") and answer.status_code == 404
        called = address.startswith("/checkin/") and answer.status_code == 401 and answer.is_json
        assert hidden or called or (answer.location or "").startswith("/sign-in"), (method, address)


def test_every_page_belongs_to_a_known_area(app: Flask) -> None:
    pages = {
        rule.endpoint for rule in app.url_map.iter_rules() if not rule.rule.startswith(("/api", "/static"))
    }
    outside = {name for name in pages if name.split(".")[0] not in (*AREAS, "health")}
    assert outside == set()


@pytest.mark.parametrize("endpoint", sorted(PUBLIC))
def test_the_list_of_public_pages_names_pages_that_there_are(app: Flask, endpoint: str) -> None:
    assert endpoint in app.view_functions
