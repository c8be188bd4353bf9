/*
 * The tickets of this event, as the server signed them: what a door without a network decides from.
 * The signature is verified whenever the list comes in, from the network or from this device's own
 * storage, so that nobody who can write to the device can let anybody in.
 */
(function () {
  "use strict";

  const FORM = 1;
  const CHECKED = "#checked";
  const text = new TextDecoder();
  const bytes = new TextEncoder();

  function fromBase64Url(part) {
    const plain = window.atob(part.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (sign) { return sign.charCodeAt(0); });
  }

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (one) { return one.toString(16).padStart(2, "0"); }).join("");
  }

  async function hashOf(code) {
    return hex(await window.crypto.subtle.digest("SHA-256", bytes.encode(code)));
  }

  /* What was signed; fails where the signature is not by this key. */
  async function verified(jws, jwk) {
    const parts = jws.trim().split(".");
    const head = JSON.parse(text.decode(fromBase64Url(parts[0])));
    if (parts.length !== 3 || head.alg !== "ES256") throw new Error("not signed as agreed");
    const key = await window.crypto.subtle.importKey(
      "jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y },
      { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]
    );
    const genuine = await window.crypto.subtle.verify(
      { name: "ECDSA", hash: "SHA-256" }, key, fromBase64Url(parts[2]), bytes.encode(parts[0] + "." + parts[1])
    );
    if (!genuine) throw new Error("the signature does not fit");
    return JSON.parse(text.decode(fromBase64Url(parts[1])));
  }

  function plainId(id) {
    return String(id).replace(/-/g, "").toLowerCase();
  }

  /* A row of the list: hash, id, type, date, all days, status, admissions, last day, inside, name, number. */
  function ticketOf(row) {
    return {
      id: row[1], type: row[2], date: row[3], isAllDays: Boolean(row[4]), status: row[5], admissions: row[6],
      admittedOn: row[7], isInside: Boolean(row[8]), name: row[9], number: row[10], usedAt: null,
    };
  }

  function fold(words) {
    return words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  window.Door = window.Door || {};
  window.Door.hashOf = hashOf;
  window.Door.plainId = plainId;
  window.Door.ticketOf = ticketOf;

  /* The list of one event; `deeds` gives what this device did since. `state` is "none", "good" or "forged"; `checkedAt` when the server last stood by it. */
  window.Door.makeList = function (settings, deeds) {
    const rules = window.Door.rules;
    const store = window.Door.store;
    const event = String(settings.event);
    const own = { state: "none", checkedAt: 0, madeAt: 0 };
    let content = null;
    let etag = null;
    let byHash = new Map();
    let byId = new Map();
    let changed = new Map();

    /* Decide from this one; fails where it is of another event or form. Its signature was verified before. */
    own.use = function (payload) {
      if (payload.v !== FORM || String(payload.event.id) !== event) throw new Error("a list of something else");
      content = payload;
      byHash = new Map(payload.tickets.map(function (row) { return [row[0], row]; }));
      byId = new Map(payload.tickets.map(function (row) { return [row[1], row]; }));
      own.state = "good";
      own.madeAt = Date.parse(payload.made_at);
      own.replay();
    };

    function drop(state) {
      content = null;
      etag = null;
      own.state = state;
    }

    /* Take what this device kept. A list that is not genuine is thrown away, and said to be so. */
    own.load = async function () {
      const kept = await store.get("lists", event);
      const checked = await store.get("lists", event + CHECKED);
      if (!kept) return;
      try {
        own.use(await verified(kept.jws, settings.public_key));
        etag = kept.etag;
        own.checkedAt = checked ? checked.at : own.madeAt;
      } catch (error) {
        drop("forged");
        await store.remove("lists", [event, event + CHECKED]);
      }
    };

    /* Ask the server for a newer one; true if it came. What was in use stays so where the new one is no good. */
    own.refresh = async function (call) {
      const answer = await call(settings.urls.list, {
        wanted: "application/jose", patience: 20000, headers: etag && content ? { "If-None-Match": etag } : {},
      });
      if (answer.data !== null) {
        let payload;
        try {
          payload = await verified(answer.data, settings.public_key);
          own.use(payload);
        } catch (error) {
          if (!content) own.state = "forged";
          return false;
        }
        etag = answer.etag;
        await store.put("lists", { event: event, jws: answer.data, etag: etag }).catch(function () {});
      }
      own.checkedAt = window.Door.calls.now();
      const note = { event: event + CHECKED, at: own.checkedAt, until: Date.parse(content.until) };
      await store.put("lists", note).catch(function () {});
      return true;
    };

    /* Names of people stay on no device for longer than their event needs them there. */
    own.forgetOld = async function (moment) {
      for (const key of await store.keys("lists")) {
        const note = key.endsWith(CHECKED) ? await store.get("lists", key) : null;
        if (note && note.until < moment) await store.remove("lists", [key, key.slice(0, -CHECKED.length)]);
      }
    };

    /* How many tickets are on it. */
    own.size = function () { return byHash.size; };

    /* It may be decided from. */
    own.isUsable = function (moment) {
      return content !== null && moment < Date.parse(content.until);
    };

    /* It was usable, and is too old now. */
    own.isOutdated = function (moment) {
      return content !== null && moment >= Date.parse(content.until);
    };

    function look(row) {
      if (!row) return null;
      return changed.get(row[1]) || ticketOf(row);
    }

    own.byId = function (id) { return look(byId.get(plainId(id))); };

    own.find = async function (told) {
      if (told.ticket) return own.byId(told.ticket);
      return look(byHash.get(await hashOf(told.code)));
    };

    own.typeName = function (ticket) { return content.types[ticket.type] || ""; };

    own.decide = function (ticket, moment, direction) {
      return rules.decide(content.event, content.gate_types, ticket, moment, direction);
    };

    /* Somebody was let in or out here: later decisions of this device know it. */
    own.note = function (id, moment, result) {
      const ticket = content && own.byId(id);
      if (ticket) changed.set(ticket.id, rules.after(content.event, ticket, moment, result));
    };

    /* Forget the changes, and make those that still count. */
    own.replay = function () {
      changed = new Map();
      deeds().forEach(function (deed) { own.note(deed.ticketId, Date.parse(deed.scanned_at), deed.result); });
    };

    /* How many are in, as far as this device knows: {admitted, expected, types}. */
    own.counts = function (moment) {
      const today = rules.countedDay(content.event, moment);
      const types = new Map();
      content.tickets.map(look).forEach(function (ticket) {
        if (!rules.isExpected(ticket, today)) return;
        const type = types.get(ticket.type) || { id: ticket.type, admitted: 0, expected: 0 };
        type.expected += 1;
        if (rules.hasCome(content.event, ticket, today)) type.admitted += 1;
        types.set(ticket.type, type);
      });
      const all = Array.from(types.values());
      const sum = function (name) { return all.reduce(function (before, type) { return before + type[name]; }, 0); };
      return { admitted: sum("admitted"), expected: sum("expected"), types: all };
    };

    /* Those whose name or number contains all of these words. */
    own.search = function (words, most) {
      if (!content) return [];
      const wanted = fold(words).split(/\s+/).filter(Boolean);
      const found = [];
      for (const row of content.tickets) {
        const shown = fold(row[9] + " " + row[10]);
        if (wanted.every(function (word) { return shown.indexOf(word) >= 0; })) found.push(look(row));
        if (found.length >= most) break;
      }
      return found;
    };

    return own;
  };
})();
