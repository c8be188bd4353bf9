/* A ticket that is held out to a scanner must not go dark: the screen stays on while it is in view. */
(function () {
  "use strict";

  if (!("wakeLock" in navigator) || !document.querySelector("[data-awake]")) return;

  function stayAwake() {
    if (document.visibilityState !== "visible") return;
    navigator.wakeLock.request("screen").catch(function () {
      /* A low battery may refuse; the ticket is readable all the same. */
    });
  }

  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
})();
