// A run as it goes on: the model's words while they come, and bars that keep their scale.
import { $, $$ } from "../lib/dom.js";
import { backoff } from "../live/stream.js";

/** Every bar is drawn in milliseconds of the whole run, which grows with each step. */
function rescale() {
  const total = $("#steps-tail")?.dataset.total;
  if (!total) return;
  for (const bar of $$(".step-bar")) bar.setAttribute("viewBox", `0 0 ${total} 10`);
}

function listen({ run, runAgent }) {
  let tries = 0;
  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/ws/agents/${runAgent}`);
    socket.onmessage = (message) => {
      const said = JSON.parse(message.data);
      if (said.type === "hello") tries = 0;
      if (said.type === "ping") socket.send(JSON.stringify({ type: "pong", t: said.t }));
      if (said.type !== "words" || said.run !== run) return;
      const place = $("#words");
      if (place) place.textContent = said.text;
    };
    socket.onclose = ({ code }) => {
      // Over, or not ours: the steps still come by themselves.
      if (code === 4401 || code === 4403 || !$("#words")) return;
      setTimeout(open, backoff(tries++));
    };
  };
  open();
}

export function startRun() {
  const page = $("[data-run]");
  if (!page) return;
  if ($("#steps-tail")?.hasAttribute("hx-get")) listen(page.dataset);
  document.addEventListener("htmx:load", rescale);
}
