"""Orders: placing, confirming, cancelling, expiring, taking back.

>>> from ticketing.services import orders
>>> orders.place(actor, [Line(offer_id, 2)], terms=terms_for("web"))
"""

from ticketing.services.orders.cancelling import cancel
from ticketing.services.orders.confirming import confirm, confirm_for_testing
from ticketing.services.orders.expiring import clean_up, expire_due
from ticketing.services.orders.placing import Buyer, Placed, place
from ticketing.services.orders.refunding import ItemBack, give_back, refund
from ticketing.services.orders.repricing import change_code
from ticketing.services.orders.terms import SaleTerms, terms_for
from ticketing.services.orders.wanted import Line

__all__ = [
    "Buyer",
    "ItemBack",
    "Line",
    "Placed",
    "SaleTerms",
    "cancel",
    "change_code",
    "clean_up",
    "confirm",
    "confirm_for_testing",
    "expire_due",
    "give_back",
    "place",
    "refund",
    "terms_for",
]
