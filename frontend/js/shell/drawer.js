// The drawer: something beside the page it was opened from, with an address of its own.
// The address decides: the drawer is open exactly where the entry of the history names one.
import { $, on } from "../lib/dom.js";

/** What the server was asked for and has not answered yet. */
let asked = null;
/** What shall open once the way back from the last one is gone: the history takes its time. */
let next = null;

const named = () => history.state?.drawer ?? null;

function stopAsking() {
  asked = null;
  window.htmx.trigger("#drawer-body", "htmx:abort");
}

async function fill(url) {
  stopAsking();
  const mine = (asked = { url });
  try {
    await window.htmx.ajax("GET", url, { source: "#drawer-body", target: "#drawer-body", swap: "innerHTML" });
  } catch {
    // Said on screen already, or called off.
  }
  if (asked !== mine) return;
  asked = null;
  // Nothing came: no address without its drawer.
  if (!$("#drawer").open && named()) history.back();
}

export function openDrawer(url) {
  // Closed, with its address still there: it is on its way out.
  if (named() && asked === null && !$("#drawer").open) {
    next = url;
    return;
  }
  history[named() ? "replaceState" : "pushState"]({ drawer: url }, "", url);
  fill(url);
}

/** Whether what has arrived is still wanted. */
export const mayOpen = (drawer) => drawer.open || (named() !== null && asked !== null);

function follow(drawer) {
  const later = next;
  next = null;
  if (named()) fill(named());
  else if (later) openDrawer(later);
  else {
    stopAsking();
    drawer.close();
  }
}

export function startDrawer() {
  const drawer = $("#drawer");
  if (!drawer) return;
  on("click", "a[data-drawer]", (event, link) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openDrawer(link.href);
  });
  drawer.addEventListener("close", () => {
    stopAsking();
    $("#drawer-body").replaceChildren();
    if (named()) history.back();
  });
  // What is called off before it came does not come.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || asked === null || $("dialog[open]")) return;
    stopAsking();
    history.back();
  });
  window.addEventListener("popstate", () => follow(drawer));
  // A page that was loaded again while its drawer was open is that drawer's own page.
  if (named()) history.replaceState(null, "");
}
