// Words with their place in the text: a hole is asked for again, what came twice is left out,
// and the stored turn takes the place of all of them.
import { $, $$, announce } from "../lib/dom.js";
import { backoff } from "../live/stream.js";
import { follow } from "./reading.js";

const SILENT_MS = 25_000;
const ELSEWHERE_MS = 700;

/**
 * Puts a chunk behind what is there. Returns the new state, or null where something is missing.
 * Places count characters as the server does, not the halves of them that JavaScript counts.
 */
export function added(state, chunk) {
  if (chunk.take < state.take) return state;
  const now = chunk.take > state.take ? { take: chunk.take, text: "", length: 0 } : state;
  if (chunk.offset > now.length) return null;
  if (chunk.end <= now.length) return now;
  const fresh = [...chunk.text].slice(now.length - chunk.offset).join("");
  return { take: now.take, text: now.text + fresh, length: chunk.end };
}

const asked = new Map();

/**
 * Fetches a turn as it stands. What calls for it while it is under way is not lost with the
 * element that is replaced: it is fetched once more.
 */
export async function again(turn) {
  const address = turn?.getAttribute("hx-get");
  if (!address) return;
  if (asked.has(turn.id)) return void asked.set(turn.id, true);
  // A button in it is answered with the turn as well, and that answer replaces this element.
  if ($(".htmx-request", turn)) {
    const then = () => again(document.getElementById(turn.id));
    return void document.addEventListener("htmx:afterRequest", then, { once: true });
  }
  asked.set(turn.id, false);
  try {
    await window.htmx.ajax("GET", address, { source: turn, target: turn, swap: "outerHTML" });
  } catch {
    // Said on screen already; the next word about the turn asks again.
  } finally {
    const more = asked.get(turn.id);
    asked.delete(turn.id);
    if (more) again(document.getElementById(turn.id));
  }
}

function write(chunk, socket) {
  const turn = document.getElementById(`turn-${chunk.turn}`);
  const place = turn && $("[data-words]", turn);
  if (!place) return;
  const step = Number(place.dataset.step);
  if (chunk.step > step) return again(turn);
  if (chunk.step < step) return;
  const text = place.textContent;
  const state = { take: Number(place.dataset.take), text, length: [...text].length };
  const next = added(state, chunk);
  if (next === null) return socket.send(JSON.stringify({ type: "resume" }));
  if (next === state) return;
  place.dataset.take = next.take;
  if (next.text.startsWith(text)) place.append(next.text.slice(text.length));
  else place.textContent = next.text;
  place.normalize();
  follow();
}

// Turns that are on their way to this page, with the state that was told of them last.
const coming = new Map();
let line = Promise.resolve();

async function bring(turn) {
  // What this page itself has just sent comes with the answer to that.
  while ($("[data-talk].htmx-request")) await new Promise((go) => setTimeout(go, 50));
  const shown = () => document.getElementById(`turn-${turn}`);
  try {
    if (!shown())
      await window.htmx.ajax("GET", `/turns/${turn}/`, { source: "#turns", target: "#turns", swap: "beforeend" });
  } catch {
    // Told on screen; the next word about the turn asks again.
  }
  const state = coming.get(turn);
  coming.delete(turn);
  if (shown() && shown().dataset.state !== state) again(shown());
}

/** Another tab wrote something: it appears here as well, once, one after the other. */
function appear(turn, state) {
  const known = coming.has(turn);
  coming.set(turn, state);
  if (!known) setTimeout(() => (line = line.then(() => bring(turn))), ELSEWHERE_MS);
}

function settle({ turn, state }) {
  const shown = document.getElementById(`turn-${turn}`);
  if (!shown || coming.has(turn)) return appear(turn, state);
  if (shown.dataset.state === state) return;
  if (state === "done") announce("The answer is complete");
  again(shown);
}

function listen(conversation) {
  let tries = 0;
  let heard = Date.now();
  let socket = null;
  let timer = 0;
  const open = () => {
    clearTimeout(timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const mine = new WebSocket(`${scheme}://${location.host}/api/v1/ws/conversations/${conversation}`);
    socket = mine;
    mine.onmessage = (message) => {
      if (mine !== socket) return;
      heard = Date.now();
      const said = JSON.parse(message.data);
      if (said.type === "hello") tries = 0;
      else if (said.type === "ping") mine.send(JSON.stringify({ type: "pong", t: said.t }));
      else if (said.type === "chunk") write(said, mine);
      else if (said.type === "turn") settle(said);
      else if (said.type === "step") for (const turn of $$(`.turn[data-run="${said.run}"]`)) again(turn);
    };
    mine.onclose = ({ code }) => {
      if (mine !== socket) return;
      if (code !== 4401 && code !== 4403) timer = setTimeout(open, backoff(tries++));
    };
  };
  const reopen = () => {
    heard = Date.now();
    socket?.close();
    open();
  };
  open();
  setInterval(() => Date.now() - heard > SILENT_MS && reopen(), 5_000);
  window.addEventListener("online", reopen);
  window.addEventListener("pageshow", (event) => event.persisted && reopen());
  // That a run waits, say for its provider, is heard on the stream of the workspace.
  document.addEventListener("mc:event", ({ detail }) => {
    if (!detail.run || !/^run\.(waiting|taken_over)$/.test(detail.verb)) return;
    for (const turn of $$(`.turn[data-run="${detail.run}"]`)) again(turn);
  });
}

export function startWords() {
  const conversation = $("[data-conversation]")?.dataset.conversation;
  if (conversation) listen(conversation);
}
