// Short messages in a corner. Built here as text, never as markup: Basecoat's own toast()
// takes HTML and inline handlers, so only its look and its timers are used.
import { $, $$, el } from "../lib/dom.js";

const ICON_AT = { success: 0, error: 1, warning: 2, info: 3 };

/** Whether an error stands there already, as when each part of a page meets the same. */
function isSaid(toaster, category, title, description = "") {
  const said = $$('.toast[data-category="error"]:not([aria-hidden="true"])', toaster);
  return category === "error" && said.some((one) => $("section", one).textContent === title + description);
}

/** `href` with `label` is a way on; `act` with `label` a button that does something here. */
export function toast({ category = "info", title, description, duration, href, label, act } = {}) {
  const toaster = $("#toaster");
  if (!toaster || !title || isSaid(toaster, category, title, description)) return;
  const icon = $("#toast-icons")?.content.children[ICON_AT[category] ?? 3]?.cloneNode(true);
  const words = el("section", {}, el("h2", {}, title));
  if (description) words.append(el("p", {}, description));
  const content = el("div", { class: "toast-content" }, ...(icon ? [icon] : []), words);
  if (href)
    content.append(
      el("footer", {}, el("a", { class: "btn", "data-variant": "outline", "data-size": "xs", "data-toast-action": true, href }, label || "Open")),
    );
  if (act) {
    const button = el("button", { type: "button", class: "btn", "data-variant": "outline", "data-size": "xs", "data-toast-action": true }, label);
    button.addEventListener("click", act);
    content.append(el("footer", {}, button));
  }
  const one = el(
    "div",
    {
      class: "toast",
      role: category === "error" ? "alert" : "status",
      "aria-atomic": "true",
      "data-category": category,
      "data-duration": duration ?? (category === "error" ? 8000 : 4000),
    },
    content,
  );
  // Shown anew, it lies above whatever dialog was opened since.
  if (toaster.matches(":popover-open")) toaster.hidePopover();
  toaster.showPopover?.();
  toaster.append(one);
}

/** What the server said with the page: Django's messages. */
function takeMessages(root = document) {
  for (const message of $$("[data-toast]", root)) {
    const category = message.dataset.toast.split(" ").pop();
    toast({ category: category in ICON_AT ? category : "info", title: message.textContent });
    message.remove();
  }
}

export function startToasts() {
  takeMessages();
  // HX-Trigger: {"toast": "Saved"} or {"toast": {"category", "title", "description"}}
  document.addEventListener("toast", ({ detail }) => {
    const said = detail.value ?? detail;
    toast(typeof said === "string" ? { category: "success", title: said } : said);
  });
  document.addEventListener("htmx:afterSettle", (event) => takeMessages(event.target));
}
