"""Bearer tokens: issuing a pair, taking a new access token for a refresh token, telling who holds one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_jwt_extended import create_access_token, create_refresh_token
from sqlalchemy import bindparam, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from ticketing.errors import NotSignedIn
from ticketing.extensions import db
from ticketing.models import RevokedToken, User
from ticketing.models.types import table
from ticketing.policy import Actor
from ticketing.services import activity
from ticketing.transaction import transactional

_USERS = table(User).c
#: Built once: it runs with every call of the API.
_HOLDER = select(
    _USERS.id,
    _USERS.email,
    _USERS.first_name,
    _USERS.last_name,
    _USERS.user_type,
    _USERS.is_staff,
    _USERS.is_superuser,
    _USERS.is_support,
    _USERS.language,
).where(
    _USERS.id == bindparam("number"),
    _USERS.token_epoch == bindparam("epoch"),
    _USERS.is_active,
    ~exists().where(RevokedToken.jti == bindparam("jti")),
)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What signing in gives to a program."""

    access: str
    refresh: str


def issue(user: User) -> TokenPair:
    """A fresh pair. Both carry the account's epoch: raising that ends them all at once."""
    claims = {"epoch": user.token_epoch}
    return TokenPair(
        access=create_access_token(identity=str(user.id), additional_claims=claims),
        refresh=create_refresh_token(identity=str(user.id), additional_claims=claims),
    )


def renewed_access(claims: dict[str, Any]) -> str:
    """A new access token for a verified refresh token's claims.

    :raises NotSignedIn: the token was revoked, or its account is gone or closed.
    """
    actor_of(claims)
    return create_access_token(
        identity=str(claims["sub"]), additional_claims={"epoch": claims.get("epoch", 0)}
    )


def actor_of(claims: dict[str, Any]) -> Actor:
    """Who holds a token whose signature was verified: one statement, revocation included.

    :raises NotSignedIn: revoked, older than the account's epoch, or the account is gone or closed.
    """
    asked = {
        "jti": str(claims.get("jti")),
        "number": _number(claims.get("sub")),
        "epoch": _number(claims.get("epoch")),
    }
    row = db.session.connection().execute(_HOLDER, asked).one_or_none()
    if row is None:
        raise NotSignedIn("The token is invalid or has expired.", "token_not_valid")
    name = f"{row.first_name} {row.last_name}".strip()
    return Actor(row.id, row.email, name, *row[4:8], language=row.language)


@transactional
def revoke(actor: Actor, *claims: dict[str, Any]) -> None:
    """Let these tokens, whose signatures were verified, work no more. Revoking twice changes nothing."""
    insert = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert
    for token in claims:
        db.session.execute(
            insert(table(RevokedToken))
            .values(
                jti=str(token["jti"]),
                user_id=_number(token.get("sub")),
                expires_at=datetime.fromtimestamp(int(token["exp"]), UTC),
            )
            .on_conflict_do_nothing(index_elements=["jti"])
        )
    activity.record(actor, "logout", ("user", actor.user_id) if actor.user_id else None)


def _number(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        return -1
    return number if 0 <= number < 2**63 else -1
