// The bar of the player: built here, since it belongs to no page.
import { el } from "../lib/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const SIGNS = {
  previous: "M19 20 9 12l10-8zM5 19V5",
  next: "m5 4 10 8-10 8zM19 5v14",
  play: "m7 4 13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  close: "M18 6 6 18M6 6l12 12",
};

function svg(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export function sign(name) {
  const filled = ["previous", "next", "play"].includes(name) ? "currentColor" : "none";
  return svg(
    "svg",
    { viewBox: "0 0 24 24", fill: filled, stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" },
    svg("path", { d: SIGNS[name] }),
  );
}

const button = (name, label, size = "icon-sm") =>
  el("button", { type: "button", class: "btn", "data-variant": "ghost", "data-size": size, "data-player": name, "aria-label": label, title: label }, sign(name === "toggle" ? "play" : name));

export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

/** Everything that is shown, by name. */
export function buildBar() {
  const past = svg("rect", { x: "0", y: "0", width: "0", height: "40" });
  const wave = (attributes) => svg("path", { d: "", ...attributes });
  const behind = wave({ class: "player-wave-rest" });
  const ahead = wave({ class: "player-wave-past", "clip-path": "url(#player-past)" });
  const drawing = svg(
    "svg",
    { viewBox: "0 0 240 40", preserveAspectRatio: "none", class: "player-wave", "aria-hidden": "true" },
    svg("defs", {}, svg("clipPath", { id: "player-past" }, past)),
    behind,
    ahead,
  );
  const seek = el("input", { type: "range", min: "0", max: "1000", step: "1", value: "0", class: "player-seek", "aria-label": "Where in the piece" });
  const title = el("a", { class: "player-title", href: "#" });
  const about = el("span", { class: "player-about" });
  const time = el("span", { class: "player-time" }, "0:00");
  const toggle = button("toggle", "Play", "icon");
  const previous = button("previous", "The piece before");
  const next = button("next", "The next piece");
  const close = button("close", "Stop and close the player");
  const node = el(
    "section",
    { class: "player", id: "player", "aria-label": "Player" },
    el("div", { class: "player-buttons" }, previous, toggle, next),
    el("div", { class: "player-words" }, title, about),
    el("div", { class: "player-line" }, drawing, seek),
    time,
    close,
  );
  return { node, past, behind, ahead, seek, title, about, time, toggle, previous, next };
}
