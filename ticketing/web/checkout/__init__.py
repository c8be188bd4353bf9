"""From chosen tickets to a paid order: review, payment, result."""

from ticketing.web.checkout import paying, result, review
from ticketing.web.checkout.blueprint import bp

__all__ = ["bp", "paying", "result", "review"]
