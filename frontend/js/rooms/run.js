// A run as it goes on: the model's words while they come, steps as soon as they are saved,
// and bars that keep their scale.
import { $, $$ } from "../lib/dom.js";
import { backoff } from "../live/stream.js";

const tail = () => $("#steps-tail");

/** Every bar is drawn in milliseconds of the whole run, which grows with each step. */
function rescale() {
  const total = tail()?.dataset.total;
  if (!total) return;
  for (const bar of $$(".step-bar")) bar.setAttribute("viewBox", `0 0 ${total} 10`);
}

/** What is being said, and after how many steps: the next one takes its place. */
const spoken = { text: "", count: "" };

function say(text) {
  const place = $("#words");
  if (!place) return;
  Object.assign(spoken, { text, count: tail().dataset.count });
  place.textContent = text;
}

function listen({ run, runAgent }) {
  let tries = 0;
  const ask = () => tail()?.dispatchEvent(new CustomEvent("mc:ask", { bubbles: true }));
  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/ws/agents/${runAgent}`);
    socket.onmessage = (message) => {
      const said = JSON.parse(message.data);
      if (said.type === "hello") {
        tries = 0;
        // Whatever was saved before anybody listened here.
        ask();
      }
      if (said.type === "ping") socket.send(JSON.stringify({ type: "pong", t: said.t }));
      if (said.run !== run) return;
      if (said.type === "words") say(said.text);
      if (said.type === "step") ask();
    };
    socket.onclose = ({ code }) => {
      // Over, or not ours: the page itself still hears of changes.
      if (code === 4401 || code === 4403 || !tail()?.hasAttribute("hx-get")) return;
      setTimeout(open, backoff(tries++));
    };
  };
  open();
}

/** Steps that may still change are rendered anew: what was opened stays open. */
function keepOpen() {
  let opened = [];
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target !== tail()) return;
    opened = $$("li.step:has(> details[open])", detail.target).map((step) => step.id);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const id of opened) $(`#${id} > details`)?.setAttribute("open", "");
    opened = [];
    rescale();
    const place = $("#words");
    if (place && !place.textContent && spoken.count === tail().dataset.count) place.textContent = spoken.text;
  });
  // A reason that somebody is writing is not swapped away beside the steps.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.querySelector("input:focus, textarea:focus")) event.detail.shouldSwap = false;
  });
}

export function startRun() {
  const page = $("[data-run]");
  if (!page) return;
  keepOpen();
  if (tail()?.hasAttribute("hx-get")) listen(page.dataset);
}
