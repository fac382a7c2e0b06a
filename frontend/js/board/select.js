// Several cards at once: ticks on the cards, and the bar that acts on them.
import { $, $$, on, post } from "../lib/dom.js";
import { toast } from "../shell/toasts.js";
import { cardsIn, root } from "./place.js";

const ticked = () => $$(".task-check:checked");
let anchor = null;

function show() {
  const bar = $("#bulk");
  if (!bar) return;
  const count = ticked().length;
  bar.hidden = count === 0;
  $("[data-bulk-count]", bar).textContent = `${count} selected`;
  $(".board")?.toggleAttribute("data-choosing", count > 0);
}

function clear() {
  for (const box of ticked()) box.checked = false;
  show();
}

async function change(kind, value) {
  const ids = ticked().map((box) => box.value);
  try {
    const reply = await post(root().dataset.bulkUrl, { ids, change: kind, value });
    const said = JSON.parse(reply.headers.get("HX-Trigger") || "{}").toast;
    if (said) toast(said);
    clear();
  } catch (error) {
    toast({ category: "error", title: error.message });
  }
}

/** Shift: everything between the last tick and this one, within a column. */
function range(box) {
  const card = box.closest(".task");
  const from = anchor && document.getElementById(anchor);
  if (from?.parentElement !== card.parentElement) return;
  const all = cardsIn(card.parentElement);
  const [a, b] = [all.indexOf(from), all.indexOf(card)].sort((x, y) => x - y);
  for (const one of all.slice(a, b + 1)) $(".task-check", one).checked = box.checked;
}

export function startSelecting() {
  on("click", ".task-check", (event, box) => {
    event.stopPropagation();
    if (event.shiftKey) range(box);
    anchor = box.closest(".task").id;
    show();
  });
  document.addEventListener("change", (event) => {
    const pick = event.target.closest?.("[data-bulk]");
    if (!pick || !pick.value) return;
    change(pick.dataset.bulk, pick.value);
    pick.value = "";
  });
  on("click", "[data-bulk-block]", () => {
    const field = $("#bulk-reason");
    field.hidden = !field.hidden;
    if (!field.hidden) $("input", field).focus();
  });
  on("submit", "#bulk-reason", (event, form) => {
    event.preventDefault();
    change("block", $("input", form).value);
    form.reset();
    form.hidden = true;
  });
  on("click", "[data-bulk-unblock]", () => change("unblock", ""));
  on("click", "[data-bulk-clear]", clear);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !$("dialog[open]") && ticked().length) clear();
  });
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("mc:card", show);
}
