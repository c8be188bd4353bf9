"""What staff does to accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ticketing.models import User
from ticketing.policy import Permission
from ticketing.queries.staff import people
from ticketing.services import accounts
from ticketing.web.staff.asking import Bulk, BulkDeed, Deed, offer_bulk

_Fits = Callable[[Any], bool]


def _is_open(user: User) -> bool:
    return user.is_active


def _waits(user: User) -> bool:
    return user.is_active and user.email_verified_at is None


_ENDS = _l("All sessions and tokens of the account end, so that the new rank counts at once.")


def _given(rank: str, words: Any, question: Any, done: Any, permission: Permission, fits: _Fits) -> Deed:
    return Deed(
        words,
        question,
        _ENDS,
        done,
        lambda actor, key: accounts.give_rank(actor, key, rank),
        permission,
        fits,
    )


def _taken(rank: str, words: Any, question: Any, done: Any, permission: Permission, fits: _Fits) -> Deed:
    return Deed(
        words,
        question,
        _ENDS,
        done,
        lambda actor, key: accounts.take_rank(actor, key, rank),
        permission,
        fits,
        is_grave=True,
    )


_SUPPORT, _STAFF = Permission.USER_MAKE_SUPPORT, Permission.USER_MAKE_STAFF
_RANKS = {
    "make-support": _given(
        "support", _l("Make support"), _l("Let this account help buyers?"), _l("The account is support now."),
        _SUPPORT, lambda user: user.is_active and not user.is_support,
    ),
    "take-support": _taken(
        "support", _l("Take support away"), _l("Take the rank of support from this account?"),
        _l("The account is not support any more."), _SUPPORT, lambda user: user.is_support,
    ),
    "make-staff": _given(
        "staff", _l("Make staff"), _l("Let this account run the house?"), _l("The account is staff now."),
        _STAFF, lambda user: user.is_active and not user.is_staff and not user.is_superuser,
    ),
    "take-staff": _taken(
        "staff", _l("Take staff away"), _l("Take the rank of staff from this account?"),
        _l("The account is not staff any more."), _STAFF,
        lambda user: user.is_staff and not user.is_superuser,
    ),
    "make-superuser": _given(
        "superuser", _l("Make superuser"), _l("Let this account do everything, and give ranks?"),
        _l("The account is a superuser now."), _STAFF, lambda user: user.is_active and not user.is_superuser,
    ),
    "take-superuser": _taken(
        "superuser", _l("Take superuser away"), _l("Take the rank of superuser from this account?"),
        _l("The account is not a superuser any more. It stays staff."), _STAFF,
        lambda user: user.is_superuser,
    ),
}  # fmt: skip
#: By the name that stands in the address.
DEEDS: dict[str, Deed] = {
    "send-verification": Deed(
        _l("Send the verification mail"),
        _l("Send the verification mail again?"),
        _l("Links that went out before do not work any more."),
        _l("The mail goes out now."),
        accounts.send_verification,
        Permission.USER_MANAGE,
        _waits,
    ),
    "mark-verified": Deed(
        _l("Mark the address as verified"),
        _l("Mark this address as verified?"),
        _l("Do it only if you know that whoever has the account reads mail there: tickets that were passed"
           " on to the address become theirs."),
        _l("The address is verified."),
        accounts.mark_verified,
        Permission.USER_MANAGE,
        lambda user: user.email_verified_at is None,
    ),
    "send-reset": Deed(
        _l("Send a link for a new password"),
        _l("Send a link for a new password?"),
        _l("It goes to the address of the account and works for an hour. The old password stays until it is"
           " used."),
        _l("The mail goes out now."),
        accounts.send_reset,
        Permission.USER_MANAGE,
        _is_open,
    ),
    "sign-out": Deed(
        _l("Sign out everywhere"),
        _l("Sign this account out everywhere?"),
        _l("Every browser and every program that uses the account has to sign in again."),
        _l("All sessions and tokens of the account have ended."),
        accounts.end_sessions,
        Permission.USER_MANAGE,
        _is_open,
    ),
    **_RANKS,
    "switch-off": Deed(
        _l("Switch off"),
        _l("Switch this account off?"),
        _l("Nobody can sign in with it, and its sessions and tokens end at once. Orders and tickets stay as"
           " they are."),
        _l("The account is switched off."),
        accounts.close,
        Permission.USER_CLOSE,
        _is_open,
        is_grave=True,
    ),
    "switch-on": Deed(
        _l("Switch on"),
        _l("Switch this account on again?"),
        _l("Whoever has its password can sign in again."),
        _l("The account is switched on."),
        accounts.reopen,
        Permission.USER_CLOSE,
        lambda user: not user.is_active,
    ),
}  # fmt: skip

offer_bulk(
    "users",
    Bulk(
        "staff.users",
        people.named,
        {
            "switch-off": BulkDeed(
                _l("Switch off"),
                lambda n: ngettext("Switch %(num)s account off?", "Switch %(num)s accounts off?", n),
                DEEDS["switch-off"].consequence,
                lambda n: ngettext("%(num)s account is off.", "%(num)s accounts are off.", n),
                accounts.close,
                Permission.USER_CLOSE_MANY,
                is_grave=True,
            ),
            "switch-on": BulkDeed(
                _l("Switch on"),
                lambda n: ngettext(
                    "Switch %(num)s account on again?", "Switch %(num)s accounts on again?", n
                ),
                DEEDS["switch-on"].consequence,
                lambda n: ngettext("%(num)s account is on.", "%(num)s accounts are on.", n),
                accounts.reopen,
                Permission.USER_CLOSE_MANY,
            ),
        },
    ),
)
