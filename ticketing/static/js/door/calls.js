/*
 * Calls to the server, and the three ways in which they fail: nobody answers in time, the server does
 * not know this device any more, or it refuses what was sent.
 */
(function () {
  "use strict";

  const PATIENCE = 2500;

  function failure(kind, message) {
    const error = new Error(message || kind);
    error.kind = kind;
    return error;
  }

  function refused(answer, data) {
    const sentence = (data && (data.message || data.detail || data.error)) || answer.statusText;
    return failure("refused", sentence);
  }

  /* Bad nights: a captive portal answers with a page of its own, a proxy with 502. Neither is the server. */
  async function read(answer, wanted, missing) {
    if (answer.status === 304) return null;
    if (answer.status === 404) throw failure(missing);
    if (answer.status === 401 || answer.status === 403) throw failure("ended");
    if (answer.status >= 500 || answer.status === 429) throw failure("away");
    const kind = answer.headers.get("Content-Type") || "";
    if (answer.redirected || (answer.ok && kind.indexOf(wanted) < 0)) throw failure("away");
    if (answer.ok) return wanted === "application/json" ? answer.json() : answer.text();
    throw refused(answer, await answer.json().catch(function () { return null; }));
  }

  /*
   * A device's clock may be wrong, and what was scanned without a network is judged by it: the server's
   * puts it right. Less than a minute may just as well be the way of the answer.
   */
  const ENOUGH = 60000;
  let ahead = 0;
  try {
    ahead = Number(window.localStorage.getItem("door-clock")) || 0;
  } catch (error) {
    /* It is measured with the first answer. */
  }

  function measure(answer) {
    const told = Date.parse(answer.headers.get("Date") || "");
    if (Number.isNaN(told)) return;
    const by = Date.now() - told;
    ahead = Math.abs(by) < ENOUGH ? 0 : by;
    try {
      window.localStorage.setItem("door-clock", String(ahead));
    } catch (error) {
      /* It holds for this visit. */
    }
  }

  /* The moment, by the server's clock. */
  function now() {
    return Date.now() - ahead;
  }

  /* What may happen at a door at any time is no error of this page; everything else is. */
  function expected(error) {
    if (!error.kind) throw error;
    return null;
  }

  /*
   * Ask, and give {data, etag}; `data` is null where nothing has changed. Fails with `kind` "away"
   * (no network, no answer within the time), "ended" (401, 403, 404; `missing` says what else a 404
   * means) or "refused" (with a sentence).
   */
  async function ask(address, options) {
    const told = options || {};
    const wanted = told.wanted || "application/json";
    const ending = new AbortController();
    const timer = window.setTimeout(function () { ending.abort(); }, told.patience || PATIENCE);
    const headers = Object.assign({ Accept: wanted }, told.headers);
    if (told.body) headers["Content-Type"] = "application/json";
    try {
      const answer = await window.fetch(address, {
        method: told.body || told.method === "POST" ? "POST" : "GET",
        headers: headers,
        body: told.body ? JSON.stringify(told.body) : undefined,
        credentials: "same-origin",
        cache: "no-store",
        signal: ending.signal,
      });
      measure(answer);
      return { data: await read(answer, wanted, told.missing || "ended"), etag: answer.headers.get("ETag") };
    } catch (error) {
      throw error.kind ? error : failure("away", String(error));
    } finally {
      window.clearTimeout(timer);
    }
  }

  window.Door = window.Door || {};
  window.Door.calls = { ask: ask, now: now, expected: expected };
})();
