// Keys that work everywhere. Those of a list or board live with it.
import { $, $$, isTyping } from "../lib/dom.js";

const GO_WAIT_MS = 1200;

export function startKeys() {
  let goUntil = 0;
  const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
  if (mac) for (const key of $$("[data-mod-key]")) key.textContent = "⌘K";

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return document.dispatchEvent(new CustomEvent("mc:palette"));
    }
    // The first Esc empties a search, the next one leaves it.
    if (event.key === "Escape" && event.target.matches?.("[data-search]") && !event.target.value)
      return event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.defaultPrevented || $("dialog[open]:not(#drawer)")) return;

    if (goUntil > event.timeStamp) {
      goUntil = 0;
      const link = $(`#side [data-go="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        return link.click();
      }
    }
    const act = {
      g: () => (goUntil = event.timeStamp + GO_WAIT_MS),
      c: () => $("[data-create]")?.click(),
      "/": () => ($("[data-search]") || $("[data-palette]"))?.[$("[data-search]") ? "focus" : "click"](),
      "?": () => $("[data-help]")?.click(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
