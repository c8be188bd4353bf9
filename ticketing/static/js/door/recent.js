/* The last scans of this device, those that the server knows and those that it does not, and taking them back. */
(function () {
  "use strict";

  const door = window.Door;
  const MOST = 20;

  /* `page` has settings, queue and list; `undo` is called with the row that is to be taken back. */
  door.makeRecent = function (page, undo) {
    const own = {};
    let told = [];

    function alone(scan) {
      return {
        scan_id: scan.scan_id, at: scan.scanned_at, result: scan.result, name: scan.name, what: scan.typeName,
        tone: page.settings.tones[scan.reason || scan.result], isWaiting: true,
        sentence: page.settings.sentences[scan.reason || scan.result],
        /* What may have reached the server cannot be taken back here alone. */
        canUndo: scan.result === "admitted" && !scan.mayBeKnown,
      };
    }

    function known(row, scanId) {
      const ticket = row.ticket || {};
      return {
        id: row.id, scan_id: scanId, at: row.scanned_at, tone: row.tone, result: row.result, sentence: row.sentence,
        name: ticket.name, what: ticket.ticket_name, ticketId: ticket.id, canUndo: row.result === "admitted",
      };
    }

    /* Only the latest of a ticket's admissions can be taken back. */
    function onlyLatest(rows) {
      const seen = new Set();
      return rows.map(function (row) {
        const isOld = seen.has(row.ticketId);
        if (row.result === "admitted" || row.result === "left") seen.add(row.ticketId);
        return isOld ? Object.assign({}, row, { canUndo: false }) : row;
      });
    }

    own.show = function () {
      const waiting = page.queue.waiting().map(alone).reverse();
      door.desk.recent(waiting.concat(onlyLatest(told)).slice(0, MOST), undo);
    };

    own.add = function (scan, answer) {
      told.unshift(known(Object.assign({ scanned_at: scan.scanned_at }, answer), scan.scan_id));
    };

    own.use = function (rows) {
      const names = new Map(told.map(function (row) { return [row.id, row.scan_id]; }));
      told = rows.map(function (row) { return known(row, names.get(row.id) || ""); });
    };

    return own;
  };
})();
