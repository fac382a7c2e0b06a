// Tells the server where a card was put, and puts it back when that is refused.
import { $, announce, post } from "../lib/dom.js";
import { toast } from "../shell/toasts.js";
import { cardsIn, keyOf, parse, release, root, shift } from "./place.js";

const numberOf = (card) => card?.dataset.number;

/** The cards around one, as the server wants to know them. */
function neighbours(card) {
  let before = card.nextElementSibling;
  let after = card.previousElementSibling;
  while (before && !before.matches(".task")) before = before.nextElementSibling;
  while (after && !after.matches(".task")) after = after.previousElementSibling;
  return { before: numberOf(before), after: numberOf(after) };
}

/**
 * Sends where `card` now stands. `home` says where it came from, to go back to.
 * @returns {Promise<boolean>} whether it was taken
 */
export async function sendMove(card, home) {
  const list = card.parentElement;
  const number = numberOf(card);
  const { status, lane } = list.dataset;
  const from = home.list.dataset.status;
  shift(from, status);
  try {
    const fields = { status, ...neighbours(card) };
    if (lane && lane !== home.list.dataset.lane) fields.lane = lane;
    const reply = await post(`${$(".cover", card).getAttribute("href")}move/`, fields);
    const [fresh] = parse(await reply.text()).cards;
    release(number, fresh);
    const label = list.getAttribute("aria-label");
    const at = cardsIn(list).findIndex((other) => numberOf(other) === number) + 1;
    announce(`${keyOf(fresh)} is in ${label}, ${at} of ${cardsIn(list).length}`);
    return true;
  } catch (error) {
    shift(status, from);
    home.list.insertBefore(card, home.next);
    release(number);
    root().querySelector(`#task-${number} .cover`)?.focus({ preventScroll: true });
    toast({ category: "error", title: error.message });
    announce(`${keyOf(card)} went back: ${error.message}`);
    return false;
  }
}
