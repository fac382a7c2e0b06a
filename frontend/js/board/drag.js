// Dragging with mouse and finger.
import Sortable from "sortablejs";

import { $$ } from "../lib/dom.js";
import { sendMove } from "./move.js";
import { hold, lists, root } from "./place.js";

const sortables = new Map();

function attach() {
  for (const [list, sortable] of sortables)
    if (!list.isConnected) {
      sortable.destroy();
      sortables.delete(list);
    }
  for (const list of lists()) {
    if (sortables.has(list)) continue;
    let home = null;
    const options = {
      group: "board",
      draggable: ".task",
      animation: 160,
      easing: "cubic-bezier(0.2, 0.8, 0.2, 1)",
      // A finger that rests picks up; one that moves scrolls.
      delay: 180,
      delayOnTouchOnly: true,
      touchStartThreshold: 6,
      fallbackTolerance: 4,
      // Our own lifted card instead of the browser's pale picture of it.
      forceFallback: true,
      fallbackOnBody: true,
      ghostClass: "is-ghost",
      fallbackClass: "is-lifted",
      filter: ".task-check",
      preventOnFilter: false,
      scrollSensitivity: 60,
      onStart({ item }) {
        home = { list: item.parentElement, next: item.nextElementSibling };
        hold(item.dataset.number);
      },
      onMove({ to }) {
        for (const column of $$(".column.is-target")) column.classList.remove("is-target");
        to.closest(".column")?.classList.add("is-target");
      },
      onEnd({ item }) {
        for (const column of $$(".column.is-target")) column.classList.remove("is-target");
        // The click that ends a drag is no click on the card.
        const swallow = (event) => {
          event.preventDefault();
          event.stopPropagation();
        };
        window.addEventListener("click", swallow, { capture: true, once: true });
        setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 50);
        sendMove(item, home);
      },
    };
    sortables.set(list, Sortable.create(list, options));
  }
}

export function startDragging() {
  if (root().hasAttribute("data-read-only")) return;
  attach();
  document.addEventListener("htmx:afterSettle", attach);
}
