// A text that was changed and not saved is not lost by a wrong click.
import { $ } from "../lib/dom.js";

export function startLeaving() {
  const form = $("form[data-unsaved]");
  if (!form) return;
  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  window.addEventListener("beforeunload", (event) => changed && event.preventDefault());
}
