"""Opening an account and showing that its address is one's own (BTick 001 §1.1, EasyTicket 003)."""

from __future__ import annotations

from typing import Any

from ticketing.api.accounts import present
from ticketing.api.accounts.schemas import (
    EmailIn,
    EmailTokenIn,
    RegisterIn,
    SignedInOut,
    SignedUpOut,
    SignupIn,
    VerifiedOut,
)
from ticketing.api.credentials import MessageOut
from ticketing.api.http import Access, Counted, Routes, current_actor
from ticketing.services import accounts, tokens
from ticketing.services.accounts import Person

bp = Routes("auth_opening", prefix="/api/auth", tag="Auth")


@bp.post("/register/", access=Access.UNCHECKED)
@bp.arguments(RegisterIn)
@bp.response(201, SignedInOut)
def register(body: dict[str, Any]) -> Any:
    """Open an account. It can be used at once; a mail asks to verify the address."""
    user = accounts.register(current_actor(), Person(**body))
    return present.signed_in(user, tokens.issue(user), "Registration successful")


@bp.post("/signup/", access=Access.UNCHECKED, counted=Counted.SIGN_UP)
@bp.arguments(SignupIn)
@bp.response(201, SignedUpOut)
def sign_up(body: dict[str, Any]) -> Any:
    """Open an account as consumer or organizer. It signs in when its address is verified."""
    user = accounts.register(current_actor(), Person(**body), must_verify=True)
    return {
        "message": "Registration successful. Please check your email to verify your account.",
        "user": {"id": user.uuid, "email": user.email, "user_type": user.user_type},
    }


@bp.post("/verify-email/", access=Access.UNCHECKED)
@bp.arguments(EmailTokenIn)
@bp.response(200, VerifiedOut)
def verify_email(body: dict[str, Any]) -> Any:
    """Verify an address with the token from the mail."""
    user = accounts.verify_email(current_actor(), body["token"])
    return {"message": "Email verified successfully.", "user": {"id": user.uuid, "email": user.email}}


@bp.post("/resend-verification/", access=Access.UNCHECKED)
@bp.arguments(EmailIn)
@bp.response(200, MessageOut)
def resend_verification(body: dict[str, Any]) -> Any:
    """Send the verification mail again. The answer never tells whether the address has an account."""
    accounts.resend_verification(current_actor(), body["email"])
    return {"message": "If an account waits for this address to be verified, a mail is on its way."}
