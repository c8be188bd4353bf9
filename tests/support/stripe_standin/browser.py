"""What a payer's browser meets: the script with the card form, and the confirmation that it sends."""

from __future__ import annotations

from pathlib import Path

from tests.support.stripe_standin.books import Books, Refused
from tests.support.stripe_standin.requests import Answer, Asked

SCRIPT = "/v3/"
_SOURCE = Path(__file__).with_name("stripe.js")
_EVERYWHERE = {"Access-Control-Allow-Origin": "*"}
#: Test cards by what comes of them.
DECLINED, TAKES_DAYS = "4000000000000002", "4000000000000077"


def from_browser(books: Books, key: str, asked: Asked) -> Answer | None:
    """The answer to a browser; None where it is a server that asks.

    A confirmation needs the browser's key and the intent's secret, as at Stripe.
    """
    if asked.path == SCRIPT:
        kind = {"Content-Type": "text/javascript; charset=utf-8"}
        return Answer(200, _SOURCE.read_bytes(), kind | _EVERYWHERE)
    if "client_secret" not in asked.params:
        return None
    try:
        intent = books.find("payment_intent", asked.path.split("/")[3])
        if (asked.params.get("key"), asked.params["client_secret"]) != (key, intent["client_secret"]):
            raise Refused(400, "The client_secret provided does not match this PaymentIntent.")
        if (asked.params["amount"], asked.params["currency"]) != (str(intent["amount"]), intent["currency"]):
            raise Refused(400, "The form was made for another amount than the PaymentIntent is for.")
        answer = Answer.of(200, _confirmed(books, intent["id"], asked.params.get("card", "")))
    except Refused as refused:
        answer = Answer.refusing(refused)
    # With Stripe's own 402 the browser would complain of a declined card as of a broken page.
    return Answer(200, answer.body, _EVERYWHERE)


def _confirmed(books: Books, reference: str, card: str) -> dict[str, object]:
    if card == DECLINED:
        books.decline(reference)
        raise Refused(402, "Your card has been declined.", type="card_error", code="card_declined")
    if card == TAKES_DAYS:
        books.intents[reference]["status"] = "processing"
        return books.intents[reference]
    return books.pay(reference)
