"""The mailbox of a developer's machine: what would have been sent, were there a mail server.

Its pages exist only in development and only without a server.
"""

from __future__ import annotations

from email.message import EmailMessage

from flask import Blueprint, Response, make_response, render_template

from ticketing.errors import NotFound
from ticketing.jobs import mailbox
from ticketing.web.caching import keep_private

bp = Blueprint("devmail", __name__, url_prefix="/dev/mail")
bp.after_request(keep_private)

#: A mail's own page may look as it likes and do nothing: no script, no form, nothing fetched. Its links
#: open windows of their own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = ("From", "To", "Subject", "Date", "Message-ID")
_MOST = 200


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""


@bp.get("/", strict_slashes=False)
def index() -> str:
    """The latest messages, newest first."""
    messages = [(name, mailbox.read(name)) for name in mailbox.names()[:_MOST]]
    return render_template("devmail/index.html", messages=messages)


@bp.get("/<name>")
def message(name: str) -> str:
    """One message: headers, how it looks, and its text."""
    found = mailbox.read(name)
    return render_template(
        "devmail/message.html",
        name=name,
        subject=str(found["Subject"] or ""),
        headers=[(header, str(found[header] or "")) for header in _HEADERS],
        text=_part(found, "plain"),
        has_page=bool(_part(found, "html")),
    )


@bp.get("/<name>/page")
def page(name: str) -> Response:
    """The HTML part alone, for the frame on the message's page.

    :raises NotFound: the message has none.
    """
    content = _part(mailbox.read(name), "html")
    if not content:
        raise NotFound("page")
    answer = make_response(content.replace("<head>", '<head><base target="_blank">', 1))
    answer.headers["Content-Security-Policy"] = _MAIL_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer
