// Puts a card where it belongs: its column, its lane, its place among the others.
import { $, $$ } from "../lib/dom.js";

/** Cards that are in somebody's hand here; what arrives for them waits until they are let go. */
const held = new Map();

export const root = () => $("[data-board]");
export const lists = () => $$("#board-area [data-list]");
export const cardOf = (number) => document.getElementById(`task-${number}`);
export const cardsIn = (list) => $$(":scope > .task", list);
export const titleOf = (card) => $("h3", card).textContent.trim();
export const keyOf = (card) => $(".key", card).textContent.trim();
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

function listFor(card) {
  const { status, lane } = card.dataset;
  return lists().find(
    (list) => list.dataset.status === status && (list.dataset.lane === undefined || list.dataset.lane === lane),
  );
}

/** The card before which one of this order stands; null at the end. */
function follower(list, card) {
  const order = Number(card.dataset.order);
  return cardsIn(list).find((other) => other !== card && Number(other.dataset.order) > order) ?? null;
}

/** Runs `change` and lets every card that it displaced glide to its new place. */
function gliding(touched, change) {
  if (still.matches || document.hidden) return change();
  const all = touched.flatMap((list) => (list ? cardsIn(list) : []));
  const before = new Map(all.map((card) => [card.id, card.getBoundingClientRect()]));
  change();
  for (const [id, old] of before) {
    const card = document.getElementById(id);
    if (!card) continue;
    const now = card.getBoundingClientRect();
    const x = old.left - now.left;
    const y = old.top - now.top;
    if (x || y)
      card.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], {
        duration: 220,
        easing: "cubic-bezier(0.2, 0.8, 0.2, 1)",
      });
  }
}

/** Keeps what belongs to this reader when a card is replaced: the focus, the tick. */
function carryOver(old, fresh) {
  const ticked = $(".task-check", old)?.checked;
  if (ticked) $(".task-check", fresh).checked = true;
  return old.contains(document.activeElement) ? document.activeElement.className : null;
}

/** A card that came from elsewhere glows for a moment. */
function arrive(card) {
  card.classList.add("is-new");
  card.addEventListener("animationend", () => card.classList.remove("is-new"), { once: true });
}

/** Shows a fresh card. Returns false when the board has no list for it and must load anew. */
export function place(fresh) {
  const number = fresh.dataset.number;
  if (held.has(number)) {
    held.set(number, fresh);
    return true;
  }
  const old = cardOf(number);
  const list = listFor(fresh);
  if (!list) {
    old?.remove();
    return false;
  }
  // The same words in the same place: nothing to do, and no animation begins again.
  if (old && old.parentElement === list && old.outerHTML === fresh.outerHTML) return true;
  const from = old?.parentElement;
  const stays = from === list && old.dataset.order === fresh.dataset.order;
  const write = () => {
    const focused = old ? carryOver(old, fresh) : null;
    if (stays) old.replaceWith(fresh);
    else {
      old?.remove();
      list.insertBefore(fresh, follower(list, fresh) ?? $(":scope > .column-empty", list));
    }
    if (focused !== null) $(`.${focused.split(" ")[0] || "cover"}`, fresh)?.focus({ preventScroll: true });
    if (!old || from !== list) arrive(fresh);
  };
  if (stays) write();
  else gliding([from, list], write);
  document.dispatchEvent(new CustomEvent("mc:card", { detail: fresh }));
  return true;
}

export function remove(number) {
  const card = cardOf(number);
  if (!card || held.has(String(number))) return;
  gliding([card.parentElement], () => card.remove());
}

/** Cards out of a reply of the server, as elements. */
export function parse(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return {
    cards: $$(".task", parsed).map((card) => document.importNode(card, true)),
    news: parsed.getElementById("board-news")?.dataset,
  };
}

export function showCounts(counts) {
  for (const [status, count] of Object.entries(counts))
    for (const place of $$(`[data-count-of="${status}"]`)) place.textContent = count;
}

/** Changes the counts by hand until the server says them. */
export function shift(from, to) {
  if (from === to) return;
  for (const [status, by] of [[from, -1], [to, 1]])
    for (const place of $$(`[data-count-of="${status}"]`)) place.textContent = Math.max(0, Number(place.textContent) + by);
}

/** Takes a card into somebody's hand; `release` lets it go and shows what arrived meanwhile. */
export function hold(number) {
  held.set(String(number), null);
}

export function release(number, fresh) {
  const arrived = held.get(String(number));
  held.delete(String(number));
  const card = fresh ?? arrived;
  if (card) place(card);
}

/** Loads the columns anew under the present filter. */
export function reload() {
  return window.htmx.ajax("GET", location.pathname + location.search, { target: "#board-area", swap: "outerHTML" });
}
