// Figures over time, drawn by uPlot:
//   <div data-chart='{"x": [unix seconds], "series": [{"label", "values", "tone"}]}'></div>
import uPlot from "uplot";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(place) {
  const { x, series } = JSON.parse(place.dataset.chart);
  const grid = { stroke: colour("--border"), width: 1 };
  const axis = { stroke: colour("--muted-foreground"), grid, ticks: { show: false }, font: "11px Inter Variable" };
  place.replaceChildren();
  return new uPlot(
    {
      width: place.clientWidth,
      height: Number(place.dataset.height) || 160,
      cursor: { points: { size: 6 } },
      legend: { show: series.length > 1 },
      axes: place.hasAttribute("data-bare") ? [{ show: false }, { show: false }] : [axis, { ...axis, size: 44 }],
      series: [
        {},
        ...series.map(({ label, tone = "primary" }) => {
          const stroke = colour(tone === "primary" ? "--primary" : `--tone-${tone}`);
          return { label, stroke, width: 1.75, fill: stroke.replace(/\)$/, " / 12%)"), points: { show: false } };
        }),
      ],
    },
    [x, ...series.map(({ values }) => values)],
    place,
  );
}

const charts = new Map();

function drawAll() {
  for (const [place, chart] of charts)
    if (!place.isConnected) {
      chart.destroy();
      charts.delete(place);
    }
  for (const place of document.querySelectorAll("[data-chart]")) {
    charts.get(place)?.destroy();
    charts.set(place, draw(place));
  }
}

drawAll();
document.addEventListener("mc:theme", drawAll);
document.addEventListener("htmx:afterSettle", drawAll);
new ResizeObserver(() => {
  for (const [place, chart] of charts) chart.setSize({ width: place.clientWidth, height: chart.height });
}).observe(document.body);
