// On a phone: a strip of columns above the one in view.
import { $, $$, on } from "../lib/dom.js";

let watcher;

function mark(status) {
  for (const tab of $$("[data-column-tab]")) {
    const here = tab.dataset.columnTab === status;
    tab.setAttribute("aria-selected", String(here));
    if (here && tab.parentElement.scrollWidth > tab.parentElement.clientWidth)
      tab.parentElement.scrollTo({ left: tab.offsetLeft - 60, behavior: "smooth" });
  }
}

function watch() {
  watcher?.disconnect();
  const board = $(".board:not([data-lanes])");
  if (!board) return;
  watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries)
        if (entry.isIntersecting) mark(entry.target.id.replace("column-", ""));
    },
    { root: board, threshold: 0.6 },
  );
  for (const column of $$(".column", board)) watcher.observe(column);
}

/** Bring a column into view sideways: scrollIntoView would push the page up for a long one. */
function show(status, behavior) {
  const column = document.getElementById(`column-${status}`);
  const board = column?.closest(".board");
  const gap = board ? parseFloat(getComputedStyle(board).scrollPaddingInlineStart) || 0 : 0;
  board?.scrollTo({
    left: board.scrollLeft + column.getBoundingClientRect().left - board.getBoundingClientRect().left - gap,
    behavior,
  });
}

/** Begin at the first column that holds something: an empty one shows nothing to begin with. */
function beginWhereCardsAre() {
  const strip = $(".column-tabs");
  if (!strip?.offsetHeight) return;
  const full = $$("[data-column-tab]", strip).find((tab) => Number($(".count", tab)?.textContent) > 0);
  if (full) show(full.dataset.columnTab, "instant");
}

export function startTabs() {
  on("click", "[data-column-tab]", (_event, tab) => show(tab.dataset.columnTab, "smooth"));
  beginWhereCardsAre();
  watch();
  document.addEventListener("htmx:afterSettle", (event) => event.target.id === "board-area" && watch());
}
