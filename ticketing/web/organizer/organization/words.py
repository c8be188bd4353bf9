"""What people read for roles and invitations."""

from __future__ import annotations

from flask_babel import gettext as _

from ticketing.models.organizations import MANAGER, MEMBER, OWNER


def role_names() -> dict[str, str]:
    """Every role, the mightiest first."""
    return {OWNER: _("Owner"), MANAGER: _("Manager"), MEMBER: _("Member")}


def role_hints() -> dict[str, str]:
    """What somebody in that role may do."""
    return {
        OWNER: _("Everything, and decides who else is an owner."),
        MANAGER: _("Makes and changes events, gives money back, invites others."),
        MEMBER: _("Sees events, orders and attendees, and scans tickets. Changes nothing."),
    }


def invitation_words(organization: str, role: str, inviter: str) -> str:
    """Who offers what, in a sentence; ``inviter`` may be nobody who is known any more."""
    names = {"person": inviter, "organization": organization}
    if not inviter:
        return {
            OWNER: _("You are invited to become an owner of %(organization)s.", organization=organization),
            MANAGER: _(
                "You are invited to manage the events of %(organization)s.", organization=organization
            ),
            MEMBER: _("You are invited to become a member of %(organization)s.", organization=organization),
        }[role]
    return {
        OWNER: _("%(person)s invites you to become an owner of %(organization)s.", **names),
        MANAGER: _("%(person)s invites you to manage the events of %(organization)s.", **names),
        MEMBER: _("%(person)s invites you to become a member of %(organization)s.", **names),
    }[role]


GLOBALS = {"role_names": role_names, "role_hints": role_hints, "invitation_words": invitation_words}
