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
from ticketing.services.accounts.administration import create_admin, deactivate, promote
from ticketing.services.accounts.credentials import (
    change_password,
    confirm_reset,
    request_reset,
    sign_out_everywhere,
)
from ticketing.services.accounts.leaving import delete
from ticketing.services.accounts.profiles import update_profile
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
    "confirm_email_change",
    "confirm_reset",
    "create_admin",
    "deactivate",
    "delete",
    "email_token_works",
    "mint_email_token",
    "promote",
    "register",
    "request_email_change",
    "request_reset",
    "resend_verification",
    "sign_out_everywhere",
    "update_profile",
    "verify_email",
]
