"""The activity log for administrators, and what stands in it (SecureTicket 002)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.api.test_matrix import answered
from tests.api.world import NEW_PASSWORD, World, path_of, routes, undone
from tests.factories import (
    PASSWORD,
    ActivityLogFactory,
    BuyerFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    UserFactory,
    member_of,
)
from ticketing.models import ActivityLog, User
from ticketing.services import accounts

LOGS = "/api/logs/"
SECRETS = ("password", "old_password", "new_password", "token", "refresh", "re_password")
WRONG = {"email": "buyer@example.org", **dict.fromkeys(SECRETS, "a wrong secret")}
ENVELOPE = {"count", "next", "previous", "results"}


def test_the_log_is_for_administrators(api: Api) -> None:
    ActivityLogFactory()
    assert api.get(LOGS).status_code == 401
    for actor in (BuyerFactory(), SupportFactory(), member_of(OrganizationFactory())):
        assert api.by(actor).get(LOGS).status_code == 403
    assert api.by(StaffFactory()).get(LOGS).json["count"] == 1
    assert api.by(UserFactory(is_superuser=True)).get(LOGS).status_code == 200


def test_an_entry_says_who_did_what_to_what_from_where(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    headers = {"User-Agent": "a browser"}
    api.post("/api/auth/login/", {"email": user.email, "password": PASSWORD}, headers=headers)
    page = api.by(StaffFactory()).get(LOGS).json
    assert set(page) == ENVELOPE
    entry = page["results"][0]
    assert entry["user"] == {"id": str(user.uuid), "username": user.username, "email": user.email}
    assert (entry["action"], entry["object_type"], entry["object_id"]) == ("login", "user", str(user.id))
    assert (entry["ip_address"], entry["user_agent"]) == ("127.0.0.1", "a browser")
    assert entry["timestamp"].endswith("Z")


def test_an_accounts_part_is_found_by_either_id_and_holds_what_was_done_to_it(api: Api) -> None:
    user, staff = UserFactory(), StaffFactory()
    ActivityLogFactory(user_id=UserFactory().id)
    ActivityLogFactory(user_id=user.id, action="login")
    ActivityLogFactory(object_type="user", object_id=user.id, action="login_failed")
    ActivityLogFactory(object_type="event", object_id=user.id, action="event_created")
    for key in (user.id, user.uuid):
        found = api.by(staff).get(f"{LOGS}?user_id={key}").json["results"]
        assert [entry["action"] for entry in found] == ["login_failed", "login"]


def test_an_unknown_account_has_no_part_and_a_name_is_no_id(api: Api) -> None:
    ActivityLogFactory()
    staff = api.by(StaffFactory())
    for key in ("999999", "6f9619ff-8b86-4011-b42d-00c04fc964ff", "somebody"):
        assert staff.get(f"{LOGS}?user_id={key}").json["results"] == []


def test_an_action_can_be_chosen(api: Api) -> None:
    ActivityLogFactory(action="login")
    ActivityLogFactory(action="logout")
    found = api.by(StaffFactory()).get(f"{LOGS}?action=logout").json
    assert [entry["action"] for entry in found["results"]] == ["logout"]


def test_the_log_comes_page_by_page_newest_first(api: Api) -> None:
    numbers = [str(ActivityLogFactory(action="login").id) for _ in range(5)]
    staff = api.by(StaffFactory())
    seen, path = [], f"{LOGS}?action=login&page_size=2"
    while path:
        page = staff.get(path.removeprefix("http://localhost")).json
        assert page["count"] == 5
        seen += [entry["id"] for entry in page["results"]]
        path = page["next"]
    assert seen == numbers[::-1]
    last = staff.get(f"{LOGS}?action=login&page_size=2&page=3").json
    assert last["next"] is None
    assert last["previous"] == f"http://localhost{LOGS}?action=login&page_size=2&page=2"


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=101", "page_size=0", "page=99999999999999"])
def test_a_page_that_cannot_be_is_400(api: Api, query: str) -> None:
    assert api.by(StaffFactory()).get(f"{LOGS}?{query}").status_code == 400


def test_behind_the_last_page_is_nothing_but_the_first_may_be_empty(api: Api) -> None:
    staff = api.by(StaffFactory())
    assert staff.get(f"{LOGS}?page=2").status_code == 404
    assert staff.get(LOGS).json == {"count": 0, "next": None, "previous": None, "results": []}


def test_deeds_outlive_accounts(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    entry = ActivityLogFactory(user_id=user.id)
    db.session.delete(db.session.get_one(User, user.id))
    db.session.commit()
    found = api.by(StaffFactory()).get(LOGS).json["results"]
    assert [(known["id"], known["user"]) for known in found] == [(str(entry.id), None)]
    assert db.session.query(ActivityLog).count() == 1


# ------------------------------------------------------------------ what is noted


def noted(db: SQLAlchemy, action: str) -> ActivityLog:
    """The newest entry of this kind."""
    entries = db.session.query(ActivityLog).filter_by(action=action).order_by(ActivityLog.id.desc())
    return entries.first()


CHANGES = [
    ("category", "/api/v1/categories/{category}/", {"name": "New name"}, "name"),
    ("venue", "/api/v1/venues/{hall}/", {"address": "9 New Street"}, "address"),
    (
        "organization",
        "/api/v1/organizations/{organization}/",
        {"contact_email": "new@example.org"},
        "contact_email",
    ),
    ("event", "/api/v1/events/{event}/", {"title": "New title"}, "title"),
    ("ticket_type", "/api/v1/tickets/{offer}/", {"price": "31.50"}, "price"),
    ("ticket_type", "/api/v1/tickets/{offer}/", {"quota": 77}, "size"),
]


@pytest.mark.parametrize(("what", "path", "body", "column"), CHANGES)
def test_a_change_says_what_it_was_before_and_nothing_of_the_rest(
    api: Api, db: SQLAlchemy, what: str, path: str, body: dict, column: str
) -> None:
    world = World()
    answer = api.by(StaffFactory()).patch(path.format(**vars(world)), body)
    assert answer.status_code == 200
    changed = noted(db, f"{what}_updated").details["changed"]
    assert list(changed) == [column]
    before, after = changed[column]
    assert after == next(iter(body.values()))
    assert before != after


def test_every_deed_is_noted_with_address_and_browser(api: Api, db: SQLAlchemy) -> None:
    """Refunds and payments that a gateway reports are the house's own: nobody called."""
    world = World()
    deeds = {
        "POST /api/auth/register/": "account_registered",
        "POST /api/auth/login/": "login",
        "POST /api/auth/logout/": "logout",
        "POST /api/auth/logout-all/": "signed_out_everywhere",
        "POST /api/auth/verify-email/": "email_verified",
        "PUT /api/auth/profile/update/": "profile_updated",
        "POST /api/auth/change-password/": "password_changed",
        "POST /api/auth/password-reset/confirm/": "password_reset",
        "POST /api/auth/change-email/": "email_change_requested",
        "POST /api/auth/change-email/confirm/": "email_changed",
        "POST /api/v1/organizations/<organization>/add-member/": "member_added",
        "POST /api/v1/events/": "event_created",
        "POST /api/v1/events/<event>/publish/": "event_published",
        "POST /api/v1/events/<event>/cancel/": "event_cancelled",
        "DELETE /api/v1/events/<event>/": "event_deleted",
        "POST /api/v1/tickets/": "ticket_type_created",
        "DELETE /api/v1/tickets/<ticket>/": "ticket_type_deleted",
        "POST /api/v1/bookings/": "order_placed",
        "POST /api/v1/bookings/<booking>/confirm/": "order_confirmed",
        "POST /api/v1/bookings/<booking>/cancel/": "order_cancelled",
        "POST /api/v1/bookings/<booking>/refund/": "refund_requested",
    }
    api.client.environ_base["HTTP_USER_AGENT"] = "a browser"
    for name, method, rule in routes(api.client.application):
        if name not in deeds:
            continue
        action = deeds.pop(name)
        with undone():
            assert answered(api, world, name, method, rule, "staff") == "2xx", name
            entry = noted(db, action)
            assert entry is not None, name
            assert (entry.ip_address, entry.user_agent) == ("127.0.0.1", "a browser"), name
    assert deeds == {}


