// While music plays, a link changes the page without unloading it, so that the sound goes on
// without a gap. Pages with scripts of their own (the board, a task, a chat) are loaded as ever:
// there the player takes up where it was.
import { $, $$, announce } from "../lib/dom.js";

const COMMON = /\/(django_htmx\/|dist\/(app|theme)(\.[0-9a-f]+)?\.js$)/;

/** Whether all that a page needs is here already. */
const plain = (page) =>
  $$("script[src]", page).every((script) => COMMON.test(new URL(script.getAttribute("src"), location.href).pathname));

function leadsAway(event, link) {
  const other = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
  if (event.defaultPrevented || other || link.target || link.hasAttribute("download")) return true;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || url.searchParams.has("download")) return true;
  return url.pathname === location.pathname && url.search === location.search && Boolean(url.hash);
}

async function fetched(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  const kind = answer.headers.get("content-type") ?? "";
  if (!answer.ok || !kind.startsWith("text/html")) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!$("#content", page) || !$("#side", page) || !plain(page)) return null;
  return { page, url: answer.url };
}

/** What stands between the way here and the signs at the right of the header. */
function renewHeader(page) {
  const [from, to] = [$(".top", page), $(".top")];
  $(".crumbs", to).replaceWith($(".crumbs", from));
  const between = (top) => {
    const all = [...top.children];
    const start = all.findIndex((one) => one.contains($(".crumbs", top))) + 1;
    return all.slice(start, all.indexOf($("#connection", top)?.closest(".top > *")));
  };
  for (const old of between(to)) old.remove();
  $("#connection", to).closest(".top > *").before(...between(from));
}

function swap(page) {
  $("#drawer")?.close();
  document.title = page.title;
  renewHeader(page);
  $("#side nav").replaceWith($("#side nav", page));
  $("#main").toggleAttribute("data-fits", $("#main", page).hasAttribute("data-fits"));
  const content = $("#content", page);
  $("#content").replaceWith(content);
  for (const part of [$("#side nav"), $(".top"), content]) window.htmx.process(part);
  content.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: content } }));
  for (const message of $$("[data-toast]", page))
    document.dispatchEvent(new CustomEvent("toast", { detail: { category: "success", title: message.textContent } }));
  $("#side").removeAttribute("data-open");
  $("#main").inert = false;
}

async function go(url, { push = true, hash = "" } = {}) {
  let found = null;
  try {
    found = await fetched(url);
  } catch {
    // Whatever is the matter, the browser says it better.
  }
  if (!found) return push ? location.assign(url) : location.reload();
  if (push) {
    if (!history.state?.glide) history.replaceState({ ...history.state, glide: true }, "");
    history.pushState({ glide: true }, "", found.url + hash);
  }
  swap(found.page);
  if (push) window.scrollTo(0, 0);
  $("#content").focus({ preventScroll: true });
  announce(document.title);
}

export function startGliding(playing) {
  // Behind everybody else who may want the click for something of their own.
  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || !playing() || leadsAway(event, link) || !plain(document)) return;
    event.preventDefault();
    const url = new URL(link.href, location.href);
    go(url.href.replace(url.hash, ""), { hash: url.hash });
  });
  window.addEventListener("popstate", (event) => {
    if (event.state?.glide) go(location.href, { push: false });
  });
}
