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
    active.matches("input:not([type=checkbox]), textarea, select, [contenteditable]") &&
    !active.closest("[hx-preserve]");
  // An open editor or menu inside is kept, even while the focus is elsewhere; and so is
  // whatever is being pressed, until its answer is there. What is preserved moves along.
  const kept = '[data-hold], [data-pressed], [aria-expanded="true"], .htmx-request';
  return writing || part.matches("[data-hold]") || part.querySelector(kept) !== null;
}

/** A part that was swapped meanwhile is another element of the same id. */
const present = (part) => (part.id ? document.getElementById(part.id) : part);

/** Nobody's half-written sentence is swapped away, and nothing moves on a page no one sees.
 * A part that has asked already asks again afterwards: its answer may be older than this. */
const waits = (part) => document.hidden || part.classList.contains("htmx-request") || writesIn(part);

function refresh(part) {
  if (!part?.isConnected) return;
  if (waits(part)) held.add(part);
  else window.htmx.trigger(part, "live");
}

function ask(part) {
  // data-live-gap: for what costs more than it is looked at.
  const gap = Number(part.dataset.liveGap) || GAP_MS;
  const [paces, key] = part.id ? [parts, part.id] : [alone, part];
  if (!paces.has(key)) paces.set(key, coalesce(() => refresh(present(part)), gap));
  paces.get(key)();
}

function release() {
  for (const part of [...held]) {
    const now = present(part);
    if (now && waits(now)) continue;
    held.delete(part);
    refresh(now);
  }
}

/** Gives what is preserved its focus back in browsers that cannot move an element without that. */
function keepFocus() {
  let focused = null;
  for (const moment of ["htmx:beforeSwap", "htmx:oobBeforeSwap"])
    document.addEventListener(moment, () => {
      const active = document.activeElement;
      focused = active?.closest("[hx-preserve]") ? active : null;
    });
  for (const moment of ["htmx:afterSwap", "htmx:oobAfterSwap"])
    document.addEventListener(moment, () => {
      if (focused?.isConnected && document.activeElement === document.body) focused.focus({ preventScroll: true });
    });
}

export function startRefreshing() {
  keepFocus();
  document.addEventListener("mc:event", ({ detail }) => {
    for (const part of document.querySelectorAll("[data-live-on]")) {
      const { liveOn: on, liveAlso: also, liveTask: task, liveAgent: agent, liveRun: run, liveDocument } = part.dataset;
      const wanted = { on, also, task, agent, run, document: liveDocument };
      if (concerns(wanted, detail)) ask(part);
    }
  });
  // What a page hears on a socket of its own.
  document.addEventListener("mc:ask", ({ target }) => ask(target));
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
  // And what comes beside another answer goes by whoever writes there, unless that is the one
  // who is answered.
  let answered = null;
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => (answered = detail.requestConfig.elt));
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const { target } = detail;
    if (!target.matches("[data-live-on], [data-hold]") || target.contains(answered) || !writesIn(target)) return;
    detail.shouldSwap = false;
    held.add(target);
  });
  for (const moment of ["focusout", "click", "keyup", "htmx:afterRequest", "mc:released"])
    document.addEventListener(moment, () => held.size && setTimeout(release));
}
