/* Comfort on top of pages that work without it. */
(function () {
  "use strict";

  function all(selector, scope) {
    return Array.prototype.slice.call((scope || document).querySelectorAll(selector));
  }

  /* Menus close on Escape and on a click elsewhere. */
  document.addEventListener("click", function (event) {
    all("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    all("details[data-menu][open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  /* On a narrow screen the filters start folded. */
  all("details[data-fold-when-narrow]").forEach(function (fold) {
    if (window.matchMedia("(max-width: 61.99rem)").matches) fold.open = false;
    fold.setAttribute("data-ready", "");
  });

  /* Addresses of searches carry only what was chosen. */
  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) { return field.matches("input, select"); });
  }

  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[data-tidy]")) return;
    fields(event.target).forEach(function (field) {
      if (field.value === "" || (field.type === "number" && field.value === "0")) field.disabled = true;
    });
  });
  window.addEventListener("pageshow", function () {
    all("form[data-tidy]").forEach(function (form) {
      fields(form).forEach(function (field) {
        if (!field.matches("[data-closed]")) field.disabled = false;
      });
    });
  });

  /* A period and own days exclude each other, as no price and prices do: what was chosen last counts. */
  document.addEventListener("change", function (event) {
    var field = event.target;
    var period = field.closest("[data-period]");
    var price = field.closest("[data-price-filter]");
    if (period && field.type === "date") period.querySelector("[name=when]").checked = true;
    else if (period) all("[type=date]", period).forEach(function (day) { day.value = ""; });
    if (price && field.type === "checkbox") all("[type=number]", price).forEach(function (one) { one.value = ""; });
    else if (price) price.querySelector("[type=checkbox]").checked = false;
  }, true);

  document.addEventListener("htmx:configRequest", function (event) {
    var parameters = event.detail.parameters;
    Object.keys(parameters).forEach(function (name) {
      if (parameters[name] === "") delete parameters[name];
    });
  });

  document.addEventListener("htmx:afterSwap", function () {
    var said = document.getElementById("results-said");
    var count = document.getElementById("results-count");
    if (said && count) said.textContent = count.textContent;
  });

  /* A form that changes something is sent once; the server would recognise a second copy anyway. */
  all("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      all("button[type=submit]", form).forEach(function (button) {
        button.setAttribute("aria-disabled", "true");
      });
    });
    window.addEventListener("pageshow", function () {
      delete form.dataset.sent;
      all("button[type=submit]", form).forEach(function (button) {
        button.removeAttribute("aria-disabled");
      });
    });
  });

  /* The list of problems gets the focus, so that it is read out first. */
  var problems = document.querySelector("[data-focus]");
  if (problems) problems.focus();

  all("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
})();
