/* A draft is kept while it is written. The button works without this, and waits for what is under way. */
(function () {
  "use strict";

  var form = document.querySelector("form[data-autosave]");
  if (!form || !window.fetch) return;

  /* Milliseconds: without typing; for an answer; for an answer that a button waits for. */
  var PAUSE = 1200, PATIENCE = 20000, HURRY = 4000;
  var line = form.querySelector("[data-autosaved]");
  var timer = null;
  var isUnderWay = false;
  var isAskedAgain = false;
  var isOver = false;
  var submitter = null;
  var giveUp = null;

  function said() {
    var asked = new CustomEvent("guard:ask", { detail: {} });
    form.dispatchEvent(asked);
    return asked.detail.said;
  }

  function tell(words, values, isBad) {
    line.textContent = Object.keys(values || {}).reduce(function (text, name) {
      return text.replace("{" + name + "}", values[name]);
    }, words);
    line.classList.toggle("autosaved--bad", Boolean(isBad));
  }

  function time() {
    return new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  }

  function becomesADraft(answer) {
    form.removeAttribute("data-new");
    form.action = answer.address;
    form.dataset.autosave = answer.autosave;
    window.history.replaceState(null, "", answer.address);
    var way = form.querySelector("[data-born]");
    if (way) {
      way.querySelector("a").href = answer.tickets;
      way.hidden = false;
    }
  }

  function showLink(link) {
    var panel = form.querySelector("[data-secret]");
    panel.hidden = !link;
    panel.querySelector("input").value = link;
  }

  function saved(answer, sent) {
    form.elements.version.value = answer.version;
    if (form.hasAttribute("data-new")) becomesADraft(answer);
    showLink(answer.link);
    var left = answer.except_for.join(", ");
    form.dispatchEvent(new CustomEvent("guard:saved", { detail: left ? null : sent }));
    tell(left ? form.dataset.partly : form.dataset.saved, { time: time(), fields: left }, left);
  }

  function answered(status, answer, sent) {
    if (answer.saved) return saved(answer, sent);
    if (answer.waiting) return tell(form.dataset.waiting, { fields: answer.waiting.join(", ") });
    /* Two write at once, or it is a draft no more: that is for the button, which asks. */
    if (status === 409) isOver = true;
    tell(form.dataset.refused, { why: answer.why }, true);
  }

  /* What a browser cannot read it would send as nothing, which is a good value. */
  function body() {
    var data = new FormData(form);
    Array.prototype.slice.call(form.elements).forEach(function (field) {
      if (field.name && field.validity && field.validity.badInput) data.set(field.name, "?");
    });
    return new URLSearchParams(data);
  }

  function keep() {
    window.clearTimeout(timer);
    if (isOver) return;
    if (isUnderWay) {
      isAskedAgain = true;
      return;
    }
    isUnderWay = true;
    isAskedAgain = false;
    tell(form.dataset.saving);
    var sent = said();
    var call = new AbortController();
    giveUp = function () { call.abort(); };
    var limit = window.setTimeout(giveUp, PATIENCE);
    fetch(form.dataset.autosave, {
      method: "POST",
      body: body(),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "error",
      signal: call.signal,
    }).then(function (response) {
      return response.json().then(function (answer) { answered(response.status, answer, sent); });
    }).catch(function () {
      tell(form.dataset.refused, { why: form.dataset.lost }, true);
    }).then(function () {
      window.clearTimeout(limit);
      isUnderWay = false;
      if (submitter) form.requestSubmit(submitter);
      else if (isAskedAgain) keep();
    });
  }

  function later(event) {
    if (event.target.type === "file") return;
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, PAUSE);
  }

  tell(form.dataset.ready);
  form.addEventListener("input", later);
  form.addEventListener("change", later);

  form.addEventListener("submit", function (event) {
    window.clearTimeout(timer);
    if (isUnderWay) {
      event.preventDefault();
      event.stopImmediatePropagation();
      submitter = event.submitter || form.querySelector("[type=submit]");
      window.setTimeout(giveUp, HURRY);
      return;
    }
    isOver = true;
  }, true);

  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    submitter = null;
    isOver = false;
  });
})();
