/*
 * How long the tickets are still kept. The end comes from the server with every page, so a reload
 * changes nothing; the server's own clock corrects ours.
 */
(function () {
  "use strict";

  var box = document.querySelector("[data-expires]");
  if (!box) return;

  var ends = Date.parse(box.dataset.expires);
  var ahead = Date.now() - Date.parse(box.dataset.now);
  var left = box.querySelector("[data-left]");
  var said = box.querySelector("[data-said]");
  var timer = 0;

  function tick() {
    var seconds = Math.max(0, Math.round((ends - Date.now() + ahead) / 1000));
    left.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    if (seconds === 300 || seconds === 60) said.textContent = said.dataset.text.replace("{n}", seconds / 60);
    if (seconds === 0) {
      window.clearInterval(timer);
      window.setTimeout(function () { window.location.reload(); }, 1200);
    }
  }

  left.hidden = false;
  timer = window.setInterval(tick, 1000);
  tick();
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) window.location.reload();
  });
})();
