"""One's own account: profile, password, address, sessions, data, and leaving."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ticketing.errors import Invalid, Refusal, TooMany
from ticketing.queries import export
from ticketing.services import accounts, devices, throttle
from ticketing.web.actor import begin_session, current_actor, end_session, is_remembered
from ticketing.web.caching import keep_private
from ticketing.web.forms import refused, show_refusal
from ticketing.web.language import remember_choice
from ticketing.web.settings_forms import DeleteForm, EmailForm, PasswordForm, ProfileForm

bp = Blueprint("settings", __name__, url_prefix="/account")
bp.after_request(keep_private)

Answer = str | Response | tuple[str, int]


def _own_password() -> AbstractContextManager[Any]:
    """Around what looks at the visitor's password: who found an open browser cannot guess for long."""
    actor = current_actor()
    device = request.cookies.get(devices.COOKIE)
    return throttle.trying_a_password("sign_in", actor.address, actor.email, device)


def _page(**typed: FlaskForm) -> str:
    """All forms, as stored; those in ``typed`` as they were sent."""
    forms: dict[str, FlaskForm] = {
        "profile": ProfileForm(formdata=None, obj=current_user, prefix="profile"),
        "password": PasswordForm(formdata=None, prefix="password"),
        "email": EmailForm(formdata=None, prefix="email"),
    }
    return render_template("account/settings.html", **(forms | typed))


def _refused(name: str, form: FlaskForm, refusal: Refusal) -> Response:
    show_refusal(form, refusal)
    return refused(_page(**{name: form}), refusal)


def _done(sentence: str) -> Response:
    flash(sentence, "success")
    return redirect(url_for("settings.index"), 303)


@bp.get("/", strict_slashes=False)
@login_required
def index() -> str:
    """Everything that can be set."""
    return _page()


@bp.post("/profile")
@login_required
def update_profile() -> Answer:
    """Save names, phone, place and the like."""
    form = ProfileForm(prefix="profile")
    if not form.validate():
        return _page(profile=form), 400
    saved = accounts.update_profile(current_actor(), **form.values())
    return remember_choice(_done(_("Your profile is saved.")), saved.language)


@bp.post("/password")
@login_required
def change_password() -> Answer:
    """Set another password. Every other session ends; this one begins anew."""
    form = PasswordForm(prefix="password")
    if not form.validate():
        return _page(password=form), 400
    try:
        with _own_password():
            user = accounts.change_password(
                current_actor(), old=form.old_password.data, new=form.new_password.data
            )
    except (Invalid, TooMany) as refusal:
        return _refused("password", form, refusal)
    begin_session(user, remember=is_remembered())
    return _done(_("Your password is changed. Every other device is signed out."))


@bp.post("/email")
@login_required
def request_email_change() -> Answer:
    """Ask for another address; it counts when the link that goes there was opened."""
    form = EmailForm(prefix="email")
    if not form.validate():
        return _page(email=form), 400
    try:
        with _own_password():
            accounts.request_email_change(
                current_actor(), password=form.password.data, new_email=form.new_email.data
            )
    except (Invalid, TooMany) as refusal:
        return _refused("email", form, refusal)
    return _done(_("Open the message that we sent to %(email)s to finish.", email=form.new_email.data))


@bp.post("/sign-out-everywhere")
@login_required
def sign_out_everywhere() -> Response:
    """End every session and token of the account, this one too."""
    accounts.sign_out_everywhere(current_actor())
    end_session()
    flash(_("You are signed out on every device."), "success")
    return redirect(url_for("account.sign_in"), 303)


@bp.get("/my-data.json")
@login_required
def download() -> Response:
    """Everything that is known of the visitor, as a file."""
    answer = jsonify(export.own_data(current_actor()))
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@bp.get("/delete")
@login_required
def ask_delete() -> str:
    """What leaving means, before it is done."""
    return render_template("account/delete.html", form=DeleteForm(formdata=None))


@bp.post("/delete")
@login_required
def delete() -> Answer:
    """Delete the account for good."""
    form = DeleteForm()
    if not form.validate():
        return render_template("account/delete.html", form=form), 400
    try:
        with _own_password():
            accounts.delete(current_actor(), password=form.password.data)
    except (Invalid, TooMany) as refusal:
        show_refusal(form, refusal)
        return refused(render_template("account/delete.html", form=form), refusal)
    end_session()
    flash(_("Your account is deleted. Thank you for having been here."), "success")
    return redirect(url_for("catalog.index"), 303)
