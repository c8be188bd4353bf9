/* What the doorkeeper sees: the answer over the whole screen, the figures, how the connection is. */
(function () {
  "use strict";

  const words = window.Door.words;
  const say = words.say;
  const SHOWN = { green: 2000, yellow: 3500, red: 3500 };

  function part(name) {
    return document.querySelector("[data-" + name + "]");
  }

  function write(name, sentence) {
    const element = part(name);
    element.textContent = sentence || "";
    element.hidden = !sentence;
  }

  let timer = 0;

  function hide() {
    window.clearTimeout(timer);
    part("answer").hidden = true;
  }

  function usedBefore(answer) {
    if (answer.before) return say("used", { moment: words.moment(answer.before) });
    return answer.beforeDay ? say("used_on", { moment: words.day(answer.beforeDay) }) : "";
  }

  /* Read out: politely where all is well, at once where somebody has to be stopped. */
  function readOut(answer, word) {
    const ticket = answer.ticket || {};
    const sentence = [word, ticket.name, ticket.ticket_name, answer.sentence, usedBefore(answer)].filter(Boolean).join(". ");
    readSoon(answer.tone === "green" ? "said-softly" : "said-loudly", sentence);
  }

  /* Emptied first, so that the same words twice are read out twice. */
  function readSoon(name, sentence) {
    part("said-softly").textContent = part("said-loudly").textContent = "";
    window.setTimeout(function () { part(name).textContent = sentence; }, 50);
  }

  function showLast(answer, word) {
    const last = part("last");
    last.hidden = false;
    last.className = "last last--" + answer.tone;
    part("last-word").textContent = word;
    const ticket = answer.ticket || {};
    part("last-more").textContent = [ticket.name || ticket.ticket_name, answer.tone === "green" ? "" : answer.sentence]
      .filter(Boolean).join(" · ");
  }

  /* An answer: {tone, result, sentence, ticket: {name, ticket_name} or null, before, beforeDay, isAlone}. */
  function show(answer) {
    const box = part("answer");
    const word = words.word(answer.result, answer.tone);
    const before = usedBefore(answer);
    window.clearTimeout(timer);
    box.className = "answer answer--over answer--" + answer.tone;
    box.dataset.tone = answer.tone;
    write("answer-word", word);
    write("answer-name", answer.ticket ? answer.ticket.name || say("nameless") : "");
    write("answer-ticket", answer.ticket ? answer.ticket.ticket_name : "");
    write("answer-sentence", answer.sentence);
    part("answer-before").hidden = !before;
    part("answer-before").querySelector("[data-text]").textContent = before;
    part("answer-alone").hidden = !answer.isAlone;
    box.hidden = false;
    /* Begin the way in anew where one answer follows another. */
    box.getAnimations({ subtree: true }).forEach(function (animation) { animation.cancel(); animation.play(); });
    readOut(answer, word);
    showLast(answer, word);
    window.Door.signals.give(answer.tone);
    timer = window.setTimeout(hide, SHOWN[answer.tone]);
  }

  function listWords(list, now) {
    if (list.state === "forged") return say("list_forged");
    if (list.state === "none") return say("no_list");
    if (list.isOutdated(now)) return say("list_outdated");
    const minutes = Math.floor((now - list.checkedAt) / 60000);
    if (minutes < 2) return say("list_new");
    return minutes < 120 ? say("list_minutes", { n: minutes }) : say("list_hours", { n: Math.floor(minutes / 60) });
  }

  /* How the connection is: "on", "off" or "ended"; how many scans wait; how old the list is. */
  function link(state, waiting, list, now) {
    const box = part("link");
    box.hidden = false;
    box.dataset.link = state;
    const first = { on: waiting ? say("sending", { n: waiting }) : say("online"), off: say("offline"), ended: say("ended") };
    const more = state !== "on" && waiting ? " · " + say("waiting", { n: waiting }) : "";
    part("link-word").textContent = first[state] + more;
    part("link-more").textContent = listWords(list, now);
    part("ended").hidden = state !== "ended";
    part("ended-more").textContent = waiting ? say("ended_some", { n: waiting }) : say("ended_none");
  }

  /* How many are in, of how many; the same by kind of ticket. */
  function counts(told) {
    part("admitted").textContent = told.admitted;
    part("expected").textContent = told.expected;
    part("progress").max = told.expected || 1;
    part("progress").value = Math.min(told.admitted, told.expected || 1);
    told.types.forEach(function (type) {
      const row = document.querySelector('[data-kind="' + type.id + '"] td');
      if (row) row.textContent = type.admitted + " / " + type.expected;
    });
  }

  function trouble(sentence) {
    part("trouble").hidden = !sentence;
    part("trouble-text").textContent = sentence || "";
  }

  part("answer").addEventListener("click", hide);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") hide();
  });

  window.Door.part = part;
  window.Door.view = { show: show, hide: hide, link: link, counts: counts, trouble: trouble, read: readSoon };
})();
