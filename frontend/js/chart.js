// Figures over time, drawn by uPlot, as a line or with data-bars as one bar for each:
//   <div data-chart='{"x": [unix seconds], "series": [{"label", "values", "tone"}]}'></div>
import uPlot from "uplot";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

function draw(place) {
  const { x, series } = JSON.parse(place.dataset.chart);
  const grid = { stroke: colour("--border"), width: 1 };
  const axis = { stroke: colour("--muted-foreground"), grid, ticks: { show: false }, font: "11px Inter Variable" };
  const bars = place.hasAttribute("data-bars") ? { paths: uPlot.paths.bars({ size: [0.7, 24], radius: 0.2 }) } : {};
  // Nothing at all is drawn as nothing, not as a scale up to a hundred.
  const most = Math.max(...series.flatMap(({ values }) => values));
  place.replaceChildren();
  return new uPlot(
    {
      width: place.clientWidth,
      height: Number(place.dataset.height) || 160,
      cursor: { points: { size: 6 } },
      legend: { show: series.length > 1 },
      axes: place.hasAttribute("data-bare")
        ? [{ show: false }, { show: false }]
        : [
            { ...axis, size: 28, values: (_chart, ticks) => ticks.map((tick) => dayMonth.format(tick * 1000)) },
            { ...axis, size: 44, values: (_chart, ticks) => ticks.map((tick) => compact.format(tick)) },
          ],
      scales: { y: { range: [0, most > 0 ? most * 1.08 : 1] } },
      series: [
        { label: "Day", value: (_chart, day) => (day ? dayMonth.format(day * 1000) : "") },
        ...series.map(({ label, tone = "primary" }) => {
          const stroke = colour(tone === "primary" ? "--primary" : `--tone-${tone}`);
          return { label, value: (_chart, amount) => (amount === null || amount === undefined ? "" : compact.format(amount)), stroke, width: 1.75, fill: stroke.replace(/\)$/, bars.paths ? ")" : " / 12%)"), points: { show: false }, ...bars };
        }),
      ],
    },
    // A bar of nothing would be a dash.
    [x, ...series.map(({ values }) => (bars.paths ? values.map((value) => value || null) : values))],
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
