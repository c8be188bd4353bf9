"""One's own account: profile, address, data, and leaving."""

from __future__ import annotations

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import PASSWORD, OfferFactory, UserFactory
from ticketing.models import Order, User
from ticketing.policy import Actor
from ticketing.services import accounts, orders

PROFILE, UPDATE, ACCOUNT = "/api/auth/profile/", "/api/auth/profile/update/", "/api/auth/account/"
#: What the documents of each client name.
KEYS = {
    "BTick": {
        "id", "email", "first_name", "last_name", "phone", "bio", "avatar", "date_joined", "last_login"
    },
    "EasyTicket": {
        "id", "email", "first_name", "last_name", "user_type", "phone_number", "is_email_verified",
        "is_phone_verified", "date_joined", "auth_provider",
    },
    "SecureTicket": {
        "id", "username", "email", "first_name", "last_name", "phone", "is_staff", "date_joined"
    },
}  # fmt: skip


@pytest.mark.parametrize("door", list(KEYS))
def test_a_profile_has_every_clients_keys(api: Api, door: str) -> None:
    user = UserFactory(phone="+49 30 1234")
    profile = api.by(user).get(PROFILE).json
    assert set(profile) >= KEYS[door]
    assert profile["id"] == str(user.uuid)
    assert profile["phone"] == profile["phone_number"] == "+49 30 1234"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_only_what_is_sent_is_changed(api: Api, method: str) -> None:
    by = api.by(UserFactory(first_name="Ada", city="Lisbon"))
    answer = by.call(method, PROFILE, {"first_name": "Grace"})
    assert answer.status_code == 200
    assert (answer.json["first_name"], answer.json["city"]) == ("Grace", "Lisbon")
    assert by.call(method, PROFILE, {}).json == answer.json


def test_a_changed_profile_comes_with_a_message_where_that_is_documented(api: Api) -> None:
    answer = api.by(UserFactory()).put(UPDATE, {"first_name": "G", "last_name": "H", "phone": "+1"})
    assert set(answer.json) == {"message", "user"}
    assert [answer.json["user"][name] for name in ("first_name", "last_name", "phone")] == ["G", "H", "+1"]


@pytest.mark.parametrize("name", ["phone", "phone_number"])
def test_either_name_of_the_phone_changes_it_also_beside_the_other_one(api: Api, name: str) -> None:
    by = api.by(UserFactory(phone="+1"))
    whole = by.get(PROFILE).json
    changed = by.put(PROFILE, {**whole, name: "+2"}).json
    assert changed["phone"] == changed["phone_number"] == "+2"


def test_what_is_not_ones_own_to_say_is_ignored(api: Api) -> None:
    by = api.by(UserFactory())
    before = by.get(PROFILE).json
    wanted = {
        "is_staff": True, "is_superuser": True, "user_type": "organizer", "email": "x@example.org",
        "is_email_verified": True, "username": "root", "id": 1, "is_active": False, "token_epoch": 9,
    }  # fmt: skip
    assert by.put(PROFILE, wanted).json == before


def test_a_profile_needs_somebody_who_is_signed_in(api: Api) -> None:
    assert api.get(PROFILE).status_code == 401
    assert api.put(PROFILE, {"first_name": "Grace"}).status_code == 401


def test_another_address_counts_when_its_link_was_opened(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    by = api.by(user)
    body = {"new_email": "new@example.org", "password": PASSWORD}
    assert by.post("/api/auth/change-email/", body).status_code == 200
    assert by.get(PROFILE).json["email"] == user.email
    token = accounts.mint_email_token(user.id, "change_email", "new@example.org")
    answer = api.post("/api/auth/change-email/confirm/", {"token": token})
    assert answer.json["user"] == {"id": str(user.uuid), "email": "new@example.org"}
    assert by.get(PROFILE).json["email"] == "new@example.org"
    assert api.post("/api/auth/change-email/confirm/", {"token": token}).status_code == 400


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"new_email": "none"}, "new_email"),
        ({"new_email": "taken@x.org"}, "new_email"),
    ],
)
def test_another_address_needs_the_password_and_must_be_free(api: Api, changed: dict, field: str) -> None:
    UserFactory(email="taken@x.org")
    body = {"new_email": "new@example.org", "password": PASSWORD, **changed}
    answer = api.by(UserFactory()).post("/api/auth/change-email/", body)
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]


def test_leaving_needs_the_password_and_ends_everything(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    by = api.by(user)
    placed = orders.place(
        Actor.of(user), [orders.Line(OfferFactory().id, 1)], terms=orders.terms_for("btick")
    )
    wrong = by.call("DELETE", ACCOUNT, {"password": "wrong"})
    assert wrong.status_code == 400
    assert list(wrong.json["field_errors"]) == ["password"]
    gone = by.call("DELETE", ACCOUNT, {"password": PASSWORD})
    assert gone.status_code == 204
    assert gone.headers.getlist("Set-Cookie")
    assert by.get(PROFILE).status_code == 401
    assert db.session.query(User).count() == 0
    order = db.session.get_one(Order, placed.order_id)
    assert (order.user_id, order.buyer_email) == (None, "")


def test_ones_data_come_as_a_file_without_secrets(api: Api) -> None:
    user = UserFactory(phone="+1")
    orders.place(Actor.of(user), [orders.Line(OfferFactory().id, 2)], terms=orders.terms_for("btick"))
    answer = api.by(user).get("/api/auth/account/export/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["account"]["email"] == user.email
    assert len(answer.json["orders"]) == 1
    assert user.password_hash not in answer.text
