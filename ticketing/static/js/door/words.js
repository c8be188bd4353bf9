/* What the page says, in its language, and moments as clocks at the event show them. */
(function () {
  "use strict";

  const sentences = JSON.parse(document.querySelector("[data-words]").dataset.words);
  const language = document.documentElement.lang || "en";
  const timeZone = document.body.dataset.timezone;
  const hours = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: timeZone });
  const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: timeZone });

  function say(key, values) {
    return Object.keys(values || {}).reduce(function (sentence, name) {
      return sentence.replace("{" + name + "}", values[name]);
    }, sentences[key]);
  }

  /* The hour; with its day where that is another one than today. */
  function moment(when) {
    const date = new Date(when);
    const hour = hours.format(date);
    return days.format(date) === days.format(new Date()) ? hour : days.format(date) + ", " + hour;
  }

  /* A day without an hour, as YYYY-MM-DD: of no zone. */
  function day(date) {
    return new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(date));
  }

  /* What happened, in one word. */
  function word(result, tone) {
    if (result === "left") return say("let_out");
    if (result === "undone") return say("taken_back");
    return say({ green: "let_in", yellow: "wait", red: "stop" }[tone]);
  }

  window.Door = window.Door || {};
  window.Door.words = { say: say, moment: moment, day: day, word: word };
})();
