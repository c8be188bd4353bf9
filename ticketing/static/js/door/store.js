/*
 * What this device keeps between visits: the signed list of tickets, the scans that the server has not
 * been told yet, what it let in since the list was made, and where the server saw it differently.
 */
(function () {
  "use strict";

  const NAME = "door";
  const STORES = { lists: "event", scans: "scan_id", conflicts: "scan_id" };
  let opened = null;

  function settled(request) {
    return new Promise(function (resolve, reject) {
      request.onsuccess = function () { resolve(request.result); };
      request.onerror = function () { reject(request.error); };
    });
  }

  function open() {
    if (opened) return opened;
    opened = new Promise(function (resolve, reject) {
      const request = window.indexedDB.open(NAME, 1);
      request.onupgradeneeded = function () {
        Object.keys(STORES).forEach(function (name) {
          const store = request.result.createObjectStore(name, { keyPath: STORES[name] });
          if (name !== "lists") store.createIndex("event", "event");
        });
      };
      request.onsuccess = function () {
        /* Another window brings a newer form of this database: do not stand in its way. */
        request.result.onversionchange = function () {
          request.result.close();
          opened = null;
        };
        resolve(request.result);
      };
      request.onerror = function () { reject(request.error); };
    });
    opened.catch(function () { opened = null; });
    return opened;
  }

  async function write(name, change) {
    const transaction = (await open()).transaction(name, "readwrite", { durability: "strict" });
    change(transaction.objectStore(name));
    return new Promise(function (resolve, reject) {
      transaction.oncomplete = function () { resolve(); };
      transaction.onabort = function () { reject(transaction.error); };
    });
  }

  async function get(name, key) {
    return settled((await open()).transaction(name).objectStore(name).get(key));
  }

  async function keys(name) {
    return settled((await open()).transaction(name).objectStore(name).getAllKeys());
  }

  async function ofEvent(name, event) {
    return settled((await open()).transaction(name).objectStore(name).index("event").getAll(event));
  }

  function put(name, row) {
    return write(name, function (store) { store.put(row); });
  }

  function remove(name, keys) {
    return write(name, function (store) { keys.forEach(function (key) { store.delete(key); }); });
  }

  window.Door = window.Door || {};
  window.Door.store = { get: get, keys: keys, put: put, remove: remove, ofEvent: ofEvent };
})();
