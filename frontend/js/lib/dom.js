// A few words for what every script here does.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Builds an element; text goes in as text, so nothing of it is ever markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  node.append(...children);
  return node;
}

/** Calls back for events on elements that match now or later. */
export function on(type, selector, handler, options) {
  document.addEventListener(
    type,
    (event) => {
      const target = event.target instanceof Element && event.target.closest(selector);
      if (target) handler(event, target);
    },
    options,
  );
}

/** True where a key press belongs to what is being written. */
export function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"))
  );
}

/** Says something to people who listen to the page. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  // A change from the same text to itself would be silent.
  requestAnimationFrame(() => (place.textContent = text));
}

export const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

const PATIENCE_MS = 30_000;

function encoded(fields) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) if (one !== undefined && one !== null) body.append(name, one);
  return body;
}

/** Posts a form, or fields, in the background. Returns the response; a refusal becomes its reason. */
export async function post(url, fields = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...csrf(), "HX-Request": "true", Accept: "text/html" },
    signal: AbortSignal.timeout(PATIENCE_MS),
    body: fields instanceof FormData ? fields : encoded(fields),
  }).catch(() => {
    throw new Error("The server did not answer.");
  });
  if (!response.ok) throw new Error(await refusal(response));
  return response;
}

let last = Promise.resolve();

/**
 * Begins `send` when all that was given before is through: two requests on their way at once may
 * be taken in either order. Returns what `send` returns.
 */
export function inTurn(send) {
  const mine = last.then(send);
  last = mine.catch(() => {});
  return mine;
}

/** The sentence in which the server said no. */
export async function refusal(response) {
  const said = response.headers.get("HX-Trigger");
  if (said) {
    try {
      const toast = JSON.parse(said).toast;
      if (toast) return typeof toast === "string" ? toast : toast.title || toast.message;
    } catch {
      // Not ours to read; the status says enough.
    }
  }
  if (response.status === 403) return "Your role does not allow this.";
  if (response.status === 404) return "It is not there any more.";
  return response.status >= 500 ? "The server failed. Nothing was changed." : "That was refused.";
}
