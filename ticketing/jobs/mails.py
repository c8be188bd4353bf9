"""Rendering and sending one mail. The body is made now, from ids, and kept nowhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import css_inline
from flask import current_app, render_template
from flask_babel import force_locale
from flask_mailman import EmailMultiAlternatives

from ticketing.jobs import organizers, visits
from ticketing.models import OutboxMessage, Refund, User
from ticketing.models.tickets import VOID
from ticketing.queries import orders, tickets
from ticketing.queries.keys import find, load
from ticketing.services import accounts, notifications
from ticketing.services.tickets import papers
from ticketing.transaction import assert_none_open


def send(message: OutboxMessage) -> None:
    """Send the mail that a message promises, with its papers. Its Message-ID is the same at every attempt.

    Nothing is sent where nobody is left to send it to. Without its papers it is not sent either: whatever
    stops them counts as a failed attempt.

    :raises LookupError: no mail has this kind.
    :raises OSError: the mail server did not take it.
    """
    assert_none_open()
    context = _context(message)
    if not context["recipient"]:
        return  # whoever it was has taken their address back
    with force_locale(message.language):
        subject, body, page = _rendered(message.kind.removeprefix("mail."), context)
    mail = EmailMultiAlternatives(
        subject=subject,
        body=body,
        to=[context["recipient"]],
        reply_to=[address] if (address := context.get("reply_to")) else None,
        # Answering machines do not answer machines.
        headers={
            "Message-ID": f"<{message.uuid}@{_host()}>",
            "Auto-Submitted": "auto-generated",
            **context.get("headers", {}),
        },
    )
    mail.attach_alternative(page, "text/html")
    for paper in context.get("papers", ()):
        mail.attach(paper.name, paper.content, paper.mimetype)
    mail.send()


def _rendered(kind: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML. The text template's first line is the subject; narrow spaces and the like,
    which would make a riddle of the header, become plain ones there."""
    subject, _, body = render_template(f"mail/{kind}.txt", **context).partition("\n")
    page = css_inline.inline(render_template(f"mail/{kind}.html", **context), keep_style_tags=True)
    return " ".join(subject.removeprefix("Subject:").split()), body.strip() + "\n", page


def base_url() -> str:
    """Where links in mails lead: never the host of some request."""
    return str(current_app.config["MAIL_BASE_URL"])


def _host() -> str:
    return urlsplit(base_url()).hostname or "localhost"


def _context(message: OutboxMessage) -> dict[str, Any]:
    keys = {"order_id": _about_order, "ticket_id": _about_ticket}
    about = _BY_KIND.get(message.kind) or next(
        (keys[key] for key in keys if key in message.payload), _about_account
    )
    return {**about(message), "base_url": base_url()}


_BY_KIND = {
    notifications.EVENT_CHANGED: visits.changed,
    notifications.REMINDER: visits.near,
    notifications.CIRCULAR: visits.written_to,
    notifications.INVITATION: organizers.invited,
    notifications.NEW_EVENT: organizers.new_event,
}


def _about_order(message: OutboxMessage) -> dict[str, Any]:
    order = orders.detail(message.payload["order_id"])
    context: dict[str, Any] = {"order": order, "event": order.event, "recipient": order.buyer_email}
    if "refund_id" in message.payload:
        context["refund"] = load(Refund, message.payload["refund_id"])
    if message.kind == notifications.ORDER_CONFIRMED:
        context["papers"] = papers.of_order_for_mail(order.id)
        context["has_tickets"] = any(paper.mimetype == papers.PDF for paper in context["papers"])
    return context


def _about_ticket(message: OutboxMessage) -> dict[str, Any]:
    """A ticket that was passed on. Its new holder gets it, unless it is no longer theirs: then it carries
    another code, which is somebody else's."""
    ticket = tickets.find(message.payload["ticket_id"])
    if ticket is None:
        return {"recipient": ""}
    if message.kind == notifications.TICKET_PASSED_ON:
        return {"recipient": _address_of(message.payload["user_id"]), "ticket": ticket}
    address = message.payload["to"]
    held_by = _address_of(ticket.user_id) if ticket.user_id else ticket.attendee_email
    if ticket.status == VOID or held_by.lower() != address.lower():
        return {"recipient": ""}
    attached = papers.of_ticket_for_mail(ticket, message.language)
    return {"recipient": address, "ticket": ticket, "has_account": bool(ticket.user_id), "papers": attached}


def _address_of(user_id: int | None) -> str:
    user = find(User, user_id) if user_id else None
    return user.email if user is not None else ""


#: Mails that carry a secret, and what it is for.
_WITH_TOKEN = {
    notifications.VERIFY_EMAIL: "verify",
    notifications.RESET_PASSWORD: "reset",
    notifications.CHANGE_EMAIL: "change_email",
}


def _about_account(message: OutboxMessage) -> dict[str, Any]:
    user = find(User, message.payload["user_id"])
    if user is None:
        return {"recipient": ""}
    payload = message.payload
    context: dict[str, Any] = {"user": user}
    context["recipient"] = payload.get("new_email") or payload.get("old_email") or user.email
    if purpose := _WITH_TOKEN.get(message.kind):
        context["token"] = accounts.mint_email_token(user.id, purpose, payload.get("new_email"))
    return context
