/* A scan and its answer: from the server where it answers in time, else from this device's own list. */
(function () {
  "use strict";

  const door = window.Door;
  const say = door.words.say;

  function newId() {
    if (window.crypto.randomUUID) return window.crypto.randomUUID();
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return Array.from(bytes, function (one) { return one.toString(16).padStart(2, "0"); }).join("");
  }

  function isIn(result) {
    return result === "admitted" || result === "left";
  }

  /* `page` has settings, list, queue and link; `kept` is told whether the disk takes what it is given. */
  door.makeScans = function (page, kept) {
    const settings = page.settings;
    /* Attempts of which nobody knows what became: the same code is told again under the same name. */
    const open = new Map();

    function isoNow() {
      return new Date(door.calls.now()).toISOString();
    }

    async function keep(scan) {
      await page.queue.keep(scan).then(function () { kept(true); }, function () { kept(false); });
    }

    async function ask(scan) {
      const body = { direction: scan.direction, gate: scan.gate, scan_id: scan.scan_id };
      if (scan.ticket) body.ticket = scan.ticket;
      else body.code = scan.code;
      const answer = (await page.link.call(settings.urls.scans, { body: body })).data;
      const ticket = answer.ticket;
      if (ticket && isIn(answer.result)) {
        Object.assign(scan, { result: answer.result, toldAt: Date.now(), ticketId: door.plainId(ticket.id) });
        page.list.note(scan.ticketId, door.calls.now(), answer.result);
        keep(scan);
      }
      page.told(scan, answer);
      return answer;
    }

    function aloneAnswer(ticket, decided) {
      const wasUsed = ticket && decided.reason.indexOf("already") === 0;
      return {
        result: decided.result, tone: settings.tones[decided.reason || decided.result], isAlone: true,
        sentence: settings.sentences[decided.reason || decided.result],
        ticket: ticket && { name: ticket.name, ticket_name: page.list.typeName(ticket) },
        before: wasUsed ? ticket.usedAt : null,
        beforeDay: wasUsed ? ticket.admittedOn : null,
      };
    }

    /* Decided from the list, and on the disk before anybody hears of it. */
    async function decide(scan, mayBeKnown) {
      const now = door.calls.now();
      const ticket = await page.list.find(scan);
      const decided = page.list.decide(ticket, now, scan.direction);
      await keep(Object.assign(scan, decided, {
        scanned_at: new Date(now).toISOString(), claimed: decided.result, mayBeKnown: mayBeKnown,
        ticketId: ticket ? ticket.id : "", name: ticket ? ticket.name : "", number: ticket ? ticket.number : "",
        typeName: ticket ? page.list.typeName(ticket) : "",
      }));
      if (ticket) page.list.note(ticket.id, now, decided.result);
      return aloneAnswer(ticket, decided);
    }

    function notHere(key) {
      return { tone: "red", result: "refused", sentence: say(key), ticket: null };
    }

    /* The answer to {code, direction} or {ticket, direction}. */
    return async function answerTo(told) {
      const name = told.code || told.ticket;
      const scan = Object.assign({
        scan_id: open.get(name) || newId(), gate: settings.gate, scanned_at: isoNow(), claimed: "", reason: "",
      }, told);
      let mayBeKnown = open.has(name);
      if (page.link.state !== "off") {
        try {
          const answer = await ask(scan);
          open.delete(name);
          return answer;
        } catch (error) {
          if (error.kind === "refused") return { tone: "red", result: "refused", sentence: error.message, ticket: null };
          if (error.kind === "ended") return notHere("ended_here");
          if (error.kind !== "away") throw error;
          mayBeKnown = true;
        }
      }
      if (page.list.isUsable(door.calls.now())) {
        open.delete(name);
        return decide(scan, mayBeKnown);
      }
      if (mayBeKnown) open.set(name, scan.scan_id);
      return notHere("undecided");
    };
  };
})();
