"""Every venue: found, added, changed, deleted; whose it is, and who looks after it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from ticketing.errors import Invalid, NotFound
from ticketing.models.venues import VENUE_ROLES
from ticketing.policy import Permission
from ticketing.queries.staff import places as reading
from ticketing.queries.staff.places import PRIVATE, PUBLIC
from ticketing.services import venues as writing
from ticketing.web.actor import current_actor
from ticketing.web.forms import Text, carried_out, show_refusal
from ticketing.web.staff import asking, words
from ticketing.web.staff.asking import Answer, Deed
from ticketing.web.staff.frame import bp
from ticketing.web.staff.lists import View, asked
from ticketing.web.staff.venue_form import VenueForm


class ManagerForm(FlaskForm):
    """Who looks after a venue, and as what."""

    user_email = Text(_l("E-mail address of an account"), [DataRequired(_l("Please give an address."))])
    role = SelectField(_l("Role"), default="MANAGER")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.role.choices = [SelectChoice(role, words.roles()[role]) for role in VENUE_ROLES]


class OwnerForm(FlaskForm):
    """Whose a venue is: nobody's where it is left empty."""

    organization = Text(_l("Organization"))


@bp.get("/venues/")
def venues() -> str:
    """Venues; searched, filtered and sorted by the address alone."""
    given = {"q": asked("q"), "shown": asked("shown", (PUBLIC, PRIVATE))}
    view = View.of("staff.venues", given, reading.SORTS, "name")
    page = reading.find_venues(
        current_actor(), words=given["q"], shown=given["shown"], sort=view.sort, page=view.page
    )
    return render_template("staff/venues.html", page=page, view=view, words=words)


@bp.get("/venues/<uuid:venue>")
def venue(venue: UUID) -> str:
    """One venue."""
    return _shown(venue)


def _shown(key: UUID, manager: ManagerForm | None = None, owner: OwnerForm | None = None) -> str:
    place = reading.get(current_actor(), key)
    name = place.organization.name if place.organization else ""
    return render_template(
        "staff/venue.html",
        place=place,
        venue=place.venue,
        deeds=asking.offered(DEEDS, place),
        manager_form=manager or ManagerForm(formdata=None),
        owner_form=owner or OwnerForm(formdata=None, organization=name),
        words=words,
    )


@bp.route("/venues/new", methods=["GET", "POST"])
def new_venue() -> Answer:
    """Add one to the public list."""
    form = VenueForm()
    made = carried_out(form, lambda: writing.create(current_actor(), **form.values()))
    if made is None:
        return _written(form)
    flash(_("The venue is in the public list."), "success")
    return redirect(url_for("staff.venue", venue=made.uuid), 303)


def _written(form: VenueForm, venue: Any = None) -> Answer:
    page = render_template("staff/venue_form.html", form=form, venue=venue)
    return (page, 400) if form.is_submitted() else page


@bp.route("/venues/<uuid:venue>/edit", methods=["GET", "POST"])
def edit_venue(venue: UUID) -> Answer:
    """What it says of itself."""
    found = reading.get(current_actor(), venue).venue
    form = VenueForm(obj=found)
    if carried_out(form, lambda: writing.update(current_actor(), venue, **form.values())) is None:
        return _written(form, found)
    flash(_("The venue is changed."), "success")
    return redirect(url_for("staff.venue", venue=venue), 303)


@bp.post("/venues/<uuid:venue>/owner")
def assign_venue(venue: UUID) -> Answer:
    """Make it private to an organization, or public."""
    form = OwnerForm()
    if form.validate_on_submit():
        try:
            writing.assign(current_actor(), venue, organization=form.organization.data)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            said = _("The venue is private now.") if form.organization.data else _("The venue is public now.")
            flash(said, "success")
            return redirect(url_for("staff.venue", venue=venue), 303)
    return _shown(venue, owner=form), 400


@bp.post("/venues/<uuid:venue>/managers")
def add_venue_manager(venue: UUID) -> Answer:
    """Let an account look after it."""
    form = ManagerForm()
    if form.validate_on_submit():
        try:
            writing.add_manager(current_actor(), venue, user_email=form.user_email.data, role=form.role.data)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The account looks after the venue now."), "success")
            return redirect(url_for("staff.venue", venue=venue), 303)
    return _shown(venue, manager=form), 400


#: By the name that stands in the address.
DEEDS: dict[str, Deed] = {
    "delete": Deed(
        _l("Delete"),
        _l("Delete this venue?"),
        _l("It leaves every list. Venues where something takes or took place stay."),
        _l("The venue is deleted."),
        writing.delete,
        Permission.VENUE_DELETE,
        lambda place: not place.events,
        is_grave=True,
    )
}


@bp.route("/venues/<uuid:venue>/delete", methods=["GET", "POST"])
def delete_venue(venue: UUID) -> Answer:
    """Whether one that is not in use shall be deleted."""
    place = reading.get(current_actor(), venue)
    deed = asking.deed_named(DEEDS, "delete", place)
    return asking.ask(deed, place, back=url_for("staff.venues"), about=place.venue.name)


@bp.route("/venues/<uuid:venue>/managers/<uuid:user>/remove", methods=["GET", "POST"])
def remove_venue_manager(venue: UUID, user: UUID) -> Answer:
    """Whether an account shall no longer look after it."""
    place = reading.get(current_actor(), venue)
    person = next((one.user for one in place.memberships if one.user.uuid == user), None)
    if person is None:
        raise NotFound("venue manager")
    deed = Deed(
        _l("Remove"),
        _l("Take this venue out of somebody's hands?"),
        _l("The account can no longer change the venue. It keeps everything else."),
        _l("The account does not look after the venue any more."),
        lambda actor, key: writing.remove_manager(actor, key, user),
        Permission.VENUE_ASSIGN,
        is_grave=True,
    )
    return asking.ask(
        deed, place, back=url_for("staff.venue", venue=venue), about=f"{person.email} · {place.venue.name}"
    )
