/*
 * How the connection is: "on", "off" or "ended" (the server does not know this device any more). While it
 * is off nobody waits for the network: scans are decided here, and the heart beat looks for the server.
 */
(function () {
  "use strict";

  const BEAT = { on: 15000, off: 4000, ended: 30000 };

  /* `beats` is done at each beat; `changed` is told the state before and after. */
  window.Door.makeLink = function (beats, changed) {
    const own = { state: navigator.onLine ? "on" : "off" };
    let timer = 0;
    let due = Infinity;
    let beating = null;

    function goes(next) {
      const before = own.state;
      own.state = next;
      if (next !== before) changed(before, next);
    }

    /* Every call goes this way, so that the page always knows. */
    own.call = async function (address, options) {
      try {
        const found = await window.Door.calls.ask(address, options);
        goes("on");
        return found;
      } catch (error) {
        goes({ away: "off", ended: "ended", refused: "on" }[error.kind] || own.state);
        throw error;
      }
    };

    /* The next beat comes when it has to; who asks more often does not put it off. */
    own.soon = function () {
      const at = Date.now() + BEAT[own.state];
      if (at >= due) return;
      window.clearTimeout(timer);
      due = at;
      timer = window.setTimeout(own.beat, BEAT[own.state]);
    };

    /* A beat now; one at a time. */
    own.beat = function () {
      window.clearTimeout(timer);
      due = Infinity;
      beating = beating || beats().catch(window.Door.calls.expected).finally(function () {
        beating = null;
        own.soon();
      });
      return beating;
    };

    window.addEventListener("online", own.beat);
    window.addEventListener("offline", function () {
      goes("off");
      own.soon();
    });
    document.addEventListener("visibilitychange", function () {
      if (!document.hidden) own.beat();
    });
    return own;
  };
})();
