/* The lists beside the camera: who was found, the last scans, and where the server saw it differently. */
(function () {
  "use strict";

  const words = window.Door.words;
  const say = words.say;
  const part = window.Door.part;

  function copy(pattern) {
    const row = document.querySelector('template[data-pattern="' + pattern + '"]').content.cloneNode(true);
    return row.firstElementChild;
  }

  function within(row, name) {
    return row.querySelector("[data-" + name + "]");
  }

  const filled = new Map();

  /* Rows are made anew only when they say something else: nobody loses the button under the finger. */
  function fill(list, items, make) {
    const said = JSON.stringify(items);
    if (filled.get(list) === said) return;
    filled.set(list, said);
    list.replaceChildren.apply(list, items.map(make));
  }

  /* Tickets that were searched for; null puts the list away. `let` is called with the one that is chosen. */
  function found(tickets, direction, let_) {
    const key = direction === "exit" ? "let_out" : "let_in";
    filled.delete(part("found"));
    fill(part("found"), tickets || [], function (ticket) {
      const row = copy("found");
      within(row, "name").textContent = ticket.name || say("nameless");
      within(row, "what").textContent = [ticket.ticket_name, ticket.number].filter(Boolean).join(" · ");
      if (ticket.used) {
        within(row, "used").hidden = false;
        within(row, "used").querySelector("span").textContent = ticket.used;
      }
      const button = within(row, "let");
      button.textContent = say(key);
      button.setAttribute("aria-label", say(key + "_name", { name: ticket.name || ticket.number }));
      button.addEventListener("click", function () { let_(ticket); });
      return row;
    });
    part("nothing").hidden = !tickets || tickets.length > 0;
    part("found-said").textContent = tickets ? (tickets.length ? say("found_n", { n: tickets.length }) : say("nobody")) : "";
  }

  /* The last scans: {at, tone, result, sentence, name, what, isWaiting, canUndo}; `undo` gets the chosen one. */
  function recent(scans, undo) {
    part("no-recent").hidden = scans.length > 0;
    fill(part("recent-rows"), scans, function (scan) {
      const row = copy("recent");
      const name = scan.name || (scan.what ? say("nameless") : say("unknown_code"));
      row.classList.add("line--" + scan.tone);
      within(row, "name").textContent = name;
      within(row, "waiting").hidden = !scan.isWaiting;
      within(row, "what").textContent = [
        words.moment(scan.at), scan.tone === "green" ? words.word(scan.result, scan.tone) : scan.sentence, scan.what,
      ].filter(Boolean).join(" · ");
      const button = within(row, "undo");
      button.hidden = !scan.canUndo;
      button.setAttribute("aria-label", say("undo_name", { name: name }));
      button.addEventListener("click", function () { undo(scan, button); });
      return row;
    });
  }

  /* What visitors were told here, and what the server says. `noted` gets the name of the scan. */
  function conflicts(rows, noted) {
    part("conflicts").hidden = rows.length === 0;
    fill(part("conflict-rows"), rows, function (one) {
      const row = copy("conflict");
      within(row, "name").textContent = one.name || say("unknown_code");
      within(row, "what").textContent = [one.typeName, one.number].filter(Boolean).join(" · ");
      within(row, "here").textContent = say("told_" + one.claimed, { moment: words.moment(one.scanned_at) });
      within(row, "truth").textContent = one.sentence;
      within(row, "device").textContent = [one.device, one.gate].filter(Boolean).join(" · ");
      within(row, "before").hidden = within(row, "before-label").hidden = !one.before;
      within(row, "before").textContent = one.before ? words.moment(one.before) : "";
      within(row, "noted").addEventListener("click", function () { noted(one.scan_id); });
      return row;
    });
  }

  window.Door.desk = { found: found, recent: recent, conflicts: conflicts };
})();
