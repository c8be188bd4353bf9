/* The scanner page: a code comes in, an answer comes out, with a network or without one. */
(function () {
  "use strict";

  const door = window.Door;
  const part = door.part;
  const say = door.words.say;
  const settings = JSON.parse(document.body.dataset.door);
  /* A list grows old in a minute, a large one in a minute for each so many tickets: it is a megabyte or two. */
  const MINUTE = 60000;
  const TICKETS_A_MINUTE = 4000;
  const SAME_FOR = 3000;
  const BUSY_AFTER = 400;
  const canKeep = Boolean(window.isSecureContext && window.indexedDB && window.crypto.subtle);

  const page = { settings: settings, queue: door.makeQueue(settings), told: told };
  const queue = page.queue;
  const list = page.list = door.makeList(settings, queue.deeds);
  let figures = JSON.parse(document.body.dataset.counts);
  let listAsked = 0;
  let isForged = false;

  /* What the badge, the figures and the last scans say. */
  function refresh() {
    const now = door.calls.now();
    door.view.link(link.state, queue.waiting().length, list, now);
    door.view.counts(link.state !== "on" && list.isUsable(now) ? list.counts(now) : figures);
    recent.show();
  }

  /* The server answered to a scan; it counts anew at the next beat only. */
  function told(scan, answer) {
    if (answer.result === "admitted") figures = Object.assign({}, figures, { admitted: figures.admitted + 1 });
    recent.add(scan, answer);
  }

  async function askCounts() {
    figures = (await link.call(settings.urls.counts)).data;
  }

  async function askRecent() {
    recent.use((await link.call(settings.urls.recent)).data.scans);
  }

  function listLasts() {
    return MINUTE * Math.max(1, Math.ceil(list.size() / TICKETS_A_MINUTE));
  }

  async function askList() {
    if (!canKeep) return;
    const asked = Date.now();
    if (!(await list.refresh(link.call))) {
      isForged = true;
      door.view.trouble(say(list.state === "good" ? "forged_new" : "forged"));
      return;
    }
    if (isForged) door.view.trouble("");
    isForged = false;
    listAsked = asked;
    await queue.settleBefore(asked);
    list.replay();
  }

  /* All that the server knows anew. */
  async function bring() {
    await Promise.all([askCounts(), askRecent(), askList()]);
    refresh();
  }

  /* Tell what waits, then see what became of it. */
  async function tellWaiting() {
    if (!queue.waiting().length) return;
    await queue.send(link.call).finally(showConflicts);
    await bring();
  }

  async function beats() {
    await askCounts();
    await tellWaiting();
    if (Date.now() - listAsked > listLasts()) await askList();
    refresh();
  }

  function changed(before, next) {
    if (next === "ended") eye.stop();
    if (before === "off" && next === "on") link.beat();
    refresh();
    door.view.read("said-softly", part("link-word").textContent);
  }

  function showConflicts() {
    door.desk.conflicts(queue.conflicts, async function (scanId) {
      await queue.noted(scanId);
      showConflicts();
      document.getElementById(queue.conflicts.length ? "conflicts" : "main").focus();
    });
  }

  async function undo(row, button) {
    button.disabled = true;
    try {
      if (!row.isWaiting) await link.call(settings.urls.undo.replace("{id}", row.id), { method: "POST", missing: "refused" });
      await queue.forget([row.scan_id]);
      list.replay();
      door.view.read("said-softly", say("undone", { name: row.name || say("nameless") }));
      if (!row.isWaiting) await bring();
      document.getElementById("recent").focus();
    } catch (error) {
      door.calls.expected(error);
      button.disabled = false;
      door.view.trouble(error.kind === "refused" ? error.message : say("failed"));
    }
    refresh();
  }

  const link = door.makeLink(beats, changed);
  page.link = link;
  const recent = door.makeRecent(page, undo);
  const answerTo = door.makeScans(page, function (isKept) {
    if (!isKept) door.view.trouble(say("not_kept"));
  });

  let last = Promise.resolve();
  const underWay = new Set();

  /* One after the other: what one scan changes, the next one has to know. */
  function scan(wanted) {
    const name = wanted.code || wanted.ticket;
    if (underWay.has(name)) return last;
    underWay.add(name);
    const busy = window.setTimeout(function () { part("busy").hidden = false; }, BUSY_AFTER);
    last = last.then(function () { return answerTo(wanted); }).then(door.view.show).catch(door.calls.expected)
      .finally(function () {
        window.clearTimeout(busy);
        part("busy").hidden = true;
        underWay.delete(name);
        refresh();
        link.soon();
      });
    return last;
  }

  /* Codes that the camera sees. One that stays in view, or comes back within three seconds, counts once. */
  const seen = new Map();

  function see(raw) {
    const code = raw.trim();
    const now = Date.now();
    const isNew = code && now - (seen.get(code) || 0) >= SAME_FOR;
    seen.delete(code);
    seen.set(code, now);
    if (seen.size > 50) seen.delete(seen.keys().next().value);
    if (isNew) scan({ code: code, direction: find.direction() });
  }

  const find = door.bindFind(page, scan);
  const eye = door.bindEye(see);

  /* What this device kept of earlier visits. */
  async function load() {
    if (!canKeep) return door.view.trouble(say("insecure"));
    try {
      await queue.load();
      await list.forgetOld(door.calls.now());
      await list.load();
      isForged = list.state === "forged";
      if (isForged) door.view.trouble(say("forged"));
    } catch (error) {
      door.view.trouble(say("not_kept"));
    }
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(function () {});
    return undefined;
  }

  async function begin() {
    part("recent").hidden = false;
    await load();
    showConflicts();
    refresh();
    await link.beat();
    if (link.state === "on") await askRecent().catch(door.calls.expected);
    refresh();
    document.body.dataset.ready = "yes";
    if (canKeep) await door.keepPage(settings.urls.worker, settings.urls.page).catch(function () {});
  }

  begin();
})();
