"""Signing up, in and out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from ticketing.errors import Invalid
from ticketing.services import accounts
from ticketing.services.accounts import EmailNotVerified, Person, WrongCredentials
from ticketing.web.actor import begin_session, current_actor, end_session, safe_path
from ticketing.web.caching import keep_private
from ticketing.web.forms import Text, show_refusal

bp = Blueprint("account", __name__)
bp.after_request(keep_private)

Answer = str | Response | tuple[str, int]


class SignInForm(FlaskForm):
    """E-mail address and password."""

    email = Text(lazy_gettext("E-mail address"), [InputRequired(lazy_gettext("Enter your e-mail address."))])
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Enter your password.")), Length(max=1024)]
    )


class SignUpForm(FlaskForm):
    """What an account needs to begin with."""

    first_name = Text(lazy_gettext("First name"), [Length(max=150)])
    last_name = Text(lazy_gettext("Last name"), [Length(max=150)])
    email = Text(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)],
    )
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Choose a password.")), Length(max=1024)]
    )


def _onward() -> str:
    return safe_path(request.args.get("next"), url_for("catalog.index"))


def _page(template: str, form: FlaskForm, status: int = 200) -> Answer:
    onward = _onward() if "next" in request.args else None
    return render_template(template, form=form, onward=onward), status


@bp.get("/sign-in")
def sign_in() -> Answer:
    """The door for those who have an account."""
    if current_user.is_authenticated:
        return redirect(_onward())
    return _page("account/sign_in.html", SignInForm())


@bp.post("/sign-in")
def open_session() -> Answer:
    """Sign in, and go on where the visitor came from."""
    form = SignInForm()
    if not form.validate():
        return _page("account/sign_in.html", form, 400)
    try:
        user = accounts.authenticate(current_actor(), form.email.data, form.password.data)
    except (WrongCredentials, EmailNotVerified) as refusal:
        show_refusal(form, refusal)
        return _page("account/sign_in.html", form, 400)
    begin_session(user)
    return redirect(_onward(), 303)


@bp.get("/sign-up")
def sign_up() -> Answer:
    """The door for those who have none yet."""
    if current_user.is_authenticated:
        return redirect(_onward())
    return _page("account/sign_up.html", SignUpForm())


@bp.post("/sign-up")
def open_account() -> Answer:
    """Open an account, sign in at once, and remind of the mail that went out."""
    form = SignUpForm()
    if not form.validate():
        return _page("account/sign_up.html", form, 400)
    person = Person(form.email.data, form.password.data, "", form.first_name.data, form.last_name.data)
    try:
        user = accounts.register(current_actor(), person)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _page("account/sign_up.html", form, 400)
    begin_session(user)
    flash(_("Welcome! We sent a message to %(email)s to confirm your address.", email=user.email), "success")
    return redirect(_onward(), 303)


@bp.post("/sign-out")
def sign_out() -> Response:
    """Leave."""
    end_session()
    flash(_("You are signed out."), "success")
    return redirect(url_for("catalog.index"), 303)
