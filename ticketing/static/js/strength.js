/*
 * How strong a password is, while it is typed. It advises and nothing more: what is refused is decided by
 * the server, and nothing typed leaves the page before the form is sent.
 */
(function () {
  "use strict";

  var PAUSE = 600;
  var LEAST = 8;
  var TRIED_FIRST = /p[a4@]ss?w[o0]rd|qwert[yz]u?i?o?p?|asdfg?h?j?k?l?|1q2w3e4?r?|letmein|welcome|iloveyou|football|baseball|sunshine|princess|dragon|monkey|admin|login|master|abc(d?e?f?)|0?1234?5?6?7?8?9?0?/g;

  function words(text) {
    return text.toLowerCase().split(/[\s@.,_+-]+/).filter(function (word) { return word.length > 3; });
  }

  /* The length that counts: runs, repetitions and steps such as "abc" add little. */
  function effective(text) {
    var length = 0;
    for (var at = 0; at < text.length; at += 1) {
      var step = at ? text.charCodeAt(at) - text.charCodeAt(at - 1) : 9;
      length += Math.abs(step) <= 1 ? 0.3 : 1;
    }
    return length;
  }

  function alphabet(text) {
    var size = 0;
    if (/[a-z]/.test(text)) size += 26;
    if (/[A-Z]/.test(text)) size += 26;
    if (/[0-9]/.test(text)) size += 10;
    if (/[^a-zA-Z0-9]/.test(text)) size += 24;
    return Math.max(size, 2);
  }

  /* 0 to 4, and the name of the advice. */
  function judge(password, known) {
    var low = password.toLowerCase();
    var like = known.some(function (word) { return low.indexOf(word) >= 0; });
    var rest = known.reduce(function (text, word) { return text.split(word).join("~"); }, low);
    var bare = rest.replace(TRIED_FIRST, "~");
    var variety = new Set(low).size / Math.max(low.length, 1);
    var bits = effective(bare) * Math.log2(alphabet(password)) * (variety < 0.4 ? 0.6 : 1);
    var level = bits < 28 ? 0 : bits < 42 ? 1 : bits < 58 ? 2 : bits < 80 ? 3 : 4;
    if (password.length < LEAST) return [0, "short"];
    if (/^[0-9]+$/.test(password)) return [0, "digits"];
    if (like) return [Math.min(level, 1), "like"];
    if (level < 3 && bare !== rest) return [level, "common"];
    return [level, level < 3 ? "longer" : ""];
  }

  function setUp(box) {
    var input = document.getElementById(box.dataset.strength);
    var said = box.querySelector(".strength__said");
    var levels = box.dataset.levels.split("|");
    var timer = 0;

    function known() {
      var typed = box.dataset.fields.split(" ").map(function (id) {
        var field = id && document.getElementById(id);
        return field ? field.value : "";
      });
      return words(typed.concat(box.dataset.known).join(" "));
    }

    function say(level, advice) {
      var strong = document.createElement("strong");
      strong.textContent = levels[level] + ".";
      said.replaceChildren(strong, advice ? " " + box.dataset[advice] : "");
    }

    /* The bar follows at once; the words wait for a pause, so that a screen reader is not interrupted. */
    function refresh() {
      window.clearTimeout(timer);
      box.hidden = input.value === "";
      if (box.hidden) return;
      var found = judge(input.value, known());
      box.dataset.level = found[0];
      timer = window.setTimeout(function () { say(found[0], found[1]); }, PAUSE);
    }

    input.addEventListener("input", refresh);
    refresh();
  }

  document.querySelectorAll("[data-strength]").forEach(setUp);
})();
