// Puts a card where it belongs: its column, its lane, its place among the others.
import { $, $$ } from "../lib/dom.js";

/**
 * Cards that are in somebody's hand here, or on their way to the server: how many `times`, and
 * the `fresh` card that arrived and waits until they are let go.
 */
const held = new Map();
/** What arrived for cards that are being clicked, until they are. */
const pressed = new Map();
/** Whether the board is being loaded anew, and whether it is to be as soon as it can. */
let loading = false;
let due = false;

export const root = () => $("[data-board]");
export const lists = () => $$("#board-area [data-list]");
export const cardOf = (number) => document.getElementById(`task-${number}`);
export const cardsIn = (list) => $$(":scope > .task", list);
export const titleOf = (card) => $("h3", card).textContent.trim();
export const keyOf = (card) => $(".key", card).textContent.trim();
const MOST_GLIDING = 3;
/** So many more cards than it was given a column may come to show while it is looked at. */
const SLACK = 25;
const CALM_MS = 700;
let lastMove = -Infinity;
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

/** Runs `change` and lets every card in sight that it displaced in these lists glide to its new place. */
function gliding(touched, change) {
  if (!touched.length || still.matches || document.hidden) return change();
  const before = touched.flatMap(cardsIn).map((card) => [card.id, card.getBoundingClientRect()]);
  change();
  // Looked at before any is set in motion, so that the page is laid out once.
  const after = before.map(([id, old]) => [document.getElementById(id), old]).filter(([card]) => card);
  for (const [card, old, now] of after.map(([card, old]) => [card, old, card.getBoundingClientRect()])) {
    const x = old.left - now.left;
    const y = old.top - now.top;
    if ((x || y) && (inSight(old) || inSight(now)))
      card.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], {
        duration: 220,
        easing: "cubic-bezier(0.2, 0.8, 0.2, 1)",
      });
  }
}

const inSight = ({ top, bottom, left, right }) => bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;

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

/** What it takes to show a fresh card: nothing when it is in somebody's hand, or as it was. */
function plan(fresh) {
  const number = fresh.dataset.number;
  if (held.has(number)) {
    held.get(number).fresh = fresh;
    return null;
  }
  const old = cardOf(number);
  if (old?.querySelector("[data-pressed]")) {
    pressed.set(number, fresh);
    return null;
  }
  const from = old?.parentElement;
  const list = listFor(fresh);
  // No animation begins again for the same words in the same place.
  if (old && from === list && old.outerHTML === fresh.outerHTML) return null;
  return { fresh, old, from, list, stays: from === list && old?.dataset.order === fresh.dataset.order };
}

function write({ fresh, old, from, list, stays }, calm) {
  const focused = old ? carryOver(old, fresh) : null;
  if (stays) old.replaceWith(fresh);
  else {
    old?.remove();
    list?.insertBefore(fresh, follower(list, fresh) ?? $(":scope > .column-empty", list));
  }
  if (focused !== null) $(`.${focused.split(" ")[0] || "cover"}`, fresh)?.focus({ preventScroll: true });
  if (calm && (!old || from !== list)) arrive(fresh);
  document.dispatchEvent(new CustomEvent("mc:card", { detail: fresh }));
}

/**
 * Whether so many moves now can be followed by an eye. Where much moves, at once or in a row,
 * nothing glides or glows: it would say nothing, and keep the page from showing what is next.
 */
function isCalm(moves) {
  if (!moves) return true;
  const since = performance.now() - lastMove;
  lastMove = performance.now();
  return moves <= MOST_GLIDING && since > CALM_MS;
}

/** Keeps a column from growing for as long as the page is open: what it lets go is a click away. */
function trim(list) {
  const most = Number(list.dataset.limit);
  const cards = cardsIn(list);
  if (!most || cards.length <= most + SLACK) return;
  for (const card of cards.slice(most)) if (!isInUse(card)) card.remove();
  $(".column-more", list.parentElement).hidden = false;
}

const isInUse = (card) =>
  held.has(card.dataset.number) || card.contains(document.activeElement) || $(".task-check", card).checked;

/** Shows fresh cards. Returns false when the board has no list for one and must load anew. */
export function place(...cards) {
  const plans = cards.map(plan).filter(Boolean);
  const moves = plans.filter(({ stays }) => !stays);
  const calm = isCalm(moves.length);
  const touched = calm ? [...new Set(moves.flatMap(({ from, list }) => [from, list]))] : [];
  gliding(touched.filter(Boolean), () => plans.forEach((one) => write(one, calm)));
  for (const list of new Set(moves.map(({ list }) => list).filter(Boolean))) trim(list);
  return plans.every(({ list }) => list);
}

/** Shows what waited for a click to be over. */
export function placePressed() {
  const cards = [...pressed.values()];
  pressed.clear();
  place(...cards);
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

/** Takes a card into somebody's hand, perhaps a second time before the first is let go. */
export function hold(number) {
  const { times = 0, fresh = null } = held.get(String(number)) ?? {};
  held.set(String(number), { times: times + 1, fresh });
}

/** Lets a card go, and shows what arrived meanwhile once nothing holds it; returns whether it does. */
export function release(number, fresh) {
  const hand = held.get(String(number));
  hand.fresh = fresh ?? hand.fresh;
  hand.times -= 1;
  if (hand.times) return false;
  held.delete(String(number));
  if (hand.fresh) place(hand.fresh);
  if (due && !held.size) reload();
  return true;
}

/** Loads the columns anew under the present filter, once no card is in somebody's hand. */
export async function reload() {
  // One at a time: the second would be put in the place of an area that the first has replaced.
  due = held.size > 0 || loading;
  if (due) return;
  loading = true;
  // htmx hands attributes on to what takes a card's place, and the policy of the page forbids styles.
  for (const card of $$(".task[style]")) card.removeAttribute("style");
  try {
    await window.htmx.ajax("GET", location.pathname + location.search, { source: root(), target: "#board-area", swap: "outerHTML" });
  } catch {
    // Said on screen already; the next that calls for it tries again.
  } finally {
    loading = false;
    if (due) reload();
  }
}
