// Brings changed cards onto the board. They come along with the events; what does not come, or
// lies under a filter, is asked for: the first at once, a burst in batches.
import { coalesce } from "../live/match.js";
import { parse, place, placePressed, reload, remove, root, showCounts } from "./place.js";

const GAP_MS = 30;
const PATIENCE_MS = 600;
const MOST = 100;
/** Numbers of tasks whose cards are not shown yet: their newest event, and since when they wait. */
const changed = new Map();
let busy = false;
let waiting = null;

const FILTERS = ["q", "agent", "priority", "phase", "blocked"];

function isFiltered() {
  const query = new URLSearchParams(location.search);
  return FILTERS.some((name) => query.get(name));
}

function show(html) {
  const { cards, news } = parse(html);
  for (const number of news.gone.split(",").filter(Boolean)) remove(number);
  const fits = place(...cards) && document.querySelector("#board-area [data-list]");
  showCounts(JSON.parse(news.counts));
  if (!fits) reload();
}

/** Says which tasks are shown as they were after event `last`. */
const tell = (tasks, last) => document.dispatchEvent(new CustomEvent("mc:cards", { detail: { tasks, last } }));

async function fetchCards() {
  if (busy || !changed.size || document.hidden) return;
  if (changed.size > MOST) {
    changed.clear();
    return reload();
  }
  busy = true;
  const asked = new Map(changed);
  const last = Number(document.body.dataset.lastEvent);
  changed.clear();
  try {
    const query = new URLSearchParams(location.search);
    query.set("ids", [...asked.keys()].join(","));
    const reply = await fetch(`${root().dataset.cardsUrl}?${query}`, { headers: { "HX-Request": "true" } });
    if (!reply.ok) throw new Error(String(reply.status));
    show(await reply.text());
    tell([...asked.keys()], last);
  } catch {
    // Not at once again: whatever refused it may have its hands full.
    const since = performance.now();
    for (const [task, { number }] of asked) changed.set(task, { number, since, ...changed.get(task) });
    watch();
    return;
  } finally {
    busy = false;
  }
  if (isFiltered()) ask();
}

const ask = coalesce(fetchCards, GAP_MS);

/** Looks, while anything is marked, whether it has waited in vain. */
function watch() {
  waiting ??= setTimeout(() => {
    waiting = null;
    const longest = Math.min(...[...changed.values()].map(({ since }) => since));
    if (performance.now() - longest >= PATIENCE_MS) ask();
    if (changed.size && !document.hidden) watch();
  }, PATIENCE_MS);
}

function mark({ task_number: task, number }) {
  const since = changed.get(task)?.since ?? performance.now();
  changed.set(task, { number, since });
  if (isFiltered() || changed.size > MOST) ask();
  else watch();
}

/** Cards that came along with events: those of a board without a filter. */
function take({ tasks, last, html }) {
  if (isFiltered() || document.hidden) return;
  for (const task of tasks) {
    const known = changed.get(task);
    if (known && known.number <= last) changed.delete(task);
    else if (known) known.since = performance.now();
  }
  show(html);
  tell(tasks, last);
}

export function startBoardLive() {
  document.addEventListener("mc:event", ({ detail: event }) => {
    if (event.verb === "task.deleted" || event.verb === "roadmap.imported") return reload();
    if (event.task_number) mark(event);
  });
  document.addEventListener("mc:companion", ({ detail }) => detail.type === "cards" && take(detail));
  document.addEventListener("mc:released", placePressed);
  document.addEventListener("mc:reset", reload);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}
