/*
 * Tickets of an event on a page of yours:
 *
 *   <script src=".../widget.js" data-event="name-of-the-event" async></script>
 *
 * The frame stands where the script does and is as high as what is in it. `data-theme` is light, dark or auto;
 * `data-title` names the frame for those who cannot see it.
 */
(function () {
  "use strict";

  var script = document.currentScript;
  if (!script || !script.dataset.event) return;

  var home = new URL(".", script.src);
  var frame = document.createElement("iframe");
  var theme = script.dataset.theme;
  frame.src = new URL("widget/" + encodeURIComponent(script.dataset.event), home).href +
    (theme ? "?theme=" + encodeURIComponent(theme) : "");
  frame.title = script.dataset.title || "Tickets";
  frame.loading = "lazy";
  frame.style.width = "100%";
  frame.style.height = "26rem";
  frame.style.border = "0";
  frame.style.display = "block";

  window.addEventListener("message", function (event) {
    if (event.origin !== home.origin || event.source !== frame.contentWindow) return;
    var height = Number(event.data && event.data.ticketsHeight);
    if (height > 0 && height < 20000) frame.style.height = Math.ceil(height) + "px";
  });

  script.after(frame);
})();
