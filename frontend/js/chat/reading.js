// The place where one reads: stays at the newest turn until one scrolls away from it.
import { $, on } from "../lib/dom.js";

const NEAR = 80;
let following = true;

const box = () => $("[data-scroll]");

export function follow(force = false) {
  const place = box();
  if (!place) return;
  if (force) following = true;
  if (following) place.scrollTop = place.scrollHeight;
}

function older(place) {
  const more = $("[data-older]", place ?? document);
  if (more && !more.classList.contains("htmx-request") && place && place.scrollTop < 600)
    window.htmx.trigger(more, "older");
}

export function startReading() {
  const place = box();
  if (!place) return;
  follow(true);
  place.addEventListener(
    "scroll",
    () => {
      following = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR;
      $("[data-down]").hidden = following;
      older(place);
    },
    { passive: true },
  );
  on("click", "[data-down]", () => follow(true));
  // What comes in above must not push away what one is reading.
  let height = 0;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig?.elt?.matches?.("[data-older]")) height = place.scrollHeight - place.scrollTop;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!height) return follow();
    place.scrollTop = place.scrollHeight - height;
    height = 0;
  });
  new ResizeObserver(() => follow()).observe($("#turns"));
}
