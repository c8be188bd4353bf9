"""One's own account: profile, password, address, data, leaving."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, EventFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.web.conftest import Get
from tests.web.page import Page
from ticketing.models import OutboxMessage, User

NEW = "another quiet afternoon"
PROFILE = {
    "profile-first_name": "Grace",
    "profile-last_name": "Brewster",
    "profile-phone": "+1 202 555 0143",
    "profile-city": "Arlington",
    "profile-country": "United States",
    "profile-bio": "Sailor.\nWrites compilers.",
    "profile-language": "en",
}


def again(db, user: User) -> User:
    db.session.refresh(user)
    return user


def promised(db) -> list[str]:
    return list(db.session.scalars(db.select(OutboxMessage.kind).order_by(OutboxMessage.id)))


@pytest.mark.parametrize("address", ["/account/", "/account/delete", "/account/my-data.json"])
def test_settings_are_for_who_is_signed_in(client: FlaskClient, address: str) -> None:
    assert client.get(address).location.startswith("/sign-in?next=")


@pytest.mark.parametrize("name", ["profile", "password", "email", "sign-out-everywhere", "delete"])
def test_nothing_is_changed_by_who_is_not(client: FlaskClient, name: str) -> None:
    assert client.post(f"/account/{name}").location.startswith("/sign-in")


def test_a_profile_is_saved_and_shown(signed_in: FlaskClient, user: User, db) -> None:
    assert signed_in.post("/account/profile", data=PROFILE).location == "/account/"
    saved = again(db, user)
    assert {
        f"profile-{name}": getattr(saved, name)
        for name in ("first_name", "last_name", "phone", "city", "country", "bio", "language")
    } == PROFILE
    page = Page(signed_in.get("/account/"))
    fields = page.form("/account/profile#profile").fields
    assert fields["profile-city"] == "Arlington"
    assert "Sailor." in page.text


def test_what_is_wrong_with_a_profile_stands_at_its_field_and_nothing_typed_is_lost(
    signed_in: FlaskClient, user: User, db
) -> None:
    page = Page(signed_in.post("/account/profile", data=PROFILE | {"profile-phone": "1" * 21}))
    assert page.status == 400
    assert "profile-phone-error" in page.ids
    assert page.form("/account/profile#profile").fields["profile-city"] == "Arlington"
    assert "Writes compilers." in page.text
    assert again(db, user).city == ""


def test_a_language_that_there_is_not_is_refused(signed_in: FlaskClient, user: User, db) -> None:
    page = Page(signed_in.post("/account/profile", data=PROFILE | {"profile-language": "tlh"}))
    assert page.status == 400
    assert "profile-language-error" in page.ids
    assert again(db, user).language == "en"


def test_nobody_gives_themselves_a_rank_by_sending_more_fields(
    signed_in: FlaskClient, user: User, db
) -> None:
    more = {"profile-is_staff": "y", "is_staff": "y", "profile-user_type": "organizer"}
    signed_in.post("/account/profile", data=PROFILE | more)
    assert (again(db, user).is_staff, user.user_type) == (False, "consumer")


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("", NEW, "old_password", "Enter the password that you have now."),
        ("not the password", NEW, "old_password", "This is not your current password."),
        (PASSWORD, "short", "new_password", "too short"),
        (PASSWORD, PASSWORD, "new_password", "This is the password that you have."),
    ],
)
def test_what_is_wrong_with_a_password_stands_at_its_field(
    signed_in: FlaskClient, old: str, new: str, field: str, words: str
) -> None:
    typed = {"password-old_password": old, "password-new_password": new}
    page = Page(signed_in.post("/account/password", data=typed))
    assert page.status == 400
    assert words in page.text
    assert f"password-{field}-error" in page.ids
    assert page.form("/account/profile#profile").fields["profile-first_name"] == "Grace"


def test_a_new_address_counts_only_when_its_link_was_opened(signed_in: FlaskClient, user: User, db) -> None:
    old = user.email
    typed = {"email-new_email": "new@example.org", "email-password": PASSWORD}
    assert signed_in.post("/account/email", data=typed).status_code == 303
    assert again(db, user).email == old
    assert promised(db) == ["mail.change_email"]


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("new@example.org", "wrong", "password"),
        ("no address", PASSWORD, "new_email"),
        ("taken@example.org", PASSWORD, "new_email"),
        ("", PASSWORD, "new_email"),
    ],
)
def test_what_is_wrong_with_an_address_stands_at_its_field(
    signed_in: FlaskClient, db, email: str, password: str, field: str
) -> None:
    UserFactory(email="taken@example.org")
    typed = {"email-new_email": email, "email-password": password}
    page = Page(signed_in.post("/account/email", data=typed))
    assert page.status == 400
    assert f"email-{field}-error" in page.ids
    assert page.form("/account/email#email").fields["email-new_email"] == email
    assert promised(db) == []


def test_own_data_comes_as_a_file_and_holds_no_secret(signed_in: FlaskClient, user: User) -> None:
    answer = signed_in.get("/account/my-data.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["account"]["email"] == user.email
    assert user.password_hash not in answer.get_data(as_text=True)


@pytest.mark.parametrize("word", ["delete", " DELETE "])
def test_an_account_is_deleted_by_password_and_word(
    signed_in: FlaskClient, user: User, db, word: str
) -> None:
    number = user.id
    answer = signed_in.post("/account/delete", data={"password": PASSWORD, "confirmation": word})
    assert answer.location == "/"
    db.session.expunge_all()
    assert db.session.get(User, number) is None
    page = Page(signed_in.get("/"))
    assert "Your account is deleted." in page.text
    assert "Sign out" not in page.text


@pytest.mark.parametrize(
    ("password", "word", "field"),
    [("", "delete", "password"), ("wrong", "delete", "password"), (PASSWORD, "yes", "confirmation")],
)
def test_nobody_deletes_an_account_by_mistake(
    signed_in: FlaskClient, user: User, db, password: str, word: str, field: str
) -> None:
    page = Page(signed_in.post("/account/delete", data={"password": password, "confirmation": word}))
    assert page.status == 400
    assert f"{field}-error" in page.ids
    assert page.form("").fields["confirmation"] == word
    assert again(db, user).is_active


def test_who_may_not_leave_is_told_why(signed_in: FlaskClient, user: User, db) -> None:
    house = OrganizationFactory(name="Harbour House")
    EventFactory(organization=house)
    MembershipFactory(organization=house, user=user, role="OWNER")
    page = Page(signed_in.post("/account/delete", data={"password": PASSWORD, "confirmation": "delete"}))
    assert page.status == 400
    assert "Give Harbour House another owner first" in page.text


def test_signing_up_asks_what_for(client: FlaskClient, get: Get, db) -> None:
    assert "I organize events" in get("/sign-up").text
    person = {"email": "mary@example.org", "password": PASSWORD, "user_type": "organizer"}
    assert client.post("/sign-up", data=person).status_code == 303
    made = db.session.scalars(db.select(User)).one()
    assert (made.user_type, made.language) == ("organizer", "en")


def test_nobody_signs_up_as_something_else(client: FlaskClient, app: Flask, db) -> None:
    person = {"email": "mary@example.org", "password": PASSWORD, "user_type": "superuser"}
    assert client.post("/sign-up", data=person).status_code == 400
    assert db.session.scalar(db.select(db.func.count()).select_from(User)) == 0
