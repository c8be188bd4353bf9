"""What organizers read for how an order came."""

from __future__ import annotations

from flask_babel import gettext as _

from ticketing.models.desk import AT_THE_DOOR, COMPLIMENTARY


def way_name(channel: str) -> str:
    """A channel, or the desk's kind of order."""
    known = {
        "web": _("Your event's page"),
        AT_THE_DOOR: _("At the door"),
        COMPLIMENTARY: _("Given away"),
        "btick": _("Programs (BTick)"),
        "easyticket": _("Programs (EasyTicket)"),
        "secureticket": _("Programs (SecureTicket)"),
        "cafa": _("Programs (Cafa)"),
    }
    return known.get(channel, channel)
