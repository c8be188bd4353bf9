"""Orders: placing, confirming, cancelling, expiring.

>>> from ticketing.services import orders
>>> orders.place(actor, [Line(offer_id, 2)], terms=terms_for("web"))
"""

from ticketing.services.orders.cancelling import cancel, refund
from ticketing.services.orders.confirming import confirm
from ticketing.services.orders.expiring import expire_due
from ticketing.services.orders.placing import Buyer, Placed, place
from ticketing.services.orders.terms import SaleTerms, terms_for
from ticketing.services.orders.wanted import Line

__all__ = [
    "Buyer",
    "Line",
    "Placed",
    "SaleTerms",
    "cancel",
    "confirm",
    "expire_due",
    "place",
    "refund",
    "terms_for",
]
