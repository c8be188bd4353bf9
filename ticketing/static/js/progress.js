/* Work in the background: asked for while somebody looks, and said aloud when the words have changed. */
(function () {
  "use strict";

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden && event.target.matches("[data-work]")) event.preventDefault();
  });

  document.addEventListener("htmx:afterSwap", function () {
    var aloud = document.querySelector("[data-work-aloud]");
    var work = document.querySelector("[data-work]");
    if (aloud && work && aloud.textContent !== work.dataset.work) aloud.textContent = work.dataset.work;
  });
})();
