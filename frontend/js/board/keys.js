// The board without a mouse: j k h l to walk, x to select, Alt and arrows to carry.
import { $, announce, isTyping } from "../lib/dom.js";
import { sendMove } from "./move.js";
import { cardsIn, hold, keyOf, lists, root, titleOf } from "./place.js";

const focusedCard = () => document.activeElement?.closest?.(".task");

function focus(card) {
  $(".cover", card)?.focus({ preventScroll: true });
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function walk(step) {
  const card = focusedCard();
  if (!card) return focus(lists().flatMap(cardsIn)[0]);
  const all = cardsIn(card.parentElement);
  focus(all[Math.min(all.length - 1, Math.max(0, all.indexOf(card) + step))]);
}

/** The list `step` columns away, in the same lane. */
function beside(list, step) {
  const row = lists().filter((other) => other.dataset.lane === list.dataset.lane);
  return row[row.indexOf(list) + step];
}

function cross(step) {
  const card = focusedCard();
  if (!card) return walk(0);
  const at = cardsIn(card.parentElement).indexOf(card);
  for (let list = beside(card.parentElement, step); list; list = beside(list, step)) {
    const all = cardsIn(list);
    if (all.length) return focus(all[Math.min(at, all.length - 1)]);
  }
}

async function carry(key) {
  const card = focusedCard();
  if (!card || root().hasAttribute("data-read-only")) return;
  const list = card.parentElement;
  const all = cardsIn(list);
  const at = all.indexOf(card);
  const home = { list, next: card.nextElementSibling };
  const put = {
    ArrowUp: () => at > 0 && list.insertBefore(card, all[at - 1]),
    ArrowDown: () => at < all.length - 1 && list.insertBefore(card, all[at + 1].nextElementSibling),
    ArrowLeft: () => beside(list, -1)?.prepend(card),
    ArrowRight: () => beside(list, 1)?.prepend(card),
  }[key];
  const target = key === "ArrowLeft" ? beside(list, -1) : key === "ArrowRight" ? beside(list, 1) : list;
  if (!target || put() === false) return announce(`${keyOf(card)} is at the edge`);
  hold(card.dataset.number);
  focus(card);
  await sendMove(card, home);
  const now = document.getElementById(card.id);
  if (now && !isTyping(document.activeElement)) focus(now);
}

export function startBoardKeys() {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || $("dialog[open]") || event.ctrlKey || event.metaKey) return;
    if (event.altKey) {
      if (!event.key.startsWith("Arrow") || !focusedCard()) return;
      event.preventDefault();
      return carry(event.key);
    }
    const act = {
      j: () => walk(1),
      k: () => walk(-1),
      l: () => cross(1),
      h: () => cross(-1),
      ArrowDown: () => focusedCard() && walk(1),
      ArrowUp: () => focusedCard() && walk(-1),
      ArrowRight: () => focusedCard() && cross(1),
      ArrowLeft: () => focusedCard() && cross(-1),
      x: () => focusedCard() && $(".task-check", focusedCard()).click(),
    }[event.key];
    if (!act || (event.key.startsWith("Arrow") && !focusedCard())) return;
    event.preventDefault();
    act();
    const card = focusedCard();
    if (card && event.key === "x") announce(`${titleOf(card)} ${$(".task-check", card).checked ? "selected" : "not selected"}`);
  });
}
