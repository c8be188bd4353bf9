/*
 * The card form of our payment provider (window.Stripe). What is typed goes there, never to us: we open the
 * payment when the button is pressed, and the provider's script carries it out with the secret of that.
 */
(function () {
  "use strict";

  var form = document.querySelector("[data-card]");
  if (!form) return;

  var fields = form.querySelector("[data-card-fields]");
  var waiting = form.querySelector("[data-card-waiting]");
  var problem = form.querySelector("[data-card-error]");
  var button = form.querySelector("[data-card-pay]");

  function complain(words) {
    problem.textContent = words || form.dataset.failed;
    problem.hidden = false;
  }

  function isBusy(busy) {
    button.disabled = busy;
    button.setAttribute("aria-busy", String(busy));
  }

  if (!window.Stripe) {
    waiting.hidden = true;
    fields.removeAttribute("aria-busy");
    complain(form.dataset.blocked);
    return;
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  // The form is a frame of the provider's: it cannot see our style sheets, and is told our colours.
  function appearance() {
    return {
      theme: "stripe",
      variables: {
        colorPrimary: colour("--brand"), colorBackground: colour("--surface"), colorText: colour("--ink"),
        colorTextSecondary: colour("--ink-soft"), colorDanger: colour("--bad"), borderRadius: "8px",
        fontFamily: "system-ui, sans-serif", fontSizeBase: "16px"
      }
    };
  }

  var stripe = window.Stripe(form.dataset.card, { locale: document.documentElement.lang });
  var elements = stripe.elements({
    mode: "payment",
    amount: Number(form.dataset.amount),
    currency: form.dataset.currency,
    appearance: appearance()
  });
  var element = elements.create("payment", { layout: "tabs" });

  element.on("ready", function () {
    waiting.hidden = true;
    fields.removeAttribute("aria-busy");
    isBusy(false);
  });
  element.on("loaderror", function () {
    waiting.hidden = true;
    complain(form.dataset.blocked);
  });
  element.mount(fields);
  new MutationObserver(function () { elements.update({ appearance: appearance() }); })
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });

  function open() {
    return fetch(form.action, {
      method: "POST", headers: { Accept: "application/json" }, body: new FormData(form), credentials: "same-origin"
    }).then(function (answer) {
      var isJson = (answer.headers.get("Content-Type") || "").indexOf("application/json") === 0;
      return isJson ? answer.json() : {};
    });
  }

  function confirm(told) {
    if (told.next) {
      window.location.assign(told.next);
      return null;
    }
    if (!told.client_secret) throw new Error(told.message || form.dataset.failed);
    return stripe.confirmPayment({
      elements: elements, clientSecret: told.client_secret,
      confirmParams: { return_url: told.return_url }
    }).then(function (outcome) {
      // Without an error the browser is on its way to the return address.
      if (outcome.error) throw new Error(outcome.error.message);
    });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (button.disabled) return;
    problem.hidden = true;
    isBusy(true);
    elements.submit()
      .then(function (checked) {
        if (checked.error) throw new Error(checked.error.message);
        return open();
      })
      .then(confirm)
      .catch(function (error) {
        complain(error instanceof TypeError ? "" : error.message);
        isBusy(false);
      });
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) isBusy(false);
  });
})();
