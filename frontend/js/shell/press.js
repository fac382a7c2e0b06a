// What a button or finger is down on stays until it is let go: the click would be lost with it.
//   While it is down it has the attribute data-pressed; "mc:released" follows.

/** A click may come a little later than the end of a touch. */
const CLICK_MS = 60;
/** Whoever left the window while pressing does not keep the page from going on. */
const LONGEST_MS = 10_000;

let pressed = null;
let timer = null;
/** Parts that came beside another answer meanwhile: their HTML by their id. */
const later = new Map();

function letGo() {
  clearTimeout(timer);
  if (!pressed) return;
  pressed.removeAttribute("data-pressed");
  pressed = null;
  for (const [id, fresh] of later) {
    const now = document.getElementById(id);
    if (now) window.htmx.swap(now, fresh, { swapStyle: "outerHTML" }, { eventInfo: { target: now } });
  }
  later.clear();
  document.dispatchEvent(new CustomEvent("mc:released"));
}

function soon(wait) {
  clearTimeout(timer);
  timer = setTimeout(letGo, wait);
}

export function startPressing() {
  document.addEventListener(
    "pointerdown",
    ({ target }) => {
      letGo();
      pressed = target;
      pressed.setAttribute("data-pressed", "");
      soon(LONGEST_MS);
    },
    true,
  );
  for (const moment of ["pointerup", "pointercancel"]) document.addEventListener(moment, () => soon(CLICK_MS), true);
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (!detail.target.querySelector("[data-pressed]")) return;
    detail.shouldSwap = false;
    later.set(detail.target.id, detail.fragment.firstElementChild.outerHTML);
  });
}
