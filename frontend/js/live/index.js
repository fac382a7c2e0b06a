// Joins the stream to this page: its badge, its events, its own view of the network.
import { $ } from "../lib/dom.js";
import { startRefreshing } from "./refresh.js";
import { Stream } from "./stream.js";

const WORDS = {
  connecting: ["Connecting", "Reaching the server"],
  live: ["Live", "Every change appears here as it happens"],
  reconnecting: ["Reconnecting", "The connection broke. What happens meanwhile is replayed"],
  stale: ["Stale", "Nothing heard for 25 seconds: what you see may be old"],
  offline: ["Offline", "No network. What you see may be old"],
  "signed-out": ["Signed out", "Sign in again to see what changes"],
};

function showState(state) {
  const badge = $("#connection");
  const [word, title] = WORDS[state];
  badge.dataset.state = state === "signed-out" ? "offline" : state;
  badge.title = title;
  $("[data-connection-word]", badge).textContent = word;
  if (state !== "live") $("[data-connection-latency]", badge).textContent = "";
  // The first connection is no news; a broken one is.
  if (!(state === "connecting" || (state === "live" && !showState.spoke))) {
    $("#connection-said").textContent = `Connection: ${word.toLowerCase()}`;
    showState.spoke = state !== "live";
  }
}

function showLatency(ms) {
  const place = $("#connection [data-connection-latency]");
  place.textContent = ms < 1 ? "<1 ms" : `${ms} ms`;
}

export function startLive() {
  const { socket: path, socketWith: companion } = document.body.dataset;
  if (!path) return null;
  startRefreshing();
  const stream = new Stream({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`,
    companion,
    last: Number(document.body.dataset.lastEvent),
    onState: showState,
    onLatency: showLatency,
    onEvent(event) {
      document.body.dataset.lastEvent = event.number;
      document.dispatchEvent(new CustomEvent("mc:event", { detail: event }));
    },
    onCompanion: (message) => document.dispatchEvent(new CustomEvent("mc:companion", { detail: message })),
    onReset: () => document.dispatchEvent(new CustomEvent("mc:reset")),
  });
  stream.start();
  window.addEventListener("offline", () => stream.lost());
  window.addEventListener("online", () => stream.wake());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      stream.check();
      stream.measure();
    }
  });
  // A page taken out of the back-forward cache is as old as it was left.
  window.addEventListener("pageshow", (event) => event.persisted && stream.wake());
  $("#connection").addEventListener("click", () => stream.wake());
  return stream;
}