def test_a_failed_sign_in_is_noted_about_the_account_and_hints_at_an_unknown_one(
    api: Api, db: SQLAlchemy
) -> None:
    user = UserFactory()
    api.post("/api/auth/login/", {"email": user.email, "password": "wrong"})
    entry = noted(db, "login_failed")
    assert (entry.user_id, entry.object_type, entry.object_id) == (None, "user", user.id)
    for login, hint in (("ada@example.org", "ad…@example.org"), ("my own secret", "my…")):
        api.post("/api/auth/login/", {"email": login, "password": "wrong"})
        assert noted(db, "login_failed").details == {"login": hint}


def test_a_changed_rank_says_what_it_was_before(app: Flask, db: SQLAlchemy) -> None:
    user = UserFactory()
    accounts.promote(user.email, "support")
    assert noted(db, "rank_changed").details == {
        "rank": "support",
        "changed": {"is_support": [False, True]},
    }


@pytest.mark.one_database
def test_no_entry_and_no_line_of_the_log_ever_holds_a_secret(
    app: Flask, api: Api, db: SQLAlchemy, caplog: pytest.LogCaptureFixture
) -> None:
    """Every route is called as somebody who may, and as somebody who sends rubbish."""
    world = World()
    caplog.set_level("DEBUG")
    tokens_of = [secret for person in world.people.values() for secret in (person.access, person.refresh)]
    secrets = {PASSWORD, NEW_PASSWORD, "a wrong secret", *filter(None, tokens_of)} - {"none"}
    secrets |= {world.verifying, world.resetting, world.moving}
    secrets |= {user.password_hash for user in db.session.query(User)}
    seen: set[str] = set()
    for name, method, rule in routes(app):
        with undone():
            answered(api, world, name, method, rule, "staff")
            api.call(method, path_of(rule, {key: world.at(key) for key in rule.arguments}), WRONG)
            entries = db.session.query(ActivityLog).all()
            seen |= {entry.action for entry in entries}
            text = " ".join(str(vars(entry)) for entry in entries) + caplog.text
        assert [secret for secret in secrets if secret in text] == [], name
    assert len(seen) > 25
