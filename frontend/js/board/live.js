// Brings changed cards onto the board: the first at once, a burst in batches.
import { coalesce } from "../live/match.js";
import { parse, place, reload, remove, root, showCounts } from "./place.js";

const GAP_MS = 30;
const MOST = 100;
const changed = new Set();
let busy = false;

async function fetchCards() {
  if (busy || !changed.size || document.hidden) return;
  if (changed.size > MOST) {
    changed.clear();
    return reload();
  }
  busy = true;
  const ids = [...changed];
  changed.clear();
  try {
    const query = new URLSearchParams(location.search);
    query.set("ids", ids.join(","));
    const reply = await fetch(`${root().dataset.cardsUrl}?${query}`, { headers: { "HX-Request": "true" } });
    if (!reply.ok) throw new Error(String(reply.status));
    const { cards, news } = parse(await reply.text());
    for (const number of news.gone.split(",").filter(Boolean)) remove(number);
    const fits = place(...cards) && document.querySelector("#board-area [data-list]");
    showCounts(JSON.parse(news.counts));
    if (!fits) reload();
    document.dispatchEvent(new CustomEvent("mc:cards", { detail: ids }));
  } catch {
    // Asked again with the next event, or when the connection is back.
    for (const id of ids) changed.add(id);
  } finally {
    busy = false;
    if (changed.size) ask();
  }
}

const ask = coalesce(fetchCards, GAP_MS);

export function startBoardLive() {
  document.addEventListener("mc:event", ({ detail: event }) => {
    if (event.verb === "task.deleted" || event.verb === "roadmap.imported") return reload();
    if (!event.task_number) return;
    changed.add(event.task_number);
    ask();
  });
  document.addEventListener("mc:reset", reload);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}
