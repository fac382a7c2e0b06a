// New tasks right in their column: type, Enter, the next one. Of a list that is pasted, each line.
import { $, announce, el, inTurn, on, post } from "../lib/dom.js";
import { toast } from "../shell/toasts.js";
import { parse, place, reload, root, shift } from "./place.js";

/** The open forms by the status of their column; a board that is loaded anew gets them back. */
const forms = new Map();

const fieldOf = (form) => $("textarea", form);

function close(form) {
  forms.delete(form.dataset.status);
  form.remove();
}

/** Whoever went elsewhere without a word has no more use for the form. */
function closeIfLeft(form) {
  const field = fieldOf(form);
  if (form.isConnected && document.activeElement !== field && !field.value.trim()) close(form);
}

async function add(title, status) {
  // Before the answer: what comes along with the event has the true counts.
  shift(null, status);
  try {
    const reply = await inTurn(() => post(root().dataset.createUrl, { title, status, quick: "1" }));
    const [card] = parse(await reply.text()).cards;
    if (!place(card)) reload();
    announce(`Added ${title}`);
  } catch (error) {
    shift(status, null);
    throw error;
  }
}

async function submit(form) {
  const { status } = form.dataset;
  const field = fieldOf(form);
  const titles = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (!titles.length) return close(form);
  field.value = "";
  const ends = await Promise.allSettled(titles.map((title) => add(title, status)));
  const refused = titles.filter((_title, at) => ends[at].reason);
  if (refused.length) takeBack(refused, status, ends.find(({ reason }) => reason).reason);
}

/** Puts what was refused back into the form, before what was typed since. */
function takeBack(titles, status, error) {
  const field = fieldOf(open(status));
  field.value = [...titles, field.value].filter(Boolean).join("\n");
  toast({ category: "error", title: error.message });
}

function build(status) {
  const field = el("textarea", { rows: 2, placeholder: "What should be done?", "aria-label": "Title of the new task" });
  const form = el("form", { class: "quick-add", "data-status": status }, field, el("p", {}, "Enter adds each line, Esc closes"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(form);
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  field.addEventListener("blur", () => setTimeout(() => closeIfLeft(form), 150));
  return form;
}

/** Puts a form under the head of its column, where the board shows columns. */
function show(form) {
  if (!form.isConnected) $(`#column-${form.dataset.status} > header`)?.after(form);
}

/** Opens the form of a column unless it is. */
function open(status) {
  if (!forms.has(status)) forms.set(status, build(status));
  show(forms.get(status));
  return forms.get(status);
}

/** Gives a board that was loaded anew its forms back, and the words of whoever types to theirs. */
function giveBack() {
  for (const form of forms.values()) {
    if (form.isConnected) continue;
    show(form);
    if (document.activeElement === document.body) fieldOf(form).focus();
  }
}

export function startAdding() {
  on("click", "[data-quick-add]", (_event, button) => fieldOf(open(button.dataset.quickAdd)).focus());
  document.addEventListener("htmx:afterSwap", giveBack);
}
