// On a task: e edits, r writes, Esc leaves the editor; links between tasks stay in the drawer.
import { $, isTyping, on } from "../lib/dom.js";
import { openDrawer } from "../shell/drawer.js";

export function startTaskKeys() {
  document.addEventListener("keydown", (event) => {
    if (!$("[data-taskview]")) return;
    const form = event.target.closest?.("[data-edit-form]");
    if (event.key === "Escape" && form) {
      event.preventDefault();
      event.stopPropagation();
      return $("[data-cancel]", form)?.click();
    }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      e: () => $("[data-edit-task]")?.click(),
      r: () => $("[data-composer] textarea")?.focus(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }, true);
  on("click", "#drawer a[data-drawer-within]", (event, link) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openDrawer(link.href);
  });
}
