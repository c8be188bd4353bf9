/*
 * Ticket choice: − and + beside each number, the sum with the fee while choosing, and the choice in the address,
 * so that going back or loading again keeps it. The server reckons anew before anything is ordered.
 */
(function () {
  "use strict";

  function chosen(input) {
    var value = Math.floor(Number(input.value));
    return value > 0 ? Math.min(value, Number(input.max)) : 0;
  }

  /* As the address says; the browser's own memory of what was typed counts for more. */
  function recall(inputs) {
    var asked = new URLSearchParams(window.location.search);
    inputs.forEach(function (input) {
      var value = Math.floor(Number(asked.get(input.name)));
      if (value > 0 && chosen(input) === 0) input.value = Math.min(value, Number(input.max));
    });
  }

  function remember(inputs) {
    var here = new URL(window.location.href);
    inputs.forEach(function (input) {
      var value = chosen(input);
      if (value) here.searchParams.set(input.name, value);
      else here.searchParams.delete(input.name);
    });
    if (here.href === window.location.href) return;
    try {
      window.history.replaceState(window.history.state, "", here);
    } catch (error) {
      return; // too many in too short a time: the next one says it all
    }
  }

  function enhance(form) {
    var inputs = Array.prototype.slice.call(form.querySelectorAll("input[data-price]"));
    var total = form.querySelector("[data-total]");
    var count = form.querySelector("[data-count]");
    var fee = form.querySelector("[data-fee-said]");
    if (!inputs.length || !total) return;

    var digits = Number(form.dataset.digits);
    var format = new Intl.NumberFormat(document.documentElement.lang, {
      style: "currency",
      currency: form.dataset.currency,
    });

    function show(minor) { return format.format(minor / Math.pow(10, digits)); }

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
      var extra = Math.round((minor * Math.round(Number(form.dataset.fee) * 100)) / 10000);
      total.textContent = show(minor + extra);
      count.textContent = tickets === 1 ? count.dataset.one : count.dataset.many.replace("{n}", tickets);
      fee.textContent = fee.dataset.text.replace("{fee}", show(extra));
      fee.hidden = !extra;
      remember(inputs);
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
    recall(inputs);
    window.addEventListener("pageshow", refresh);
    refresh();
  }

  /* The bar that leads here is in the way once one is here, and leads nowhere when there is nothing to choose. */
  var watcher = null;

  function watch(form) {
    var bar = document.querySelector(".ticket-bar");
    if (!bar || !("IntersectionObserver" in window)) return;
    if (watcher) watcher.disconnect();
    watcher = new IntersectionObserver(function (entries) {
      bar.hidden = entries[0].isIntersecting || !form.querySelector("input[data-price]");
    });
    watcher.observe(form);
  }

  var form = document.querySelector("form[data-tickets]");
  if (!form) return;
  document.addEventListener("tickets:new", function (event) {
    enhance(event.detail);
    watch(event.detail);
  });
  enhance(form);
  watch(form);
})();
