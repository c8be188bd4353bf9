"""Passwords: how strong, changing, resetting (SecureTicket 002, EasyTicket 003)."""

from __future__ import annotations

import dataclasses
from typing import Any

from ticketing.api.accounts.schemas import (
    ChangePasswordIn,
    EmailIn,
    PasswordIn,
    ResetPasswordIn,
    StrengthOut,
)
from ticketing.api.credentials import MessageOut, own_password
from ticketing.api.http import Access, Routes, current_actor
from ticketing.services import accounts, strength

bp = Routes("auth_passwords", prefix="/api/auth", tag="Auth")


@bp.post("/check-password-strength/", access=Access.UNCHECKED)
@bp.arguments(PasswordIn)
@bp.response(200, StrengthOut)
def check_password_strength(body: dict[str, Any]) -> Any:
    """Say how strong a password is. It is neither kept nor logged."""
    return dataclasses.asdict(strength.measure(body["password"]))


@bp.post("/change-password/")
@bp.arguments(ChangePasswordIn)
@bp.response(200, MessageOut)
def change_password(body: dict[str, Any]) -> Any:
    """Change the password. Every older token and session of the account ends."""
    return _changed(body)


@bp.put("/change-password/")
@bp.arguments(ChangePasswordIn)
@bp.response(200, MessageOut)
def put_password(body: dict[str, Any]) -> Any:
    """Change the password: the same as POST."""
    return _changed(body)


@bp.patch("/change-password/")
@bp.arguments(ChangePasswordIn)
@bp.response(200, MessageOut)
def patch_password(body: dict[str, Any]) -> Any:
    """Change the password: the same as POST."""
    return _changed(body)


def _changed(body: dict[str, Any]) -> dict[str, str]:
    with own_password():
        accounts.change_password(current_actor(), old=body["old_password"], new=body["new_password"])
    return {"message": "Password changed successfully. Please sign in again."}


@bp.post("/password-reset/", access=Access.UNCHECKED)
@bp.arguments(EmailIn)
@bp.response(200, MessageOut)
def request_password_reset(body: dict[str, Any]) -> Any:
    """Ask for a mail that sets a new password. The answer never tells whether the address has an account."""
    accounts.request_reset(current_actor(), body["email"])
    return {"message": "If this address has an account, a mail is on its way."}


@bp.post("/password-reset/confirm/", access=Access.UNCHECKED)
@bp.arguments(ResetPasswordIn)
@bp.response(200, MessageOut)
def confirm_password_reset(body: dict[str, Any]) -> Any:
    """Set a new password with the token from the mail. Every older token and session ends."""
    accounts.confirm_reset(current_actor(), body["token"], body["new_password"])
    return {"message": "Password has been reset. Please sign in."}
