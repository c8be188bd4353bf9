/*
 * The scans that this device decided by itself and the server has not been told yet. Each has its own
 * name (scan_id), so that telling it twice counts once; each is on the disk before the visitor hears
 * anything; and none is dropped before the server has answered for it.
 */
(function () {
  "use strict";

  const AT_ONCE = 50;
  const BY_TIME = function (one, other) {
    return one.scanned_at < other.scanned_at ? -1 : one.scanned_at > other.scanned_at ? 1 : one.nth - other.nth;
  };

  /* What the server is told of a scan. */
  function wire(scan) {
    const told = {
      direction: scan.direction, gate: scan.gate, scan_id: scan.scan_id,
      scanned_at: scan.scanned_at, claimed: scan.claimed,
    };
    if (scan.ticket) told.ticket = scan.ticket;
    else told.code = scan.code;
    return told;
  }

  window.Door = window.Door || {};
  window.Door.makeQueue = function (settings) {
    const store = window.Door.store;
    const event = String(settings.event);
    const own = { scans: [], conflicts: [] };
    let sending = null;

    /* The disk is what counts, also for what other windows did; beside it only what it did not take. */
    own.load = async function () {
      const kept = await store.ofEvent("scans", event);
      const loose = own.scans.filter(function (scan) { return scan.isLoose; });
      own.scans = kept.concat(loose).sort(BY_TIME);
      own.conflicts = (await store.ofEvent("conflicts", event)).sort(BY_TIME);
    };

    own.waiting = function () {
      return own.scans.filter(function (scan) { return !scan.toldAt; });
    };

    /* Who was let in or out here, as far as the list may not know it yet. */
    own.deeds = function () {
      return own.scans.filter(function (scan) {
        return scan.ticketId && (scan.result === "admitted" || scan.result === "left");
      });
    };

    own.keep = async function (scan) {
      own.scans = own.scans.filter(function (one) { return one.scan_id !== scan.scan_id; });
      own.scans.push(Object.assign(scan, { event: event, nth: scan.nth || own.scans.length + 1 }));
      await store.put("scans", scan).catch(function (error) {
        scan.isLoose = true;
        throw error;
      });
    };

    own.forget = async function (scanIds) {
      own.scans = own.scans.filter(function (scan) { return scanIds.indexOf(scan.scan_id) < 0; });
      await store.remove("scans", scanIds).catch(function () {});
    };

    /* The list that was asked for at that moment knows what the server had been told before. */
    own.settleBefore = function (asked) {
      const known = own.scans.filter(function (scan) { return scan.toldAt && scan.toldAt < asked; });
      return own.forget(known.map(function (scan) { return scan.scan_id; }));
    };

    async function differs(scan, answer) {
      const row = {
        scan_id: scan.scan_id, event: event, nth: scan.nth, scanned_at: scan.scanned_at, claimed: scan.claimed,
        device: settings.device, gate: scan.gate, name: scan.name, typeName: scan.typeName, number: scan.number,
        result: answer.result, sentence: answer.sentence, before: answer.before,
      };
      own.conflicts.push(row);
      await store.put("conflicts", row).catch(function () {});
    }

    async function told(scan, answer) {
      if (answer.conflict) await differs(scan, answer);
      scan.toldAt = Date.now();
      scan.result = answer.result;
      scan.check_in = answer.id;
      await store.put("scans", scan).catch(function () {});
    }

    async function sendSome(call, scans) {
      try {
        const answer = await call(settings.urls.sync, {
          body: { scans: scans.map(wire) }, patience: 30000,
        });
        for (let place = 0; place < scans.length; place += 1) await told(scans[place], answer.data.results[place]);
      } catch (error) {
        if (error.kind !== "refused") throw error;
        /* One that the server will never take must not hold up the others. */
        if (scans.length === 1) {
          await told(scans[0], { id: null, result: "refused", sentence: error.message, conflict: true });
        } else {
          for (const scan of scans) await sendSome(call, [scan]);
        }
      }
    }

    async function sendAll(call) {
      await own.load().catch(function () {});
      let rest = own.waiting();
      while (rest.length) {
        await sendSome(call, rest.slice(0, AT_ONCE));
        rest = own.waiting();
      }
    }

    /* Tell the server, in the order in which it happened; one window of this browser at a time. */
    own.send = function (call) {
      const all = function () { return sendAll(call); };
      sending = sending || (navigator.locks ? navigator.locks.request("door-" + event, all) : all())
        .finally(function () { sending = null; });
      return sending;
    };

    own.noted = async function (scanId) {
      own.conflicts = own.conflicts.filter(function (row) { return row.scan_id !== scanId; });
      await store.remove("conflicts", [scanId]).catch(function () {});
    };

    return own;
  };
})();
