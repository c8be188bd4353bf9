/*
 * Keeps the scanner page and its files, so that a reload without a network brings it back. The page:
 * from the network where that answers soon, else as it was kept. Files whose address changes with their
 * content: as they were kept. What the page asks of the server as data is none of its business.
 */
"use strict";

const FORM = "door-1:";
const MOST_PAGES = 4;
const PATIENCE = 3000;

function cacheOf(page) {
  return FORM + page;
}

/* Only what is really the page is kept: not the way to the sign-in, not an error. */
function isPage(answer) {
  const kind = answer.headers.get("Content-Type") || "";
  return answer.status === 200 && !answer.redirected && kind.indexOf("text/html") === 0;
}

async function keep(page, files) {
  const answer = await fetch(page, { credentials: "same-origin", cache: "no-store" });
  if (!isPage(answer)) return;
  const cache = await caches.open(cacheOf(page));
  const kept = (await cache.keys()).map(function (request) { return request.url; });
  const missing = files.filter(function (file) { return kept.indexOf(file) < 0; });
  await cache.addAll(missing);
  /* The page last: it is never kept without what it needs. */
  await cache.put(page, answer);
  const old = kept.filter(function (file) { return files.indexOf(file) < 0 && new URL(file).pathname !== page; });
  await Promise.all(old.map(function (file) { return cache.delete(file); }));
  await tidy(cacheOf(page));
}

/* Caches of an earlier form go, and those of events that this device opened long ago. */
async function tidy(current) {
  const all = (await caches.keys()).filter(function (name) { return name.indexOf("door-") === 0; });
  const ours = all.filter(function (name) { return name.indexOf(FORM) === 0 && name !== current; });
  const old = all.filter(function (name) { return name.indexOf(FORM) !== 0; });
  const tooMany = ours.slice(0, Math.max(0, ours.length - MOST_PAGES + 1));
  await Promise.all(old.concat(tooMany).map(function (name) { return caches.delete(name); }));
}

async function keptPage(path) {
  if (!(await caches.has(cacheOf(path)))) return undefined;
  return (await caches.open(cacheOf(path))).match(path, { ignoreVary: true });
}

async function page(request) {
  const path = new URL(request.url).pathname;
  const ending = new AbortController();
  const timer = setTimeout(function () { ending.abort(); }, PATIENCE);
  try {
    const answer = await fetch(request, { signal: ending.signal });
    if (answer.status < 500) return answer;
    return (await keptPage(path)) || answer;
  } catch (error) {
    return (await keptPage(path)) || Response.error();
  } finally {
    clearTimeout(timer);
  }
}

async function file(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  return kept || fetch(request);
}

/* A file without a fingerprint may have changed. */
async function changeable(request) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await caches.match(request, { ignoreVary: true })) || Response.error();
  }
}

self.addEventListener("install", function (event) {
  event.waitUntil(self.skipWaiting());
});

self.addEventListener("activate", function (event) {
  event.waitUntil(tidy("").then(function () { return self.clients.claim(); }));
});

self.addEventListener("message", function (event) {
  if (event.data && event.data.keep) {
    event.waitUntil(keep(event.data.keep, event.data.files).catch(function () {
      /* No network just now: what was kept stays as it is. */
    }).then(function () {
      if (event.source) event.source.postMessage({ kept: event.data.keep });
    }));
  }
});

self.addEventListener("fetch", function (event) {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    event.respondWith(page(event.request));
  } else if (address.pathname.indexOf("/static/") === 0) {
    const fixed = address.searchParams.has("v") || address.pathname.indexOf("/static/vendor/") === 0;
    event.respondWith(fixed ? file(event.request) : changeable(event.request));
  }
});
