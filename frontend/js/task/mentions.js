// The list that opens under an @.
import { $, $$, el } from "../lib/dom.js";

let box = null;
let field = null;
let asked = 0;

/** The handle being written before the cursor, or null. */
function beginning(area) {
  const before = area.value.slice(0, area.selectionStart);
  return /(?:^|[\s(])@([\w-]{0,38})$/.exec(before)?.[1] ?? null;
}

function close() {
  box?.remove();
  box = null;
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
}

function choose(option) {
  $('[aria-selected="true"]', box)?.removeAttribute("aria-selected");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

function take(option) {
  const begun = beginning(field) ?? "";
  const at = field.selectionStart;
  field.setRangeText(`@${option.dataset.handle} `, at - begun.length - 1, at, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  close();
}

async function suggest(area) {
  const begun = beginning(area);
  const number = ++asked;
  if (begun === null) return close();
  const reply = await fetch(`${area.dataset.mentions}?q=${encodeURIComponent(begun)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!reply?.ok || number !== asked || beginning(area) === null) return;
  const parsed = new DOMParser().parseFromString(await reply.text(), "text/html");
  const options = $$('[role="option"]', parsed);
  close();
  if (!options.length) return;
  field = area;
  box = el("div", { class: "suggest", role: "listbox", id: "suggest", "aria-label": "People and agents" }, ...options);
  options.forEach((option, index) => (option.id = `suggest-${index}`));
  // Inside the dialog if there is one: what lies outside of a modal cannot be clicked.
  (area.closest("dialog") ?? document.body).append(box);
  const place = area.getBoundingClientRect();
  const frame = (box.offsetParent ?? document.body).getBoundingClientRect();
  box.style.left = `${place.left - frame.left + 12}px`;
  const above = place.top > innerHeight / 2;
  if (above) box.style.bottom = `${frame.bottom - place.top + 4}px`;
  else box.style.top = `${place.bottom - frame.top + 4}px`;
  field.setAttribute("aria-controls", "suggest");
  choose(options[0]);
  box.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest('[role="option"]');
    if (option) take(option);
  });
}

export function startMentions() {
  document.addEventListener("input", ({ target }) => {
    if (target.matches?.("[data-mentions]")) suggest(target);
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (!box || event.target !== field) return;
      const options = $$('[role="option"]', box);
      const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown") choose(options[(at + 1) % options.length]);
      else if (event.key === "ArrowUp") choose(options[(at - 1 + options.length) % options.length]);
      else if (event.key === "Enter" || event.key === "Tab") take(options[at]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("focusout", ({ target }) => target === field && setTimeout(close, 100));
}
