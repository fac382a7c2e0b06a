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
  // A search within a form looks for something; it does not send the form.
  on("keydown", "[data-picker-search]", (event) => event.key === "Enter" && event.preventDefault());
  on("click", "[data-copy]", async (_event, button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    document.dispatchEvent(new CustomEvent("toast", { detail: { category: "success", title: "Copied" } }));
  });
  // A file by drop or by button: its name is shown where it was put.
  for (const type of ["dragover", "dragleave", "drop"])
    on(type, "[data-drop]", (event, place) => {
      event.preventDefault();
      place.toggleAttribute("data-dropping", type === "dragover");
      const field = place.querySelector("input[type=file]");
      if (type !== "drop" || !event.dataTransfer.files.length) return;
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  on("change", "[data-drop] input[type=file]", (_event, field) => {
    const name = field.closest("[data-drop]").querySelector("[data-drop-name]");
    name.textContent = [...field.files].map((file) => file.name).join(", ");
  });
  // An editor that was sent back opens at the line in question, and marks it where one writes.
  for (const editor of document.querySelectorAll("textarea[data-line]")) {
    const lines = editor.value.split("\n");
    const line = Math.min(lines.length, Number(editor.dataset.line)) - 1;
    const start = lines.slice(0, line).join("\n").length + (line ? 1 : 0);
    if (editor.autofocus) editor.focus();
    editor.setSelectionRange(start, start + lines[line].length);
    editor.scrollTop = (editor.scrollHeight * line) / lines.length - editor.clientHeight / 2;
  }
  // Shows or hides another part: <button data-toggle="#id" aria-expanded="false">
  on("click", "[data-toggle]", (_event, button) => {
    const part = document.querySelector(button.dataset.toggle);
    if (!part) return;
    part.hidden = !part.hidden;
    button.setAttribute("aria-expanded", String(!part.hidden));
    if (!part.hidden) part.querySelector("input, textarea, select")?.focus();
  });
}
