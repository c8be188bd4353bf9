/* Who leaves a form that says something else than what is stored is asked whether to. */
(function () {
  "use strict";

  /* Names of forms and proofs change without anybody typing. */
  var UNTYPED = ["csrf_token", "once", "version"];

  function said(form) {
    var pairs = [];
    new FormData(form).forEach(function (value, name) {
      if (UNTYPED.indexOf(name) >= 0) return;
      pairs.push([name, typeof value === "string" ? value : value.name + value.size]);
    });
    return JSON.stringify(pairs);
  }

  Array.prototype.slice.call(document.querySelectorAll("form[data-guard]")).forEach(function (form) {
    /* What was typed and refused is stored nowhere. */
    var stored = form.dataset.guard === "typed" ? null : said(form);
    var isSent = false;

    form.addEventListener("submit", function (event) {
      if (!event.defaultPrevented) isSent = true;
    });

    window.addEventListener("pageshow", function (event) {
      if (event.persisted) isSent = false;
    });

    /* Something else has saved the form: all that it says, or (null) not all of it. */
    form.addEventListener("guard:saved", function (event) {
      stored = event.detail;
    });

    form.addEventListener("guard:ask", function (event) {
      event.detail.said = said(form);
    });

    window.addEventListener("beforeunload", function (event) {
      if (isSent || said(form) === stored) return;
      event.preventDefault();
      event.returnValue = "";
    });
  });
})();
