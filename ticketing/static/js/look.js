/* The ticket beside the form follows what is chosen, before it is saved. The page works without this. */
(function () {
  "use strict";

  var page = document.querySelector("[data-look]");
  if (!page) return;

  var house = page.dataset.houseAccent;
  var well = page.querySelector("[data-look-well]");
  var code = document.getElementById("accent");
  var file = document.getElementById("logo");
  var remove = document.getElementById("remove_logo");
  var band = page.querySelector("[data-look-band]");
  var logo = page.querySelector("[data-look-logo]");
  var stored = logo.getAttribute("src");
  var shown = null;

  function isColour(text) { return /^#[0-9a-f]{6}$/i.test(text); }

  function unsaved() {
    page.querySelector("[data-look-saved]").hidden = true;
    page.querySelector("[data-look-unsaved]").hidden = false;
  }

  function show(colour) {
    band.setAttribute("fill", colour);
    well.value = colour.toLowerCase();
  }

  function showLogo(source) {
    logo.hidden = !source;
    if (source) logo.setAttribute("src", source);
  }

  well.hidden = false;
  if (isColour(code.value.trim())) show(code.value.trim());

  well.addEventListener("input", function () {
    code.value = well.value;
    show(well.value);
    unsaved();
  });

  code.addEventListener("input", function () {
    var text = code.value.trim();
    if (text && !isColour(text)) return;
    show(text || house);
    unsaved();
  });

  file.addEventListener("change", function () {
    if (shown) URL.revokeObjectURL(shown);
    shown = file.files.length ? URL.createObjectURL(file.files[0]) : null;
    if (remove && shown) remove.checked = false;
    showLogo(shown || stored);
    unsaved();
  });

  /* What the browser cannot show is told by the server when it is sent. */
  logo.addEventListener("error", function () { logo.hidden = true; });

  if (remove) {
    remove.addEventListener("change", function () {
      showLogo(remove.checked ? null : shown || stored);
      unsaved();
    });
  }
})();
