/*
 * Light or dark. Loaded before the first paint, so that a remembered choice never flashes.
 * Without this file the page still follows the system, through the media condition on dark.css.
 */
(function () {
  "use strict";

  var root = document.documentElement;
  root.classList.add("js");
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  function remembered() {
    try {
      var choice = window.localStorage.getItem("theme");
      return choice === "light" || choice === "dark" ? choice : null;
    } catch (error) {
      return null; // storage is switched off: follow the system
    }
  }

  function apply() {
    var choice = remembered();
    var theme = choice || (system.matches ? "dark" : "light");
    var sheet = document.getElementById("dark-palette");
    root.setAttribute("data-bs-theme", theme);
    if (sheet) {
      sheet.media = choice ? (choice === "dark" ? "screen" : "not all") : "screen and (prefers-color-scheme: dark)";
    }
    document.querySelectorAll("[data-theme-toggle]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(theme === "dark"));
    });
  }

  function toggle() {
    var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try {
      window.localStorage.setItem("theme", next);
    } catch (error) {
      return;
    }
    apply();
  }

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-theme-toggle]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", toggle);
    });
    apply();
  });
})();
