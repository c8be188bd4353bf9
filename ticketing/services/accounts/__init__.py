"""Accounts: signing up and in, passwords, addresses, profiles, and leaving."""

from ticketing.services.accounts.addresses import (
    CHANGE,
    RESET,
    VERIFY,
    confirm_email_change,
    email_token_works,
    mint_email_token,
    request_email_change,
    resend_verification,
    verify_email,
)
from ticketing.services.accounts.administration import (
    close,
    create_admin,
    deactivate,
    end_sessions,
    mark_verified,
    promote,
    reopen,
    send_reset,
    send_verification,
)
from ticketing.services.accounts.credentials import (
    change_password,
    confirm_reset,
    request_reset,
    sign_out_everywhere,
)
from ticketing.services.accounts.leaving import delete
from ticketing.services.accounts.profiles import update_profile
from ticketing.services.accounts.ranks import give_rank, take_rank
from ticketing.services.accounts.registration import Person, register
from ticketing.services.accounts.signing_in import EmailNotVerified, WrongCredentials, authenticate

__all__ = [
    "CHANGE",
    "RESET",
    "VERIFY",
    "EmailNotVerified",
    "Person",
    "WrongCredentials",
    "authenticate",
    "change_password",
    "close",
    "confirm_email_change",
    "confirm_reset",
    "create_admin",
    "deactivate",
    "delete",
    "email_token_works",
    "end_sessions",
    "give_rank",
    "mark_verified",
    "mint_email_token",
    "promote",
    "register",
    "reopen",
    "request_email_change",
    "request_reset",
    "resend_verification",
    "send_reset",
    "send_verification",
    "sign_out_everywhere",
    "take_rank",
    "update_profile",
    "verify_email",
]
