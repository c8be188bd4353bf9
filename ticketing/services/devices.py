"""Devices that an account has signed in from: a signed cookie that a browser keeps for long.

It opens nothing. Whoever has it is only counted apart from strangers who try the same account.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from ticketing.models import User

COOKIE = "known_device"
LIFE = timedelta(days=365)
#: So many names of accounts are remembered; each account has two, its address and its username.
_MOST_NAMES = 8


def account_key(login: str) -> str:
    """What an account is called in counters and cookies: nobody reads an address out of it."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    name = login.strip().lower().encode(errors="replace")
    return hmac.new(secret, b"account:" + name, hashlib.sha256).hexdigest()[:24]


def known(cookie: str | None, login: str) -> str | None:
    """The device's name, if this cookie is ours and the account has signed in there before."""
    found = _read(cookie)
    return found["device"] if found and account_key(login) in found["accounts"] else None


def remembered(cookie: str | None, user: User) -> str:
    """The cookie's new value, after the account has signed in there."""
    found = _read(cookie) or {"device": secrets.token_hex(8), "accounts": []}
    names = [account_key(user.email), account_key(user.username)]
    others = [name for name in found["accounts"] if name not in names]
    return _signer().dumps({"device": found["device"], "accounts": (names + others)[:_MOST_NAMES]})


def _read(cookie: str | None) -> dict[str, Any] | None:
    if not cookie:
        return None
    try:
        found: dict[str, Any] = _signer().loads(cookie, max_age=int(LIFE.total_seconds()))
    except BadData:
        return None
    return found


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known-device")
