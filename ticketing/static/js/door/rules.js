/*
 * What decides at a door that has no network: the same as services/checkin on the server, as pure
 * functions of a ticket, its event and the moment (milliseconds). tests/browser/test_door_rules.py
 * holds the two against each other.
 */
(function () {
  "use strict";

  const MINUTE = 60000;
  const ALREADY = { once: "already_used", daily: "already_today", again: "already_inside" };
  const zones = {};

  /* What clocks on the wall show there, as if it were UTC: so that hours can be taken off as on a wall. */
  function wallClock(moment, timezone) {
    zones[timezone] = zones[timezone] || new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone: timezone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
      hour: "numeric", minute: "numeric", second: "numeric",
    });
    const shown = {};
    zones[timezone].formatToParts(new Date(moment)).forEach(function (part) {
      shown[part.type] = Number(part.value);
    });
    return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second);
  }

  /* The event's day that a moment belongs to, as YYYY-MM-DD. */
  function dayOf(event, moment) {
    const shown = wallClock(moment, event.timezone) - event.day_begins * MINUTE;
    return new Date(shown).toISOString().slice(0, 10);
  }

  /* The day that figures speak of: the first before the event, the last after it. */
  function countedDay(event, moment) {
    return dayOf(event, Math.min(Math.max(moment, Date.parse(event.starts_at)), Date.parse(event.ends_at)));
  }

  /* How often a ticket lets its holder in. */
  function modeOf(event, ticket) {
    if (event.policy === "multiple_entry") return "again";
    return ticket.isAllDays || event.policy === "daily_entry" ? "daily" : "once";
  }

  /* Why this ticket cannot let anybody in at that moment, whatever it was used for before; "" if it can. */
  function refusal(event, gateTypes, ticket, moment) {
    if (!ticket) return "unknown";
    if (ticket.status === "cancelled") return "void";
    if (event.status === "cancelled") return "event_cancelled";
    if (Date.parse(event.ends_at) < moment) return "event_over";
    if (gateTypes.length && gateTypes.indexOf(ticket.type) < 0) return "wrong_gate";
    if (ticket.date && ticket.date !== dayOf(event, moment)) return "wrong_day";
    return "";
  }

  function isFree(mode, ticket, today) {
    if (ticket.status !== "active") return false;
    if (mode === "once") return ticket.admissions === 0;
    if (mode === "daily") return !ticket.admittedOn || ticket.admittedOn < today;
    return !ticket.isInside;
  }

  /* What a scan comes to: {result, reason}. Nothing is changed; see `after`. */
  function decide(event, gateTypes, ticket, moment, direction) {
    const reason = refusal(event, gateTypes, ticket, moment);
    if (reason) return { result: "refused", reason: reason };
    if (direction === "exit") {
      return ticket.isInside ? { result: "left", reason: "" } : { result: "refused", reason: "not_inside" };
    }
    const mode = modeOf(event, ticket);
    if (isFree(mode, ticket, dayOf(event, moment))) return { result: "admitted", reason: "" };
    return { result: "refused", reason: ALREADY[mode] };
  }

  /* The ticket after somebody was let in or out with it. */
  function after(event, ticket, moment, result) {
    if (result === "left") return Object.assign({}, ticket, { isInside: false });
    if (result !== "admitted") return ticket;
    return Object.assign({}, ticket, {
      status: modeOf(event, ticket) === "once" ? "used" : ticket.status,
      admissions: ticket.admissions + 1,
      admittedOn: dayOf(event, moment),
      isInside: true,
      usedAt: ticket.usedAt || moment,
    });
  }

  /* Whether somebody is expected that day with this ticket, and whether they came, as the figures count it. */
  function isExpected(ticket, today) {
    return ticket.status !== "cancelled" && (!ticket.date || ticket.date === today);
  }

  function hasCome(event, ticket, today) {
    return modeOf(event, ticket) === "daily" ? ticket.admittedOn === today : ticket.admissions > 0;
  }

  window.Door = window.Door || {};
  window.Door.rules = {
    dayOf: dayOf, countedDay: countedDay, modeOf: modeOf, decide: decide, after: after, isExpected: isExpected, hasCome: hasCome,
  };
})();
