"""Rendering and sending one mail. The body is made now, from ids, and kept nowhere."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_mailman import EmailMultiAlternatives

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import EmailToken, OutboxMessage, User
from ticketing.queries import orders
from ticketing.queries.keys import load
from ticketing.transaction import assert_none_open, transactional

VERIFY_WITHIN = timedelta(hours=24)


def send(message: OutboxMessage) -> None:
    """Send the mail that a message promises. Its Message-ID is the same at every attempt.

    :raises LookupError: no mail has this kind.
    :raises OSError: the mail server did not take it.
    """
    assert_none_open()
    kind = message.kind.removeprefix("mail.")
    context = _context(message)
    context["base_url"] = base_url()
    text = render_template(f"mail/{kind}.txt", **context)
    subject, _, body = text.partition("\n")
    mail = EmailMultiAlternatives(
        subject=subject.removeprefix("Subject:").strip(),
        body=body.lstrip("\n"),
        to=[context["recipient"]],
        headers={"Message-ID": f"<{message.uuid}@{_host()}>"},
    )
    mail.attach_alternative(render_template(f"mail/{kind}.html", **context), "text/html")
    mail.send()


def base_url() -> str:
    """Where links in mails lead: never the host of some request."""
    return current_app.config["PUBLIC_BASE_URL"] or "http://127.0.0.1:8000"


def _host() -> str:
    return urlsplit(base_url()).hostname or "localhost"


def _context(message: OutboxMessage) -> dict[str, Any]:
    if "order_id" in message.payload:
        order = orders.detail(message.payload["order_id"])
        return {"order": order, "event": order.event, "recipient": order.buyer_email}
    user = load(User, message.payload["user_id"])
    return {"user": user, "recipient": user.email, "token": _mint(user.id)}


@transactional
def _mint(user_id: int) -> str:
    """A fresh single-use secret; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        EmailToken(
            user_id=user_id,
            purpose="verify",
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            expires_at=clock.now() + VERIFY_WITHIN,
        )
    )
    return token
