/* Ticket choice: − and + beside each number, and the sum while choosing. */
(function () {
  "use strict";

  var form = document.querySelector("form[data-tickets]");
  if (!form) return;

  var inputs = Array.prototype.slice.call(form.querySelectorAll("input[data-price]"));
  var total = form.querySelector("[data-total]");
  var count = form.querySelector("[data-count]");
  var digits = Number(form.dataset.digits);
  var format = new Intl.NumberFormat(document.documentElement.lang, {
    style: "currency",
    currency: form.dataset.currency,
  });

  function chosen(input) {
    var value = Math.floor(Number(input.value));
    return value > 0 ? Math.min(value, Number(input.max)) : 0;
  }

  function refresh() {
    var tickets = 0;
    var minor = 0;
    inputs.forEach(function (input) {
      var value = chosen(input);
      tickets += value;
      minor += value * Number(input.dataset.price);
      input.parentNode.querySelectorAll("button").forEach(function (button) {
        button.disabled = Number(button.dataset.step) < 0 ? value <= 0 : value >= Number(input.max);
      });
    });
    total.textContent = format.format(minor / Math.pow(10, digits));
    count.textContent = tickets === 1 ? count.dataset.one : count.dataset.many.replace("{n}", tickets);
  }

  /* From nothing, one step goes to the smallest number that may be bought, and back. */
  function step(input, by) {
    var least = Number(input.dataset.least);
    var value = chosen(input) + by;
    if (value > 0 && value < least) value = by > 0 ? least : 0;
    input.value = Math.max(0, Math.min(value, Number(input.max)));
    refresh();
  }

  function button(input, by, label, sign) {
    var element = document.createElement("button");
    element.type = "button";
    element.dataset.step = by;
    element.setAttribute("aria-label", label);
    element.textContent = sign;
    element.addEventListener("click", function () { step(input, by); });
    return element;
  }

  inputs.forEach(function (input) {
    input.before(button(input, -1, input.dataset.fewer, "−"));
    input.after(button(input, 1, input.dataset.more, "+"));
    input.addEventListener("input", refresh);
  });
  form.querySelector("[data-sum]").hidden = false;
  window.addEventListener("pageshow", refresh);
  refresh();

  /* The bar that leads here is in the way once one is here. */
  var bar = document.querySelector(".ticket-bar");
  if (bar && "IntersectionObserver" in window) {
    new IntersectionObserver(function (entries) {
      bar.hidden = entries[0].isIntersecting;
    }).observe(form);
  }
})();
