// Small habits of forms that a page without inline handlers needs spelled out.
import { on } from "../lib/dom.js";

export function startFields() {
  // A choice that is the whole form sends it.
  on("change", "[data-submit-on-change]", (_event, field) => field.form?.requestSubmit());
  // Ctrl/⌘ Enter sends what is being written.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  on("click", "[data-copy]", async (_event, button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    document.dispatchEvent(new CustomEvent("toast", { detail: { category: "success", title: "Copied" } }));
  });
  // Shows or hides another part: <button data-toggle="#id" aria-expanded="false">
  on("click", "[data-toggle]", (_event, button) => {
    const part = document.querySelector(button.dataset.toggle);
    if (!part) return;
    part.hidden = !part.hidden;
    button.setAttribute("aria-expanded", String(!part.hidden));
    if (!part.hidden) part.querySelector("input, textarea, select")?.focus();
  });
}
