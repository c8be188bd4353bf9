/* Comfort in the grid of prices: one price for a whole row or column, and names that follow what is typed. */
(function () {
  "use strict";

  function all(selector) {
    return Array.prototype.slice.call(document.querySelectorAll(selector));
  }

  var said = document.querySelector("[data-said]");

  all("[data-same]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var fields = all("input[data-" + button.dataset.same + '="' + button.dataset.number + '"]');
      var first = fields.filter(function (field) { return field.value !== ""; })[0];
      if (!first) {
        fields[0].focus();
        return;
      }
      fields.forEach(function (field) { field.value = first.value; });
      if (said) {
        said.textContent = said.dataset.words
          .replace("{price}", first.value)
          .replace("{number}", String(fields.length));
      }
    });
  });

  all("input[data-names]").forEach(function (field) {
    var spots = all("[data-" + field.dataset.names + '="' + field.dataset.number + '"]');
    var before = spots.length ? spots[0].textContent : "";
    field.addEventListener("input", function () {
      spots.forEach(function (spot) { spot.textContent = field.value.trim() || before; });
    });
  });
})();
