"""Orders: placing, confirming, cancelling, expiring, taking back.

>>> from ticketing.services import orders
>>> orders.place(actor, [Line(offer_id, 2)], terms=terms_for("web"))
"""

from ticketing.services.orders.cancelling import cancel, cancel_unpaid
from ticketing.services.orders.confirming import confirm, confirm_for_testing
from ticketing.services.orders.desk import give_away, sell
from ticketing.services.orders.expiring import clean_up, expire_due
from ticketing.services.orders.noting import note
from ticketing.services.orders.placing import Buyer, Placed, place
from ticketing.services.orders.refunding import give_back, refund, return_tickets
from ticketing.services.orders.repricing import change_code
from ticketing.services.orders.returning import (
    Decision,
    ItemBack,
    Wish,
    decide,
    decide_all,
    left_of,
    returnable,
    returnable_by_buyer,
)
from ticketing.services.orders.terms import SaleTerms, terms_for
from ticketing.services.orders.wanted import Line

__all__ = [
    "Buyer",
    "Decision",
    "ItemBack",
    "Line",
    "Placed",
    "SaleTerms",
    "Wish",
    "cancel",
    "cancel_unpaid",
    "change_code",
    "clean_up",
    "confirm",
    "confirm_for_testing",
    "decide",
    "decide_all",
    "expire_due",
    "give_away",
    "give_back",
    "left_of",
    "note",
    "place",
    "refund",
    "return_tickets",
    "returnable",
    "returnable_by_buyer",
    "sell",
    "terms_for",
]
