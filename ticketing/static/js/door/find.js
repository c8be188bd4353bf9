/* For who cannot show a code: typing it, and finding people by their name or order. */
(function () {
  "use strict";

  const door = window.Door;
  const part = door.part;
  const say = door.words.say;
  const PAUSE = 250;
  const LEAST = 2;
  const MOST = 20;

  /* `page` has settings, list and link; `scan` is called with what is to be checked. */
  door.bindFind = function (page, scan) {
    const form = part("search");
    const field = form.querySelector("input");
    let timer = 0;
    let wanted = "";

    function direction() {
      const chosen = document.querySelector("[name=direction]:checked");
      return chosen ? chosen.value : "entry";
    }

    async function fromServer(text) {
      const answer = await page.link.call(page.settings.urls.search + "?q=" + encodeURIComponent(text));
      return answer.data.tickets.map(function (ticket) {
        return Object.assign({
          used: ticket.admitted_at ? say("used", { moment: door.words.moment(ticket.admitted_at) }) : "",
        }, ticket);
      });
    }

    function fromList(text) {
      return page.list.search(text, MOST).map(function (ticket) {
        return {
          id: ticket.id, name: ticket.name, ticket_name: page.list.typeName(ticket), number: "…" + ticket.number,
          used: ticket.admittedOn ? say("used_on", { moment: door.words.day(ticket.admittedOn) }) : "",
        };
      });
    }

    async function look() {
      window.clearTimeout(timer);
      const text = field.value.trim();
      wanted = text;
      if (text.length < LEAST) return show(null);
      let found = null;
      if (page.link.state !== "off") found = await fromServer(text).catch(door.calls.expected);
      if (wanted === text) show(found || fromList(text));
      return undefined;
    }

    function show(found) {
      door.desk.found(found, direction(), function (ticket) {
        scan({ ticket: ticket.id, direction: direction() }).then(look).then(function () {
          document.getElementById("find").focus();
        });
      });
    }

    field.addEventListener("input", function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(look, PAUSE);
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      look();
    });
    part("typed").addEventListener("submit", function (event) {
      event.preventDefault();
      const code = part("typed").querySelector("[name=code]");
      const typed = code.value.trim();
      code.value = "";
      /* The next code comes into the same field; on a phone that would bring up the keyboard. */
      if (window.matchMedia("(pointer: fine)").matches) code.focus();
      if (typed) scan({ code: typed, direction: direction() });
    });
    document.querySelectorAll("[name=direction]").forEach(function (one) { one.addEventListener("change", look); });
    if (field.value) look();
    return { direction: direction };
  };
})();
