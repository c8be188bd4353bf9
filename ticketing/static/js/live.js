/*
 * Keeps the ticket choice of an open page true: asks for it twice a minute while somebody looks, counts down to
 * the next sale, and opens the choice when it begins. What was chosen stays chosen, as far as it can still be had.
 *
 * It is asked for without cookies, so that everybody gets the one answer that the server keeps.
 */
(function () {
  "use strict";

  var EVERY = 30000;
  var form = document.querySelector("form[data-tickets]");
  var said = document.querySelector("[data-tickets-said]");
  if (!form || !form.dataset.live || !said) return;

  /* As it came from the server: this script runs before the one that adds buttons to it. */
  var served = form.innerHTML;
  var asked = Date.now();
  var waiting = 0;
  var ticking = 0;
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  function say(text) {
    if (said.textContent !== text) said.textContent = text;
  }

  function isOpen() { return form.querySelector("input[data-price]") !== null; }

  /* Numbers and hidden fields move over; whether something chosen is gone. */
  function carry(from, to) {
    var isLess = false;
    Array.prototype.slice.call(from.elements).forEach(function (field) {
      if (!field.name) return;
      var other = to.elements[field.name];
      if (field.type === "hidden" && !other && from.contains(field)) to.append(field.cloneNode());
      if (field.type !== "number" || !(Number(field.value) > 0)) return;
      var most = other ? Number(other.max) : 0;
      if (Number(field.value) > most) isLess = true;
      if (other) other.value = Math.min(Number(field.value), most);
    });
    return isLess;
  }

  /* The focus goes to the same field or button of the new form. */
  function refocus(before) {
    if (!before) return;
    var label = before.getAttribute("aria-label");
    var same = before.id ? document.getElementById(before.id) : label && form.querySelector('[aria-label="' + CSS.escape(label) + '"]');
    if (same && !same.disabled) same.focus({ preventScroll: true });
  }

  function put(fresh) {
    if (fresh.innerHTML === served) return;
    var wasOpen = isOpen();
    var before = form.contains(document.activeElement) ? document.activeElement : null;
    served = fresh.innerHTML;
    var isLess = carry(form, fresh);
    form.replaceWith(fresh);
    form = fresh;
    document.dispatchEvent(new CustomEvent("tickets:new", { detail: form }));
    refocus(before);
    say(isLess ? said.dataset.less : !wasOpen && isOpen() ? said.dataset.open : "");
  }

  /* Whether the choice was answered; then it is in its place. */
  function ask() {
    asked = Date.now();
    return window.fetch(form.dataset.live, {
      credentials: "omit",
      headers: { "Accept-Language": document.documentElement.lang },
    }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("form[data-tickets]");
      if (fresh && form.isConnected) put(document.importNode(fresh, true));
    });
  }

  function plan(pause) {
    window.clearTimeout(waiting);
    if (!form.dataset.live) return;
    waiting = window.setTimeout(look, pause);
  }

  /* A little chance keeps the visitors of a page apart. */
  function look() {
    if (document.hidden) return plan(EVERY);
    ask().then(function () {
      countDown();
      plan(EVERY * (0.9 + Math.random() * 0.2));
    }, function () { plan(EVERY * 3); });
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && Date.now() - asked > EVERY) look();
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) look(); });

  /* "in 3 days", "in 2 hours"; digits of the last hour, unless movement is not wanted. */
  function inWords(seconds) {
    var words = new Intl.RelativeTimeFormat(document.documentElement.lang);
    if (seconds >= 172800) return words.format(Math.round(seconds / 86400), "day");
    if (seconds >= 7200) return words.format(Math.round(seconds / 3600), "hour");
    if (seconds >= 3600 || calm.matches) return words.format(Math.ceil(seconds / 60), "minute");
    return Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
  }

  function openUp(tries) {
    ask().catch(function () { return null; }).then(function () {
      if (form.dataset.opens && Date.parse(form.dataset.opens) <= Date.now() - ahead && tries > 0) {
        window.setTimeout(openUp, 2000, tries - 1);
      } else {
        countDown();
        plan(EVERY);
      }
    });
  }

  var ahead = form.dataset.now ? Date.now() - Date.parse(form.dataset.now) : 0;

  function countDown() {
    window.clearInterval(ticking);
    if (!form.dataset.opens) return;
    var ends = Date.parse(form.dataset.opens);

    function tick() {
      var seconds = Math.max(0, Math.ceil((ends - Date.now() + ahead) / 1000));
      var left = form.querySelector("[data-opens-in]");
      var words = inWords(seconds);
      if (left && left.textContent !== words) left.textContent = words;
      if (seconds > 0) return;
      window.clearInterval(ticking);
      window.clearTimeout(waiting);
      window.setTimeout(openUp, Math.random() * 1500, 10);
    }

    ticking = window.setInterval(tick, 1000);
    tick();
  }

  countDown();
  plan(EVERY);
})();
