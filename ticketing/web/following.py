"""Following organizers: from their pages, from the account's list, and out of it again from a mail."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from ticketing.errors import Invalid
from ticketing.extensions import csrf
from ticketing.models import Organization
from ticketing.queries import following as reading
from ticketing.services import following
from ticketing.web.actor import current_actor, safe_path
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean

bp = Blueprint("following", __name__)
bp.after_request(keep_private)

#: A visitor without an account asked to follow, in this browser and lately.
WISH, _WISH_LASTS = "follow_wish", 60 * 60


def is_followed(organization: Organization) -> bool:
    """Whether the visitor follows it; templates ask. No statement for visitors without an account."""
    return bool(current_user.is_authenticated) and reading.follows(current_actor(), organization.id)


def _back(organizer: str) -> str:
    return safe_path(request.values.get("next"), url_for("organizations.index", organizer=organizer))


def _followed(name: str, target: str) -> Response:
    flash(_("You follow %(name)s: new events reach you by e-mail.", name=name), "success")
    return redirect(target, 303)


@bp.get("/o/<slug:organizer>/follow")
def wish(organizer: str) -> str | Response:
    """Where the public pages' link leads. A visitor signs in, comes back here, and follows.

    Nobody follows because some page made their browser come here: that takes the wish that this browser was
    given when it came without an account. Without it there is a button to press.
    """
    organization = reading.get_public(organizer)
    if not current_user.is_authenticated:
        here = url_for("following.wish", organizer=organizer, next=_back(organizer))
        answer = redirect(url_for("account.sign_in", next=here))
        _remember(answer, organizer)
        return answer
    if _wished(organizer):
        following.follow(current_actor(), organization.id)
        answer = _followed(organization.name, _back(organizer))
        answer.delete_cookie(WISH, path=f"/o/{organizer}/follow")
        return answer
    return render_template(
        "organizations/follow.html", organizer=organization, target=_back(organizer), form=FlaskForm()
    )


@bp.post("/o/<slug:organizer>/follow")
@login_required
def follow(organizer: str) -> Response:
    """Follow from now on."""
    organization = following.follow(current_actor(), organizer)
    return _followed(organization.name, _back(organizer))


@bp.post("/o/<slug:organizer>/unfollow")
@login_required
def unfollow(organizer: str) -> Response:
    """Follow no more."""
    following.unfollow(current_actor(), organizer)
    flash(_("Done: you are not told any more."), "success")
    return redirect(_back(organizer), 303)


@bp.get("/account/following")
@login_required
def index() -> str:
    """Whom the account follows."""
    return render_template(
        "account/following.html",
        page=reading.of_account(current_actor(), page=page_number()),
        pages=lambda number: url_for("following.index", page=number if number > 1 else None),
        form=FlaskForm(),
    )


@bp.get("/unsubscribe")
def way_out() -> str | tuple[str, int]:
    """Where the link of a mail leads: a page with one button, for whoever has the mail."""
    token = clean(request.args.get("token"))
    try:
        organization = following.read_token(token)
    except Invalid:
        return _way_out(None), 400
    return _way_out(organization, token=token)


@bp.post("/unsubscribe")
@csrf.exempt
def unsubscribe() -> str | tuple[str, int]:
    """Do it. Mail programs call this by themselves: the signed link is all that it takes."""
    try:
        organization = following.unsubscribe(clean(request.values.get("token")), current_actor())
    except Invalid:
        return _way_out(None), 400
    return _way_out(organization, is_done=True)


def _way_out(organization: Organization | None, *, token: str = "", is_done: bool = False) -> str:
    return render_template(
        "organizations/unsubscribe.html", organizer=organization, token=token, is_done=is_done
    )


def _remember(answer: Response, organizer: str) -> None:
    answer.set_cookie(
        WISH,
        str(_signer().dumps(organizer)),
        max_age=_WISH_LASTS,
        path=f"/o/{organizer}/follow",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )


def _wished(organizer: str) -> bool:
    try:
        return bool(_signer().loads(request.cookies.get(WISH, ""), max_age=_WISH_LASTS) == organizer)
    except BadData:
        return False


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="follow-wish")


GLOBALS = {"is_followed": is_followed}
