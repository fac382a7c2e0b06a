// Dialogs: filled by htmx, opened when something arrived, closed from inside.
import { $, on } from "../lib/dom.js";
import { mayOpen, startDrawer } from "./drawer.js";

/** The dialog that holds a swap's target, if it is one of the page's two empty ones. */
const holder = (target) => target.closest?.("#dialog, #drawer");

export function openDialog(dialog) {
  if (!dialog.open) dialog.showModal();
  $("[autofocus]", dialog)?.focus();
}

export function startDialogs() {
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const dialog = holder(detail.target);
    if (!dialog || !detail.target.childElementCount) return;
    if (dialog.id === "dialog" || mayOpen(dialog)) openDialog(dialog);
  });
  on("click", "[data-close]", (_event, button) => button.closest("dialog")?.close());
  // A press on the backdrop is a press on the dialog itself.
  on("mousedown", "dialog", (event, dialog) => {
    if (event.target === dialog && !dialog.hasAttribute("data-keep")) dialog.close();
  });
  document.addEventListener("mc:close", () => $("#dialog")?.close());
  $("#dialog")?.addEventListener("close", () => $("#dialog-body").replaceChildren());
  on("click", "[data-create]", (event, link) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    window.htmx.ajax("GET", link.href, { target: "#dialog-body", swap: "innerHTML" });
  });
  on("click", "[data-help]", () => openDialog($("#help")));
  startDrawer();
}
