// Ctrl/⌘K: pages, commands, and tasks as one types.
import { $, $$, el } from "../lib/dom.js";
import { openDrawer } from "./drawer.js";
import { chooseTheme } from "./theme.js";

const score = (text, query) => {
  const at = text.toLowerCase().indexOf(query);
  return at === 0 ? 2 : at > 0 ? 1 : 0;
};

function commands() {
  const links = $$("#side [data-command]").map((link) => ({
    label: link.dataset.command,
    icon: $("svg", link)?.cloneNode(true),
    keys: link.dataset.go ? `g ${link.dataset.go}` : "",
    run: () => link.click(),
  }));
  const create = $("[data-create]");
  if (create)
    links.unshift({ label: "New task", icon: $("svg", create)?.cloneNode(true), keys: "c", run: () => create.click() });
  for (const theme of ["light", "dark", "system"])
    links.push({
      label: `Theme: ${theme}`,
      icon: $(`[data-theme="${theme}"] svg`)?.cloneNode(true),
      run: () => chooseTheme(theme),
    });
  for (const button of $$("[data-page-command]"))
    links.push({ label: button.dataset.pageCommand, icon: $("svg", button)?.cloneNode(true), run: () => button.click() });
  return links;
}

export function startPalette() {
  const dialog = $("#palette");
  if (!dialog) return;
  const input = $("input", dialog);
  const list = $("#palette-list");
  const found = $('[data-group="found"]', dialog);
  let asked = 0;
  let timer;

  const options = () => $$('[role="option"]:not([hidden])', list);
  const chosen = () => $('[aria-selected="true"]', list);
  const choose = (option) => {
    chosen()?.removeAttribute("aria-selected");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const option = ({ label, icon, keys, run }, id) => {
    const node = el("div", { role: "option", id, "data-label": label }, ...(icon ? [icon] : []), el("span", { class: "words" }, label));
    if (keys) node.append(el("kbd", { class: "kbd" }, keys));
    node.addEventListener("click", () => {
      dialog.close();
      run();
    });
    return node;
  };
  const filter = () => {
    const query = input.value.trim().toLowerCase();
    for (const one of $$('[data-group="commands"] [role="option"]', list))
      one.hidden = Boolean(query) && !score(one.dataset.label, query);
    choose(options()[0]);
  };
  const search = async () => {
    const query = input.value.trim();
    const number = ++asked;
    if (!dialog.dataset.find || query.length < 2) return found.replaceChildren();
    const reply = await fetch(`${dialog.dataset.find}?q=${encodeURIComponent(query)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (number !== asked || !reply?.ok) return;
    // Server-rendered rows, like every other part of the page.
    const parsed = new DOMParser().parseFromString(await reply.text(), "text/html");
    found.replaceChildren(...parsed.body.children);
    $$('[role="option"]', found).forEach((row, index) => (row.id ||= `found-${index}`));
    choose(options()[0]);
  };

  found.addEventListener("click", (event) => {
    const row = event.target.closest("[data-href]");
    if (!row) return;
    dialog.close();
    if (row.hasAttribute("data-drawer")) openDrawer(row.dataset.href);
    else location.assign(row.dataset.href);
  });
  input.addEventListener("input", () => {
    filter();
    clearTimeout(timer);
    timer = setTimeout(search, 90);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(at - 1 + all.length) % all.length]);
    else if (event.key === "Enter") chosen()?.click();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousemove", (event) => {
    const row = event.target.closest('[role="option"]');
    if (row && row !== chosen()) choose(row);
  });

  const open = () => {
    $('[data-group="commands"]', dialog).replaceChildren(...commands().map((one, index) => option(one, `command-${index}`)));
    input.value = "";
    found.replaceChildren();
    filter();
    if (!dialog.open) dialog.showModal();
    input.focus();
  };
  document.addEventListener("mc:palette", open);
  document.addEventListener("click", (event) => event.target.closest("[data-palette]") && open());
}
