// The side bar: folded away on a wide screen, slid over the page on a phone.
import { $, on } from "../lib/dom.js";

const phone = window.matchMedia("(max-width: 63.99rem)");

/** What the style has only begun to show takes no focus yet, on a slow machine for a while. */
function focusOnceVisible(target, tries = 100) {
  target.focus();
  if (document.activeElement !== target && tries)
    setTimeout(() => focusOnceVisible(target, tries - 1), 30);
}

export function startSide() {
  const side = $("#side");
  if (!side) return;
  const opener = $("[data-side-open]");
  const setOpen = (open) => {
    side.toggleAttribute("data-open", open);
    opener.setAttribute("aria-expanded", String(open));
    $("#main").inert = open;
    if (open) focusOnceVisible($("a, button", side));
    else if (side.contains(document.activeElement)) opener.focus();
  };
  on("click", "[data-side-open]", () => setOpen(true));
  on("click", "[data-side-close]", () => setOpen(false));
  on("click", "[data-side-fold]", () => {
    const root = document.documentElement;
    const closed = root.dataset.side !== "closed";
    if (closed) root.dataset.side = "closed";
    else delete root.dataset.side;
    localStorage.setItem("mc-side", closed ? "closed" : "open");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side.hasAttribute("data-open")) setOpen(false);
  });
  phone.addEventListener("change", () => side.hasAttribute("data-open") && setOpen(false));
}
