"""One's own account: profile, address, data, and leaving (EasyTicket 003, SecureTicket 002)."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify

from ticketing.api.accounts import present
from ticketing.api.accounts.schemas import (
    ChangeEmailIn,
    EmailTokenIn,
    OwnDataOut,
    PasswordIn,
    ProfileIn,
    UpdatedProfileOut,
    UserOut,
    VerifiedOut,
)
from ticketing.api.credentials import MessageOut, own_password, take_cookies_back
from ticketing.api.http import Access, Routes, current_actor
from ticketing.models import User
from ticketing.queries import accounts as own_accounts
from ticketing.queries import export
from ticketing.services import accounts

bp = Routes("auth_profile", prefix="/api/auth", tag="Auth")


@bp.get("/profile/")
@bp.response(200, UserOut)
def get_profile() -> Any:
    """The account that is signed in."""
    return present.user(own_accounts.own(current_actor()))


@bp.put("/profile/")
@bp.arguments(ProfileIn)
@bp.response(200, UserOut)
def put_profile(body: dict[str, Any]) -> Any:
    """Change the profile. What is not sent stays."""
    return present.user(_changed(body))


@bp.patch("/profile/")
@bp.arguments(ProfileIn)
@bp.response(200, UserOut)
def patch_profile(body: dict[str, Any]) -> Any:
    """Change parts of the profile."""
    return present.user(_changed(body))


@bp.put("/profile/update/")
@bp.arguments(ProfileIn)
@bp.response(200, UpdatedProfileOut)
def update_profile(body: dict[str, Any]) -> Any:
    """Change the profile (SecureTicket 002)."""
    return {"message": "Profile updated successfully", "user": present.user(_changed(body))}


def _changed(body: dict[str, Any]) -> User:
    """Save the profile. A client that sends back all it got has changed one of the two names of the phone."""
    number = body.pop("phone_number", None)
    if number is not None and number != own_accounts.own(current_actor()).phone:
        body["phone"] = number
    return accounts.update_profile(current_actor(), **body)


@bp.post("/change-email/")
@bp.arguments(ChangeEmailIn)
@bp.response(200, MessageOut)
def change_email(body: dict[str, Any]) -> Any:
    """Ask for another address. It counts when the link that is mailed there was opened."""
    with own_password():
        accounts.request_email_change(current_actor(), **body)
    return {"message": "Please open the link that we sent to the new address."}


@bp.post("/change-email/confirm/", access=Access.UNCHECKED)
@bp.arguments(EmailTokenIn)
@bp.response(200, VerifiedOut)
def confirm_email_change(body: dict[str, Any]) -> Any:
    """Make the new address count, with the token from the mail."""
    user = accounts.confirm_email_change(current_actor(), body["token"])
    return {"message": "Email changed successfully.", "user": {"id": user.uuid, "email": user.email}}


@bp.delete("/account/")
@bp.arguments(PasswordIn)
@bp.response(204)
def delete_account(body: dict[str, Any]) -> Response:
    """Delete the account for good. Its orders stay, without a name."""
    with own_password():
        accounts.delete(current_actor(), password=body["password"])
    return take_cookies_back(current_app.response_class(status=204))


@bp.get("/account/export/")
@bp.response(200, OwnDataOut)
def export_account() -> Response:
    """Everything that is known of the account, as a file."""
    answer = jsonify(export.own_data(current_actor()))
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
