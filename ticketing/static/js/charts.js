/*
 * Draws bars of what tables say. The table is the truth: its cells hold the figures (data-value) and the words that
 * are shown for them; a canvas names its table and which of the columns to draw. Colours are those of the page, and
 * change with it.
 */
(function () {
  "use strict";

  var root = document.documentElement;
  var canvases = Array.prototype.slice.call(document.querySelectorAll("canvas[data-chart]"));
  if (!canvases.length) return;

  if (!window.Chart) {
    // Nothing will be drawn: show the tables instead of empty rooms.
    document.querySelectorAll(".charted").forEach(function (section) {
      section.classList.add("charted--bare");
      section.querySelector("details").open = true;
    });
    return;
  }

  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  var language = root.lang || "en";
  var drawn = [];

  function read(canvas) {
    var table = document.getElementById(canvas.dataset.chart);
    var heads = Array.prototype.slice.call(table.querySelectorAll("thead [data-column]"));
    var rows = Array.prototype.slice.call(table.querySelectorAll("tbody tr"));
    var wanted = canvas.dataset.columns.split(" ");
    return {
      labels: rows.map(function (row) { return row.cells[0].dataset.short; }),
      names: rows.map(function (row) { return row.cells[0].textContent.trim(); }),
      series: wanted.map(function (key) {
        var head = heads.find(function (one) { return one.dataset.column === key; });
        var cells = rows.map(function (row) { return row.cells[head.cellIndex]; });
        return {
          name: head.textContent.trim(),
          currency: head.dataset.currency,
          values: cells.map(function (cell) { return Number(cell.dataset.value); }),
          words: cells.map(function (cell) { return cell.textContent.trim(); })
        };
      })
    };
  }

  function axisWords(currency) {
    var style = { notation: "compact", maximumFractionDigits: 1 };
    if (currency) {
      style.style = "currency";
      style.currency = currency;
    }
    return new Intl.NumberFormat(language, style);
  }

  function colours(canvas) {
    var style = window.getComputedStyle(canvas);
    return function (name) { return style.getPropertyValue(name).trim(); };
  }

  /* What a chart is made of: colours that it is given later reach its axes, but not its bars. */
  function dress(chart, canvas) {
    var colour = colours(canvas);
    chart.data.datasets.forEach(function (dataset, number) {
      dataset.backgroundColor = colour("--bar-" + (number + 1));
    });
    var scales = chart.options.scales;
    scales.x.ticks.color = scales.y.ticks.color = colour("--axis");
    scales.y.grid.color = colour("--grid");
    scales.x.border.color = colour("--grid");
    chart.options.plugins.legend.labels.color = colour("--ink");
    var tip = chart.options.plugins.tooltip;
    tip.backgroundColor = colour("--ink");
    tip.titleColor = tip.bodyColor = colour("--paper");
  }

  function options(found, moves) {
    var words = axisWords(found.series[0].currency);
    return {
      animation: moves && !still.matches ? { duration: 350 } : false,
      responsive: true,
      maintainAspectRatio: false,
      locale: language,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked: true, border: {}, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 14 } },
        y: {
          stacked: true,
          beginAtZero: true,
          border: { display: false },
          grid: {},
          ticks: { precision: found.series[0].currency ? undefined : 0, maxTicksLimit: 6, callback: function (value) { return words.format(value); } }
        }
      },
      plugins: {
        colors: { enabled: false },
        legend: { display: found.series.length > 1, position: "bottom", labels: { boxWidth: 14, boxHeight: 14 } },
        tooltip: {
          padding: 10,
          callbacks: {
            title: function (items) { return found.names[items[0].dataIndex]; },
            label: function (item) {
              var series = found.series[item.datasetIndex];
              return series.name + ": " + series.words[item.dataIndex];
            }
          }
        }
      }
    };
  }

  function draw(canvas, moves) {
    var found = read(canvas);
    var made = {
      type: "bar",
      data: {
        labels: found.labels,
        datasets: found.series.map(function (series) {
          return { label: series.name, data: series.values, borderRadius: 3, maxBarThickness: 36 };
        })
      },
      options: options(found, moves)
    };
    dress(made, canvas);
    drawn.push(new window.Chart(canvas, made));
  }

  window.Chart.defaults.font.family = window.getComputedStyle(document.body).fontFamily;
  window.Chart.defaults.font.size = 13;
  canvases.forEach(function (canvas) { draw(canvas, true); });

  new MutationObserver(function () {
    drawn.splice(0).forEach(function (chart) {
      var canvas = chart.canvas;
      chart.destroy();
      draw(canvas, false);
    });
  }).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
