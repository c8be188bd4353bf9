"""Who has an account, for staff and support: found, looked at, switched off, given ranks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    PASSWORD,
    ActivityLogFactory,
    MembershipFactory,
    OrderFactory,
    OrganizationFactory,
    OutboxMessageFactory,
    UserFactory,
    VenueFactory,
    VenueMembershipFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from tests.web.staffroom import done, rows, statements_of
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import ActivityLog, OutboxMessage, User
from ticketing.services import notifications

USERS, BULK = "/staff/users/", "/staff/users/bulk"


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="staff@example.org", is_staff=True, first_name="Iris"))


@pytest.fixture
def superuser(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="root@example.org", is_superuser=True))


@pytest.fixture
def support(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="support@example.org", is_support=True))


@pytest.fixture
def ada(app: Flask) -> User:
    return UserFactory(email="ada@example.org", first_name="Ada", last_name="Lovelace")


def of(user: User, deed: str = "") -> str:
    return f"{USERS}{user.uuid}" + (f"/{deed}" if deed else "")


def fresh(user: User) -> User:
    db.session.expire_all()
    return db.session.get_one(User, user.id)


def test_to_strangers_there_is_no_such_page(app: Flask, client: FlaskClient, ada: User) -> None:
    for browser in (client, browser_of(app, UserFactory())):
        for address in ("/staff/", USERS, of(ada), of(ada, "switch-off"), f"{BULK}?deed=switch-off"):
            assert browser.get(address).status_code == 404
            assert browser.post(address).status_code in (404, 405)
        assert "/staff/" not in browser.get("/").get_data(as_text=True)
    assert fresh(ada).is_active


def test_support_sees_people_and_orders_and_nothing_else(support: FlaskClient, ada: User) -> None:
    ActivityLogFactory(user=ada, action="login", ip_address="192.0.2.7")
    page = Page(support.get("/staff/"))
    assert {words for words, href in page.links if href.startswith("/staff/")} >= {"People", "Orders"}
    assert "/staff/payments/" not in page.html
    for room in ("organizations", "events", "venues", "categories", "payments", "books", "activity"):
        assert support.get(f"/staff/{room}/").status_code == 404
    page = Page(support.get(of(ada)))
    assert page.status == 200
    for hidden in ("192.0.2.7", "Switch off", "Make support", "Latest activity"):
        assert hidden not in page.text
    assert rows(Page(support.get(f"{USERS}?q=lovelace"))) == 1
    assert 'name="chosen"' not in support.get(USERS).get_data(as_text=True)
    assert support.get(of(ada, "switch-off")).status_code == 404
    assert support.post(BULK, data={"deed": "switch-off", "chosen": ada.uuid}).status_code == 404
    assert fresh(ada).is_active


def test_people_are_found_by_name_or_address(staff: FlaskClient, ada: User) -> None:
    UserFactory(email="grace@example.net", first_name="Grace", last_name="Hopper")
    for words, number in (
        ("", 3), ("ADA", 1), ("lovelace ada", 1), ("ada hopper", 0), ("example.net", 1), ("%", 0), ("_", 0),
        ("\0ada", 1),
    ):  # fmt: skip
        page = Page(staff.get(USERS, query_string={"q": words}))
        assert (page.status, rows(page)) == (200, number), words
    page = Page(staff.get(f"{USERS}?q=ada"))
    assert page.link("Ada Lovelace") == of(ada)
    assert ada.password_hash not in page.html


def test_people_are_filtered_by_type_and_state(staff: FlaskClient) -> None:
    UserFactory(user_type="organizer", email_verified_at=clock.now())
    UserFactory(is_support=True, is_active=False)
    UserFactory(is_superuser=True)
    for asked, number in (
        ("kind=organizer", 1), ("kind=consumer", 3), ("kind=staff", 2), ("kind=support", 1),
        ("active=no", 1), ("active=yes", 3), ("active=no&kind=organizer", 0), ("kind=x&active=x&sort=x", 4),
    ):  # fmt: skip
        page = Page(staff.get(f"{USERS}?{asked}"))
        assert (page.status, rows(page)) == (200, number), asked
    page = Page(staff.get(f"{USERS}?active=no"))
    for words in ("Support", "Switched off", "Address not confirmed"):
        assert words in page.text


def test_people_are_sorted_either_way_and_the_filter_keeps_that(staff: FlaskClient) -> None:
    for name in ("Turing", "Babbage", "hopper"):
        UserFactory(last_name=name, first_name="X")
    for sort, first in (("name", "Babbage"), ("-name", "Turing")):
        page = Page(staff.get(f"{USERS}?q=x&sort={sort}"))
        assert page.headings[2].endswith(first), page.headings
        assert ("input", {"type": "hidden", "name": "sort", "value": sort}) in page.attributes
    assert page.link("Name") == f"{USERS}?q=x&sort=name"
    assert ("th", {"scope": "col", "aria-sort": "descending"}) in page.attributes
    assert rows(Page(staff.get(f"{USERS}?sort=-seen"))) == 4


def test_people_come_in_pages_and_fifty_cost_as_many_statements_as_five(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    address = f"{USERS}?q=crowd"
    counted = statements_of(staff, address, lambda: UserFactory(last_name="Crowd"), statements)
    assert counted[0] == counted[1] <= 4
    assert rows(Page(staff.get(address))) == 40
    assert f"{address}&page=2" in {href for _words, href in Page(staff.get(address)).links}
    assert rows(Page(staff.get(f"{address}&page=2"))) == 10


def test_an_account_is_told_with_all_that_belongs_to_it(staff: FlaskClient, ada: User) -> None:
    organization = OrganizationFactory(name="Lantern Company")
    MembershipFactory(organization=organization, user=ada, role="OWNER")
    VenueMembershipFactory(venue=VenueFactory(name="Harbour Hall"), user=ada, role="MANAGER")
    order = OrderFactory(user=ada, number="ORD-LANTERN")
    ActivityLogFactory(user=ada, action="login", ip_address="192.0.2.7", user_agent="Lynx")
    ActivityLogFactory(action="login_failed", object_type="user", object_id=ada.id)
    page = Page(staff.get(of(ada)))
    for words in ("ada@example.org", "Lantern Company", "Owner", "192.0.2.7", "Lynx", "Login failed"):
        assert words in page.text
    assert page.link("ORD-LANTERN").endswith(f"/organizer/orders/{order.uuid}")
    assert "Harbour Hall" in page.text
    assert ada.password_hash not in page.html
    assert staff.get(f"{USERS}{organization.uuid}").status_code == 404


def test_an_account_costs_a_fixed_number_of_statements(
    staff: FlaskClient, ada: User, statements: Callable[[], Any]
) -> None:
    def more() -> None:
        MembershipFactory(user=ada)
        OrderFactory(user=ada)
        ActivityLogFactory(user=ada, action="login")

    counted = statements_of(staff, of(ada), more, statements)
    assert counted[0] == counted[1] <= 12


def test_an_account_is_switched_off_and_its_open_session_ends(
    app: Flask, staff: FlaskClient, ada: User
) -> None:
    theirs = browser_of(app, ada)
    assert theirs.get("/account/").status_code == 200
    assert "Switch this account off?" in Page(staff.get(of(ada, "switch-off"))).text
    assert fresh(ada).is_active
    page = done(staff, of(ada, "switch-off"))
    assert "The account is switched off." in page.text
    assert theirs.get("/account/").location.startswith("/sign-in")
    theirs.post("/sign-in", data={"email": ada.email, "password": PASSWORD})
    assert theirs.get("/account/").location.startswith("/sign-in")
    again = Page(staff.get(staff.post(of(ada, "switch-off")).location))
    assert "Nothing was done" in again.text
    assert "The account is switched on." in done(staff, of(ada, "switch-on")).text
    assert browser_of(app, fresh(ada)).get("/account/").status_code == 200
    noted = db.session.scalars(db.select(ActivityLog.action).where(ActivityLog.object_id == ada.id)).all()
    assert {"account_deactivated", "account_reactivated"} <= set(noted)


def test_mails_are_sent_again_and_an_address_is_marked(staff: FlaskClient, ada: User) -> None:
    assert "The mail goes out now." in done(staff, of(ada, "send-verification")).text
    assert "The mail goes out now." in done(staff, of(ada, "send-reset")).text
    kinds = set(db.session.scalars(db.select(OutboxMessage.kind)))
    assert kinds == {notifications.VERIFY_EMAIL, notifications.RESET_PASSWORD}
    assert "The address is verified." in done(staff, of(ada, "mark-verified")).text
    assert fresh(ada).email_verified_at is not None
    assert "Send the verification mail" not in Page(staff.get(of(ada))).text


def test_somebody_is_signed_out_everywhere(app: Flask, staff: FlaskClient, ada: User) -> None:
    theirs = browser_of(app, ada)
    done(staff, of(ada, "sign-out"))
    assert theirs.get("/account/").location.startswith("/sign-in")
    assert fresh(ada).is_active


def test_staff_makes_support_and_only_superusers_make_staff(
    staff: FlaskClient, superuser: FlaskClient, ada: User
) -> None:
    assert "The account is support now." in done(staff, of(ada, "make-support")).text
    assert fresh(ada).is_support
    assert "not support any more" in done(staff, of(ada, "take-support")).text
    for deed in ("make-staff", "make-superuser"):
        assert staff.get(of(ada, deed)).status_code == 404
        assert staff.post(of(ada, deed)).status_code == 404
    assert "The account is staff now." in done(superuser, of(ada, "make-staff")).text
    assert "is a superuser now" in done(superuser, of(ada, "make-superuser")).text
    assert fresh(ada).is_superuser
    assert "stays staff" in done(superuser, of(ada, "take-superuser")).text
    assert (fresh(ada).is_staff, fresh(ada).is_superuser) == (True, False)
    assert staff.get(of(ada, "switch-off")).status_code == 404
    assert "not staff any more" in done(superuser, of(ada, "take-staff")).text


def test_nobody_changes_their_own_rank_or_switches_themselves_off(superuser: FlaskClient) -> None:
    me = db.session.scalars(db.select(User).where(User.email == "root@example.org")).one()
    page = Page(superuser.get(of(me)))
    assert "Take superuser away" not in page.text
    for deed in ("take-superuser", "make-support", "switch-off"):
        assert superuser.post(of(me, deed)).status_code == 404
    assert (fresh(me).is_superuser, fresh(me).is_active) == (True, True)


def test_a_deed_that_nobody_knows_is_no_page(staff: FlaskClient, ada: User) -> None:
    assert staff.get(of(ada, "promote")).status_code == 404
    assert staff.post(of(ada, "promote")).status_code == 404


def test_many_are_switched_off_and_what_cannot_be_is_told(app: Flask, staff: FlaskClient, ada: User) -> None:
    grace = UserFactory(email="grace@example.org", is_active=False)
    root = UserFactory(email="root@example.org", is_superuser=True)
    chosen = [str(user.uuid) for user in (ada, grace, root)]
    back = f"{USERS}?q=example"
    page = Page(staff.get(BULK, query_string={"deed": "switch-off", "chosen": chosen, "back": back}))
    assert "Switch 3 accounts off?" in page.headings
    assert page.link("Leave it as it is") == back
    assert fresh(ada).is_active
    page = Page(staff.post(BULK, data={"deed": "switch-off", "chosen": chosen, "back": back}))
    assert "1 account is off." in page.headings
    assert "2 were left as they are" in page.headings
    assert "grace@example.org This account is switched off already." in page.text
    assert "root@example.org You do not have permission" in page.text
    assert [fresh(user).is_active for user in (ada, root)] == [False, True]
    assert "1 account is on." in Page(
        staff.post(BULK, data={"deed": "switch-on", "chosen": [str(ada.uuid)]})
    ).headings  # fmt: skip


def test_many_need_a_choice_and_know_their_deeds(staff: FlaskClient, ada: User) -> None:
    for chosen in ([], ["x"], ["3fa85f64-5717-4562-b3fc-2c963f66afa6"]):
        answer = staff.get(BULK, query_string={"deed": "switch-off", "chosen": chosen, "back": "//evil.test"})
        assert (answer.status_code, answer.location) == (303, USERS)
        assert "Choose at least one." in Page(staff.get(USERS)).text
    assert staff.get(f"{BULK}?deed=delete&chosen={ada.uuid}").status_code == 404


def test_all_of_a_page_are_chosen_without_a_script(staff: FlaskClient, ada: User) -> None:
    page = Page(staff.get(f"{USERS}?q=ada"))
    assert not any("checked" in known for _tag, known in page.attributes)
    page = Page(staff.get(page.link("Choose all on this page")))
    boxes = [known for _tag, known in page.attributes if known.get("name") == "chosen"]
    assert [("checked" in box, box["value"]) for box in boxes] == [(True, str(ada.uuid))]
    assert page.link("Choose none") == f"{USERS}?q=ada"


def test_forms_without_their_token_change_nothing(
    app: Flask, staff: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert staff.post(of(ada, "switch-off")).status_code == 400
    assert staff.post(BULK, data={"deed": "switch-off", "chosen": str(ada.uuid)}).status_code == 400
    assert fresh(ada).is_active


def test_the_start_page_tells_what_waits_and_leads_to_every_room(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    OutboxMessageFactory(due_at=clock.now() - timedelta(hours=3))
    with statements() as seen:
        page = Page(staff.get("/staff/"))
    assert "the oldest for 3 hours" in page.text
    assert len(seen) <= 12
    for room in ("users", "organizations", "events", "venues", "categories", "orders", "payments", "books"):
        assert f"/staff/{room}/" in {href for _words, href in page.links}
        assert staff.get(f"/staff/{room}/").status_code == 200
