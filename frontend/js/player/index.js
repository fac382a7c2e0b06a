// The player: one piece after another, while one moves through the pages.
//   <article data-piece="id" data-src="…" data-href="…" data-title="…" data-about="…" data-wave="M0 …">
//     <button data-play>
import { $, $$, announce, on } from "../lib/dom.js";
import { buildBar, clock, sign } from "./bar.js";
import { startGliding } from "./glide.js";
import { pieceOf, Queue } from "./queue.js";

const SAVE_MS = 1000;

class Player {
  constructor() {
    this.queue = new Queue();
    this.audio = new Audio();
    this.audio.preload = "auto";
    this.bar = null;
    this.saved = 0;
    const { audio } = this;
    for (const type of ["play", "pause"]) audio.addEventListener(type, () => this.show());
    for (const type of ["timeupdate", "durationchange", "seeked"])
      audio.addEventListener(type, () => this.tick());
    audio.addEventListener("ended", () => this.step(1) || this.rest());
    audio.addEventListener("error", () => this.queue.piece && this.refuse());
  }

  get playing() {
    return Boolean(this.queue.piece) && !this.audio.paused;
  }

  /** Play a row of the library, and after it those that follow there; or pause it. */
  press(row) {
    const piece = pieceOf(row);
    if (this.queue.piece?.id === piece.id) return this.toggle();
    const list = row.closest("[data-pieces]");
    this.queue.fill($$("[data-piece]", list ?? document).map(pieceOf), piece.id);
    return this.begin();
  }

  begin({ at = 0, playing = true } = {}) {
    const { piece } = this.queue;
    this.raise();
    this.audio.src = piece.src;
    if (at) this.audio.currentTime = at;
    this.describe(piece);
    this.show();
    if (playing) this.go();
  }

  go() {
    // A browser may want to be touched first; then the button waits.
    this.audio.play().catch((error) => error.name === "NotAllowedError" && this.show());
  }

  toggle() {
    if (this.audio.paused) this.go();
    else this.audio.pause();
  }

  step(by) {
    if (!this.queue.step(by)) return false;
    this.begin();
    return true;
  }

  /** Before the first seconds are over one goes to the piece before, later to the beginning. */
  back() {
    if (this.audio.currentTime > 4 || !this.step(-1)) this.audio.currentTime = 0;
  }

  rest() {
    this.audio.currentTime = 0;
    this.show();
  }

  refuse() {
    const title = `“${this.queue.piece.title}” cannot be played`;
    document.dispatchEvent(
      new CustomEvent("toast", { detail: { category: "error", title, description: "It may have been deleted." } }),
    );
    if (!this.step(1)) this.close();
  }

  close() {
    this.audio.pause();
    this.queue.clear();
    this.audio.removeAttribute("src");
    this.audio.load();
    this.bar?.node.remove();
    this.bar = null;
    document.body.removeAttribute("data-player");
    this.mark();
  }

  /** Take up what the page before left. */
  resume() {
    if (this.queue.load()) this.begin({ at: this.queue.time, playing: this.queue.playing });
  }

  save() {
    this.queue.time = this.audio.currentTime;
    this.queue.playing = this.playing;
    this.queue.save();
    this.saved = Date.now();
  }

  raise() {
    if (this.bar) return;
    this.bar = buildBar();
    const { seek } = this.bar;
    seek.addEventListener("input", () => {
      if (this.audio.duration) this.audio.currentTime = (seek.value / 1000) * this.audio.duration;
    });
    this.bar.node.append(this.audio);
    document.body.append(this.bar.node);
    document.body.setAttribute("data-player", "");
  }

  describe(piece) {
    const { title, about, behind, ahead, next } = this.bar;
    title.textContent = piece.title;
    title.href = piece.href;
    about.textContent = piece.about ?? "";
    for (const path of [behind, ahead]) path.setAttribute("d", piece.wave || "M0 20H240");
    next.disabled = this.queue.at >= this.queue.pieces.length - 1;
    if ("mediaSession" in navigator && window.MediaMetadata)
      navigator.mediaSession.metadata = new MediaMetadata({ title: piece.title, artist: piece.about ?? "" });
    announce(`Playing ${piece.title}`);
  }

  tick() {
    if (!this.bar) return;
    const { currentTime, duration } = this.audio;
    const share = duration ? currentTime / duration : 0;
    const { past, seek, time } = this.bar;
    past.setAttribute("width", String(240 * share));
    if (!seek.matches(":active")) seek.value = String(Math.round(1000 * share));
    const words = `${clock(currentTime)} of ${clock(duration)}`;
    seek.setAttribute("aria-valuetext", words);
    const said = `${clock(currentTime)} / ${clock(duration)}`;
    if (time.textContent !== said) time.textContent = said;
    if (Date.now() - this.saved > SAVE_MS) this.save();
  }

  show() {
    if (!this.bar) return;
    const { toggle } = this.bar;
    const label = this.playing ? "Pause" : "Play";
    toggle.replaceChildren(sign(this.playing ? "pause" : "play"));
    toggle.setAttribute("aria-label", label);
    toggle.title = label;
    this.mark();
    this.save();
  }

  /** Rows of the page say which of them is heard. */
  mark() {
    for (const row of $$("[data-piece]")) {
      const state = row.dataset.piece === this.queue.piece?.id ? (this.playing ? "playing" : "paused") : "";
      row.dataset.heard = state;
      const button = $("[data-play]", row);
      const label = `${state === "playing" ? "Pause" : "Play"} ${row.dataset.title}`;
      if (button && button.getAttribute("aria-label") !== label) {
        button.setAttribute("aria-label", label);
        button.replaceChildren(sign(state === "playing" ? "pause" : "play"));
      }
    }
  }
}

function answerKeys(player) {
  if (!("mediaSession" in navigator)) return;
  const keys = {
    play: () => player.go(),
    pause: () => player.audio.pause(),
    nexttrack: () => player.step(1),
    previoustrack: () => player.back(),
  };
  for (const [key, handler] of Object.entries(keys)) navigator.mediaSession.setActionHandler(key, handler);
}

export function startPlayer() {
  const player = new Player();
  const buttons = {
    toggle: () => player.toggle(),
    previous: () => player.back(),
    next: () => player.step(1),
    close: () => player.close(),
  };
  on("click", "[data-play]", (_event, button) => player.press(button.closest("[data-piece]")));
  on("click", "[data-player]", (_event, button) => buttons[button.dataset.player]?.());
  document.addEventListener("htmx:load", () => player.mark());
  window.addEventListener("pagehide", () => player.queue.piece && player.save());
  // A page taken out of the back-forward cache has missed what was heard since.
  window.addEventListener("pageshow", (event) => event.persisted && player.resume());
  answerKeys(player);
  startGliding(() => player.playing);
  player.resume();
}
