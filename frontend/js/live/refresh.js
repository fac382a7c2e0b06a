// Parts of a page that keep themselves fresh:
//   <section hx-get="…" hx-trigger="live" data-live-on="task.* run.*" data-live-task="…">
import { coalesce, concerns } from "./match.js";

const GAP_MS = 150;
// By id, since a part that was swapped is a new element with the same pace.
const parts = new Map();
const alone = new WeakMap();
const held = new Set();

function writesIn(part) {
  const active = document.activeElement;
  const writing =
    part.contains(active) &&
    active.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  // An open editor or menu inside is kept, even while the focus is elsewhere; and so is
  // whatever has just been pressed, until its answer is there.
  return writing || part.querySelector('[data-hold], [aria-expanded="true"], .htmx-request') !== null;
}

function refresh(part) {
  if (!part?.isConnected) return;
  // Nobody's half-written sentence is swapped away, and nothing moves on a page no one sees.
  if (document.hidden || writesIn(part)) held.add(part);
  else window.htmx.trigger(part, "live");
}

function ask(part) {
  // data-live-gap: for what costs more than it is looked at.
  const gap = Number(part.dataset.liveGap) || GAP_MS;
  const [paces, key] = part.id ? [parts, part.id] : [alone, part];
  const now = () => (part.id ? document.getElementById(part.id) : part);
  if (!paces.has(key)) paces.set(key, coalesce(() => refresh(now()), gap));
  paces.get(key)();
}

function release() {
  for (const part of [...held]) {
    if (document.hidden || writesIn(part)) continue;
    held.delete(part);
    refresh(part);
  }
}

export function startRefreshing() {
  document.addEventListener("mc:event", ({ detail }) => {
    for (const part of document.querySelectorAll("[data-live-on]")) {
      const { liveOn, liveTask, liveAgent, liveRun, liveDocument } = part.dataset;
      const wanted = { on: liveOn, task: liveTask, agent: liveAgent, run: liveRun, document: liveDocument };
      if (concerns(wanted, detail)) ask(part);
    }
  });
  document.addEventListener("mc:reset", () => {
    for (const part of document.querySelectorAll("[data-live-on]")) ask(part);
  });
  document.addEventListener("visibilitychange", release);
  // What was begun while an answer was on its way is not swapped away by it either.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig?.triggeringEvent?.type !== "live" || !writesIn(detail.target)) return;
    detail.shouldSwap = false;
    held.add(detail.target);
  });
  for (const moment of ["focusout", "click", "keyup", "htmx:afterRequest"])
    document.addEventListener(moment, () => held.size && setTimeout(release));
}
