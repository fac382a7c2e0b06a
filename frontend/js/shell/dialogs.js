// Dialogs and the drawer: filled by htmx, opened when something arrived, closed from inside.
import { $, on } from "../lib/dom.js";

/** The dialog that holds a swap's target, if it is one of the page's two empty ones. */
const holder = (target) => target.closest?.("#dialog, #drawer");

export function openDialog(dialog) {
  if (!dialog.open) dialog.showModal();
  $("[autofocus]", dialog)?.focus();
}

/** Closing the drawer takes its address away again. */
function startDrawer() {
  const drawer = $("#drawer");
  if (!drawer) return;
  on("click", "a[data-drawer]", (event, link) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openDrawer(link.href);
  });
  drawer.addEventListener("close", () => {
    $("#drawer-body").replaceChildren();
    if (history.state?.drawer) history.back();
  });
  window.addEventListener("popstate", () => {
    if (drawer.open && !history.state?.drawer) drawer.close();
    else if (history.state?.drawer) fillDrawer(history.state.drawer);
  });
  // A page that was loaded again while its drawer was open is that drawer's own page.
  if (history.state?.drawer) history.replaceState(null, "");
}

function fillDrawer(url) {
  return window.htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" });
}

export function openDrawer(url) {
  if (!history.state?.drawer) history.pushState({ drawer: url }, "", url);
  else history.replaceState({ drawer: url }, "", url);
  return fillDrawer(url);
}

export function startDialogs() {
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const dialog = holder(detail.target);
    if (dialog && detail.target.childElementCount) openDialog(dialog);
  });
  on("click", "[data-close]", (_event, button) => button.closest("dialog")?.close());
  // A press on the backdrop is a press on the dialog itself.
  on("mousedown", "dialog", (event, dialog) => {
    if (event.target === dialog && !dialog.hasAttribute("data-keep")) dialog.close();
  });
  document.addEventListener("mc:close", () => $("#dialog")?.close());
  $("#dialog")?.addEventListener("close", () => $("#dialog-body").replaceChildren());
  on("click", "[data-create]", (event, link) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    window.htmx.ajax("GET", link.href, { target: "#dialog-body", swap: "innerHTML" });
  });
  on("click", "[data-help]", () => openDialog($("#help")));
  startDrawer();
}
