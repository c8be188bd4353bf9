"""A small Stripe for tests, on loopback: payment intents, refunds, signed events, and trouble on request.

Not Stripe's code and not all of Stripe, but as strict about what the application uses of it::

    with StripeStandIn() as stripe:
        app.config.update(stripe.settings)  # or, for another process, stripe.environment
        ...  # the application opens a payment
        told = stripe.pay(reference)  # the payer pays; what Stripe tells of it
        stripe.deliver(*told, to=url)  # sent by HTTP, or:
        body, signature = stripe.signed(told[0])
"""

from tests.support.stripe_standin.books import Refused
from tests.support.stripe_standin.requests import Answer, Asked
from tests.support.stripe_standin.standin import StripeStandIn, Told

__all__ = ["Answer", "Asked", "Refused", "StripeStandIn", "Told"]
