/* The door's board: live while somebody looks, still while somebody reads; and a link that is copied. */
(function () {
  "use strict";

  var live = document.querySelector("[data-live]");
  var isPaused = false;

  function list() {
    return document.querySelector("[data-live-list]");
  }

  function isInList() {
    var shown = list();
    return Boolean(shown && shown.contains(document.activeElement));
  }

  function say(state) {
    live.dataset.state = state;
    var said = live.querySelector("[data-live-said]");
    if (said.textContent !== live.dataset[state]) said.textContent = live.dataset[state];
  }

  function tell() {
    say(isPaused ? "off" : isInList() ? "waiting" : "on");
  }

  if (live && list()) {
    var button = live.querySelector("[data-live-pause]");
    button.hidden = false;
    button.addEventListener("click", function () {
      isPaused = !isPaused;
      button.textContent = isPaused ? live.dataset.goOn : live.dataset.pause;
      tell();
    });

    /* Nothing is asked for while the page is hidden, and nothing is taken away from under a focus. */
    document.addEventListener("htmx:beforeRequest", function (event) {
      if (isPaused || document.hidden || isInList()) event.preventDefault();
      if (!document.hidden && live.dataset.state !== "lost") tell();
    });
    document.addEventListener("htmx:afterRequest", function (event) {
      if (event.detail.successful) tell();
      else say("lost");
    });
    tell();
  }

  Array.prototype.slice.call(document.querySelectorAll("[data-copy]")).forEach(function (button) {
    var field = document.getElementById(button.dataset.copy);
    var said = document.querySelector("[data-copied]");
    button.hidden = !navigator.clipboard;
    field.addEventListener("focus", function () { field.select(); });
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(field.value).then(function () {
        button.textContent = button.dataset.done;
        said.textContent = button.dataset.done;
      }, function () {
        field.focus();
      });
    });
  });
})();
