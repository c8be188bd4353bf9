/* An event's page: its hours on the visitor's own clocks, and handing its address on. */
(function () {
  "use strict";

  var lang = document.documentElement.lang;
  var own = document.querySelector("[data-own-time]");

  function written(moment, zone, language) {
    return new Intl.DateTimeFormat(language, {
      weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: zone,
    }).format(moment);
  }

  function showOwnTime() {
    var moment = new Date(own.dataset.ownTime);
    if (written(moment, own.dataset.zone, "en") === written(moment, undefined, "en")) return;
    own.textContent = own.dataset.text.replace("{when}", written(moment, undefined, lang));
    own.hidden = false;
  }

  if (own) {
    try {
      showOwnTime();
    } catch (error) {
      own.hidden = true; // a zone that this browser does not know
    }
  }

  var share = document.querySelector("[data-share]");
  if (!share) return;

  var copy = share.querySelector("[data-share-copy]");
  var field = share.querySelector("input");
  copy.hidden = !navigator.clipboard;
  field.addEventListener("focus", function () { field.select(); });
  copy.addEventListener("click", function () {
    navigator.clipboard.writeText(share.dataset.address).then(function () {
      copy.querySelector("span").textContent = copy.dataset.done;
      share.querySelector("[data-share-said]").textContent = copy.dataset.done;
    }, function () { field.focus(); });
  });

  share.querySelector("summary").addEventListener("click", function (event) {
    if (!navigator.share || share.open) return;
    event.preventDefault();
    navigator.share({ title: share.dataset.title, url: share.dataset.address }).catch(function (error) {
      if (error.name !== "AbortError") share.open = true;
    });
  });
})();
