/* Has the service worker keep this page and its files, so that it opens without a network. */
(function () {
  "use strict";

  const door = window.Door;

  function files() {
    const detector = JSON.parse(document.body.dataset.detector);
    const own = window.location.origin + "/static/";
    const addresses = performance.getEntriesByType("resource").map(function (entry) { return entry.name.split("#")[0]; })
      .concat([detector.script, detector.reader].map(function (one) { return new URL(one, window.location.href).href; }));
    return Array.from(new Set(addresses)).filter(function (address) { return address.indexOf(own) === 0; });
  }

  /* Marks the page with `data-kept` once it would open without a network. */
  door.keepPage = async function (worker, page) {
    if (!("serviceWorker" in navigator)) return;
    navigator.serviceWorker.addEventListener("message", function (event) {
      if (event.data && event.data.kept) document.body.dataset.kept = "yes";
    });
    await navigator.serviceWorker.register(worker);
    const registration = await navigator.serviceWorker.ready;
    registration.active.postMessage({ keep: page, files: files() });
  };
})();
