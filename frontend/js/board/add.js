// A new task right in its column: type, Enter, the next one.
import { $, announce, el, on, post } from "../lib/dom.js";
import { toast } from "../shell/toasts.js";
import { parse, place, reload, root, shift } from "./place.js";

function close(form) {
  form.remove();
}

async function add(form, status) {
  const field = $("textarea", form);
  const title = field.value.trim();
  if (!title) return close(form);
  field.value = "";
  try {
    const reply = await post(root().dataset.createUrl, { title, status, quick: "1" });
    const [card] = parse(await reply.text()).cards;
    if (!place(card)) reload();
    shift(null, card.dataset.status);
    announce(`Added ${title}`);
  } catch (error) {
    if (!field.value) field.value = title;
    toast({ category: "error", title: error.message });
  }
}

function open(status) {
  const column = document.getElementById(`column-${status}`);
  const there = $(".quick-add", column);
  if (there) return $("textarea", there).focus();
  const field = el("textarea", { rows: 2, maxlength: 200, placeholder: "What should be done?", "aria-label": "Title of the new task" });
  const form = el("form", { class: "quick-add" }, field, el("p", {}, "Enter adds it, Esc closes"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(form, status);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(form);
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  field.addEventListener("blur", () => field.value.trim() || setTimeout(() => close(form), 150));
  $("header", column).after(form);
  field.focus();
}

export function startAdding() {
  on("click", "[data-quick-add]", (_event, button) => open(button.dataset.quickAdd));
}
