"""EasyTicket's tickets that people have: lists, one of them, files, the door, passing on."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from flask_sqlalchemy import SQLAlchemy
from PIL import Image
from sqlalchemy import select

from tests.api.conftest import Api, organization_of
from tests.documents.sheets import codes_in, pages, picture_of, text_of
from tests.factories import BuyerFactory, EventFactory, OfferFactory, StaffFactory, member_of
from tests.factories.sales import OrderFactory, OrderItemFactory, TicketFactory
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Ticket, User
from ticketing.policy import SYSTEM, Actor
from ticketing.services import orders, tickets
from ticketing.services.orders import Line, terms_for

MINE = "/api/tickets/my-tickets/"


def bought(buyer: Actor, quantity: int = 1, **event: Any) -> list[Ticket]:
    """Free tickets of theirs, valid at once."""
    offer = OfferFactory(event=EventFactory(**event), price=0)
    order_id = orders.place(buyer, [Line(offer.id, quantity)], terms=terms_for("web")).order_id
    return list(
        extension.session.scalars(select(Ticket).where(Ticket.order_id == order_id).order_by(Ticket.id))
    )


def code(ticket: Ticket) -> str:
    return tickets.code_of(ticket.uuid, ticket.code_version, ticket.key_version)


def results(api: Api, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"{MINE}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["results"]
    return found


def over(*bought: Ticket) -> Any:
    """A moment after the event of these tickets."""
    event = extension.session.get_one(Event, bought[0].event_id)
    return time_machine.travel(event.ends_at + timedelta(minutes=1), tick=False)


# ------------------------------------------------------------------ lists


def test_the_list_shows_what_the_caller_has_and_nothing_else(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    mine = {str(ticket.uuid) for ticket in bought(buyer, 2)}
    bought(BuyerFactory())
    answer = api.by(buyer).get(MINE)
    assert {row["id"] for row in answer.json["results"]} == mine
    assert (answer.json["count"], answer.json["next"], answer.json["previous"]) == (2, None, None)
    assert answer.headers["Cache-Control"] == "no-store"


def test_staff_and_organizers_do_not_see_the_tickets_of_others(api: Api, db: SQLAlchemy) -> None:
    (ticket,) = bought(BuyerFactory())
    for somebody in (StaffFactory(), member_of(organization_of(db.session.get_one(Event, ticket.event_id)))):
        assert results(api.by(somebody)) == []
        assert api.by(somebody).get(f"{MINE}{ticket.uuid}/").status_code == 404


def test_a_ticket_in_a_list_has_every_documented_key(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(
        buyer,
        title="Harbour Lights",
        starts_at=datetime.fromisoformat("2131-11-27T05:36:00+00:00"),
        timezone="Europe/Berlin",
    )
    (row,) = results(api.by(buyer))
    assert row["event_title"] == "Harbour Lights"
    assert row["event_date"] == "2131-11-27T05:36:00.000000Z"
    assert row["event_date_formatted"] == "Tuesday, November 27, 2131 at 06:36 AM"
    assert row["qr_code_data"] == code(ticket)
    assert row["pdf_url"] == f"http://localhost{MINE}{ticket.uuid}/download/"
    assert row["qr_code_image"] == f"http://localhost{MINE}{ticket.uuid}/qr/"
    assert set(row["venue"]) == {"name", "address", "city"}
    assert (row["status"], row["is_used"], row["is_valid"], row["used_at"]) == ("active", False, True, None)
    assert (row["price"], row["currency"]) == ("0.00", "USD")
    assert {"order", "order_number", "event_location", "ticket_type", "full_ticket_name"} <= set(row)


@pytest.mark.parametrize("status", ["active", "used", "cancelled"])
def test_the_list_can_be_filtered_by_status(api: Api, db: SQLAlchemy, status: str) -> None:
    buyer = BuyerFactory()
    rows = bought(buyer, 3)
    for ticket, word in zip(rows, ("active", "used", "cancelled"), strict=True):
        ticket.status = word
    db.session.commit()
    (row,) = results(api.by(buyer), f"?status={status}")
    assert row["status"] == status
    used = results(api.by(buyer), f"?is_used={'true' if status == 'used' else 'false'}&status={status}")
    assert [one["id"] for one in used] == [row["id"]]


def test_what_was_not_used_when_its_event_ended_has_expired(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    with over(ticket):
        by = api.by(buyer)
        (row,) = results(by, "?status=expired")
        assert results(by, "?status=active") == []
        assert by.get(f"{MINE}stats/").json["expired_tickets"] == 1
    assert (row["status"], row["is_valid"]) == ("expired", False)


def test_the_list_can_be_filtered_by_event_in_every_form_of_its_key(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    bought(buyer)
    event = db.session.get_one(Event, ticket.event_id)
    for key in (event.id, event.uuid, event.slug):
        assert [row["id"] for row in results(api.by(buyer), f"?event={key}")] == [str(ticket.uuid)]
    assert results(api.by(buyer), "?event=no-such-event") == []


def test_the_list_is_ordered_as_asked(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (late,) = bought(buyer, starts_at=clock.now() + timedelta(days=20))
    (soon,) = bought(buyer, starts_at=clock.now() + timedelta(days=10))
    late.created_at -= timedelta(hours=1)
    db.session.commit()
    first = {
        word: results(api.by(buyer), f"?ordering={word}")[0]["id"]
        for word in ("created_at", "-created_at", "event__start_date", "-event__start_date")
    }
    assert first == {
        "created_at": str(late.uuid),
        "-created_at": str(soon.uuid),
        "event__start_date": str(soon.uuid),
        "-event__start_date": str(late.uuid),
    }


@pytest.mark.parametrize(
    "query", ["status=lost", "is_used=perhaps", "ordering=price", "page=0", "page_size=101"]
)
def test_a_value_that_means_nothing_is_refused(api: Api, query: str) -> None:
    answer = api.by(BuyerFactory()).get(f"{MINE}?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json["field_errors"]


def test_the_list_has_pages(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    bought(buyer, 3)
    first = api.by(buyer).get(f"{MINE}?page_size=2").json
    assert (first["count"], len(first["results"])) == (3, 2)
    assert len(results(api.by(buyer), "?page_size=2&page=2")) == 1
    assert api.by(buyer).get(f"{MINE}?page=9").status_code == 404


def test_lists_cost_as_many_statements_for_many_tickets_as_for_one(
    api: Api, db: SQLAlchemy, statements: Any
) -> None:
    buyer = BuyerFactory()
    by = api.by(buyer)

    def cost(path: str) -> int:
        with statements() as seen:
            assert by.get(path).status_code == 200
        return len(seen)

    (ticket,) = bought(buyer)
    paths = (MINE, f"{MINE}{ticket.uuid}/", f"{MINE}stats/", f"{MINE}{ticket.uuid}/download/")
    before = [cost(path) for path in paths]
    for _ in range(3):
        bought(buyer, 4)
    assert [cost(path) for path in paths] == before == [3, 2, 2, 2]


def test_the_figures_count_tickets_and_events(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    used, _active = bought(buyer, 2)
    (void,) = bought(buyer)
    used.status, void.status = "used", "cancelled"
    item = OrderItemFactory(
        order=OrderFactory(
            user=db.session.get_one(User, buyer.user_id),
            status="confirmed",
            event=EventFactory(starts_at=clock.now() - timedelta(days=3)),
        )
    )
    TicketFactory(order_item=item, status="used")
    db.session.commit()
    assert api.by(buyer).get(f"{MINE}stats/").json == {
        "total_tickets": 4,
        "active_tickets": 1,
        "used_tickets": 2,
        "cancelled_tickets": 1,
        "expired_tickets": 0,
        "upcoming_events": 1,
        "past_events": 1,
    }


# ------------------------------------------------------------------ one ticket and its files


def test_a_ticket_names_its_buyer_only_to_the_buyer(api: Api, db: SQLAlchemy) -> None:
    buyer, friend = BuyerFactory(), BuyerFactory()
    (ticket,) = bought(buyer)
    assert api.by(buyer).get(f"{MINE}{ticket.uuid}/").json["buyer_email"] == buyer.email
    ticket.user_id = friend.user_id
    db.session.commit()
    seen = api.by(friend).get(f"{MINE}{ticket.id}/").json
    assert (seen["buyer_name"], seen["buyer_email"]) == ("", "")
    assert api.by(buyer).get(f"{MINE}{ticket.uuid}/").status_code == 404


def test_the_pdf_holds_the_code_that_admits(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer, title="Harbour Lights")
    answer = api.by(buyer).get(f"{MINE}{ticket.uuid}/download/")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=harbour-lights-{ticket.number}.pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    (page,) = pages(answer.data)
    assert codes_in(picture_of(page, dpi=150)) == [code(ticket)]
    assert "Harbour Lights" in text_of(page)


def test_the_qr_comes_as_png_and_svg(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    picture = api.by(buyer).get(f"{MINE}{ticket.uuid}/qr/")
    assert picture.mimetype == "image/png"
    assert codes_in(Image.open(io.BytesIO(picture.data)).convert("L")) == [code(ticket)]
    drawing = api.by(buyer).get(f"{MINE}{ticket.uuid}/qr/?format=svg")
    assert drawing.mimetype == "image/svg+xml"
    assert drawing.text.startswith("<svg")
    assert api.by(buyer).get(f"{MINE}{ticket.uuid}/qr/?format=gif").status_code == 400


def test_the_calendar_file_is_about_the_event(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer, title="Harbour Lights")
    answer = api.by(buyer).get(f"{MINE}{ticket.uuid}/calendar/")
    (entry,) = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    assert (str(entry["summary"]), entry["status"]) == ("Harbour Lights", "CONFIRMED")
    ticket.status = "cancelled"
    db.session.commit()
    again = api.by(buyer).get(f"{MINE}{ticket.uuid}/calendar/")
    (gone,) = icalendar.Calendar.from_ical(again.data).walk("VEVENT")
    assert (gone["status"], gone["uid"]) == ("CANCELLED", entry["uid"])


def test_a_void_ticket_has_neither_code_nor_files(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    ticket.status = "cancelled"
    db.session.commit()
    shown = api.by(buyer).get(f"{MINE}{ticket.uuid}/").json
    assert [shown[name] for name in ("qr_code_data", "qr_code_image", "pdf_url")] == [None] * 3
    for file in ("download", "qr"):
        assert api.by(buyer).get(f"{MINE}{ticket.uuid}/{file}/").status_code == 404


def test_an_order_has_all_its_tickets_in_one_file(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    rows = bought(buyer, 2, title="Harbour Lights")
    answer = api.by(buyer).get(f"/api/orders/{rows[0].order_id}/download/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "filename=harbour-lights-" in answer.headers["Content-Disposition"]
    assert [codes_in(picture_of(page, dpi=150)) for page in pages(answer.data)] == [
        [code(ticket)] for ticket in rows
    ]
    file = api.by(buyer).get(f"/api/orders/{rows[0].order_id}/calendar/")
    (entry,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    assert str(entry["summary"]) == "Harbour Lights"


def test_an_order_without_tickets_has_no_files(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    offer = OfferFactory()
    order_id = orders.place(buyer, [Line(offer.id, 1)], terms=terms_for("web")).order_id
    for file in ("download", "calendar"):
        assert api.by(buyer).get(f"/api/orders/{order_id}/{file}/").status_code == 404


# ------------------------------------------------------------------ who comes, and passing on


def test_the_holder_says_who_comes_and_the_rest_stays(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    by = api.by(buyer)
    by.patch(f"{MINE}{ticket.uuid}/", {"attendee_email": "zoe@example.org", "attendee_phone": "+49 30 1"})
    shown = by.patch(f"{MINE}{ticket.uuid}/", {"attendee_name": "Zoë"}).json
    assert [shown[f"attendee_{name}"] for name in ("name", "email", "phone")] == [
        "Zoë",
        "zoe@example.org",
        "+49 30 1",
    ]
    assert shown["qr_code_data"] == code(ticket)
    assert by.patch(f"{MINE}{ticket.uuid}/", {"attendee_email": "nobody"}).status_code == 400


def test_what_was_used_is_not_changed_any_more(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    api.by(StaffFactory()).post(f"{MINE}verify/", {"qr_code_data": code(ticket)})
    by = api.by(buyer)
    assert by.patch(f"{MINE}{ticket.uuid}/", {"attendee_name": "Zoë"}).json["code"] == "ticket_not_valid"
    passed = by.post(f"{MINE}{ticket.uuid}/transfer/", {"email": "friend@example.org"})
    assert (passed.status_code, passed.json["code"]) == (400, "ticket_not_valid")


def test_a_ticket_that_is_passed_on_is_gone_and_its_old_code_dead(api: Api, db: SQLAlchemy) -> None:
    buyer, friend = BuyerFactory(), BuyerFactory()
    db.session.get_one(User, friend.user_id).email_verified_at = clock.now()
    (ticket,) = bought(buyer)
    key, old = ticket.uuid, code(ticket)
    answer = api.by(buyer).post(f"{MINE}{key}/transfer/", {"email": friend.email, "name": "A Friend"})
    assert answer.json == {
        "message": "Ticket transferred successfully",
        "ticket_number": ticket.number,
        "email": friend.email,
    }
    assert api.by(buyer).get(f"{MINE}{key}/").status_code == 404
    shown = api.by(friend).get(f"{MINE}{key}/").json
    assert shown["attendee_name"] == "A Friend"
    assert shown["qr_code_data"] != old
    door = api.by(StaffFactory())
    assert door.post(f"{MINE}verify/", {"qr_code_data": old}).status_code == 400
    assert door.post(f"{MINE}verify/", {"qr_code_data": shown["qr_code_data"]}).status_code == 200


def test_a_ticket_is_not_passed_on_to_oneself(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    answer = api.by(buyer).post(f"{MINE}{ticket.uuid}/transfer/", {"email": buyer.email.upper()})
    assert (answer.status_code, answer.json["code"]) == (400, "own_ticket")
    assert api.by(buyer).post(f"{MINE}{ticket.uuid}/transfer/", {}).json["email"]


# ------------------------------------------------------------------ the door


def test_a_code_admits_once_and_then_tells_when_it_was_used(api: Api, db: SQLAlchemy) -> None:
    buyer, staff = BuyerFactory(), StaffFactory()
    (ticket,) = bought(buyer)
    door = api.by(staff)
    first = door.post(f"{MINE}verify/", {"qr_code_data": code(ticket)})
    assert first.status_code == 200
    assert (first.json["success"], first.json["message"]) == (True, "Ticket verified successfully")
    told = first.json["ticket"]
    assert (told["status"], told["is_used"], told["is_valid"]) == ("used", True, False)
    second = door.post(f"{MINE}verify/", {"qr_code_data": code(ticket)})
    assert second.status_code == 400
    assert (second.json["success"], second.json["error"]) == (False, "Ticket already used")
    assert second.json["detail"] == "This ticket has already been used."
    assert second.json["ticket"]["ticket_number"] == ticket.number
    assert second.json["ticket"]["used_at"] == told["used_at"] is not None
    seen = api.by(buyer).get(f"{MINE}{ticket.uuid}/").json
    scanned_by = db.session.get_one(User, staff.user_id)
    assert seen["verified_by"] == str(scanned_by.uuid)


def test_organizers_verify_at_their_own_events_only(api: Api, db: SQLAlchemy) -> None:
    (ticket,) = bought(BuyerFactory())
    event = db.session.get_one(Event, ticket.event_id)
    stranger = member_of(organization_of(EventFactory()))
    refused = api.by(stranger).post(f"{MINE}verify/", {"qr_code_data": code(ticket)})
    assert refused.status_code == 403
    own = member_of(organization_of(event))
    assert api.by(own).post(f"{MINE}verify/", {"qr_code_data": code(ticket)}).status_code == 200


@pytest.mark.parametrize("known", [True, False])
def test_consumers_may_not_verify_and_learn_nothing(api: Api, db: SQLAlchemy, known: bool) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    answer = api.by(buyer).post(f"{MINE}verify/", {"qr_code_data": code(ticket) if known else "0" * 64})
    assert answer.status_code == 403
    assert answer.json["detail"] == "Only organizers and staff can verify tickets."


def test_an_unknown_code_is_refused_under_its_field(api: Api) -> None:
    answer = api.by(StaffFactory()).post(f"{MINE}verify/", {"qr_code_data": "0" * 64})
    assert answer.status_code == 400
    assert answer.json["qr_code_data"] == ["No ticket has this code."]
    assert answer.json["success"] is False
    assert api.by(StaffFactory()).post(f"{MINE}verify/", {}).json["qr_code_data"]


def test_void_tickets_and_events_that_ended_admit_nobody(api: Api, db: SQLAlchemy) -> None:
    void, late = bought(BuyerFactory(), 2)
    void.status = "cancelled"
    db.session.commit()
    staff = StaffFactory()
    answer = api.by(staff).post(f"{MINE}verify/", {"qr_code_data": code(void)})
    assert (answer.status_code, answer.json["error"]) == (400, "Ticket is not active")
    assert answer.json["ticket"]["status"] == "cancelled"
    with over(late):
        answer = api.by(staff).post(f"{MINE}verify/", {"qr_code_data": code(late)})
    assert (answer.status_code, answer.json["error"]) == (400, "Event has ended")


def test_a_cancelled_order_leaves_void_tickets_in_the_list(api: Api, db: SQLAlchemy) -> None:
    buyer = BuyerFactory()
    (ticket,) = bought(buyer)
    orders.cancel(SYSTEM, ticket.order_id)
    (row,) = results(api.by(buyer))
    assert (row["status"], row["is_valid"], row["qr_code_data"]) == ("cancelled", False, None)
