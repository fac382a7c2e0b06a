// Tells the server where a card was put, and puts it back when that is refused.
import { $, announce, inTurn, post } from "../lib/dom.js";
import { toast } from "../shell/toasts.js";
import { cardsIn, hold, keyOf, lists, parse, release, reload, root, shift } from "./place.js";

const UNDO_MS = 7000;

const numberOf = (card) => card?.dataset.number;

/** The cards around one, as the server wants to know them. */
function neighbours(card) {
  let before = card.nextElementSibling;
  let after = card.previousElementSibling;
  while (before && !before.matches(".task")) before = before.nextElementSibling;
  while (after && !after.matches(".task")) after = after.previousElementSibling;
  return { before: numberOf(before), after: numberOf(after) };
}

/** Brings a card back to where it was, and to those whose it was. */
function takeBack(number, home, owners) {
  const card = document.getElementById(`task-${number}`);
  const { status, lane } = home.list.dataset;
  const list = lists().find((one) => one.dataset.status === status && one.dataset.lane === lane);
  if (!card || !list) return;
  const from = { list: card.parentElement, next: card.nextElementSibling };
  hold(number);
  list.insertBefore(card, home.next?.parentElement === list ? home.next : list.firstElementChild);
  sendMove(card, from, owners);
}

/**
 * Sends where `card` now stands. `home` says where it came from, to go back to; `owners` are
 * the handles of those to whom it goes back by this, when a move is taken back.
 * @returns {Promise<boolean>} whether it was taken
 */
export async function sendMove(card, home, owners) {
  const list = card.parentElement;
  const number = numberOf(card);
  const { status, lane } = list.dataset;
  const from = home.list.dataset.status;
  shift(from, status);
  try {
    const fields = { status, ...neighbours(card) };
    if (owners) fields.owners = owners;
    if (lane && lane !== home.list.dataset.lane) fields.lane = lane;
    const url = `${$(".cover", card).getAttribute("href")}move/`;
    const reply = await inTurn(() => post(url, fields));
    const [fresh] = parse(await reply.text()).cards;
    const isLast = release(number, fresh);
    const label = list.getAttribute("aria-label");
    const at = cardsIn(list).findIndex((other) => numberOf(other) === number) + 1;
    if (isLast) announce(`${keyOf(fresh)} is in ${label}, ${at} of ${cardsIn(list).length}`);
    if (status !== from && owners === undefined) {
      const undo = () => takeBack(number, home, card.dataset.owners);
      toast({ title: `${keyOf(fresh)} is in ${label}`, label: "Undo", act: undo, duration: UNDO_MS });
    }
    return true;
  } catch (error) {
    shift(status, from);
    home.list.insertBefore(card, home.next);
    // Where it came from may be where a move before it, that was refused as well, had put it.
    if (!release(number)) reload();
    root().querySelector(`#task-${number} .cover`)?.focus({ preventScroll: true });
    toast({ category: "error", title: error.message });
    announce(`${keyOf(card)} went back: ${error.message}`);
    return false;
  }
}
