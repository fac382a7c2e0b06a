// The numbered stream of a workspace: connects, replays what was missed, admits when it is
// stale. Knows no page; everything it touches is handed in, so that it can be tested.

const STALE_MS = 25_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 15_000;
/** The server closes with these when coming back would not help. */
const SIGNED_OUT = new Set([4401, 4403]);

/** How long to wait before try `tries`: doubling, capped, and never in step with others. */
export function backoff(tries, random = Math.random) {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
  return ceiling / 2 + random() * (ceiling / 2);
}

export class Stream {
  /**
   * @param {object} options
   * @param {string} options.url address of the socket, without its query
   * @param {string} options.companion what is to go along with the events; empty for nothing
   * @param {number} options.last newest number that the page shows
   * @param {(event: object) => void} options.onEvent each event once, in order
   * @param {(state: string) => void} options.onState connecting, live, reconnecting, stale, offline
   * @param {(message: object) => void} options.onCompanion it came, after the events it belongs to
   * @param {() => void} options.onReset what is shown can no longer be brought up to date by events
   * @param {(ms: number) => void} options.onLatency a round trip was measured
   */
  constructor({ url, companion, last, clock = performance, ...rest }) {
    const { onEvent, onCompanion, onState, onReset, onLatency, ...doubles } = rest;
    Object.assign(this, { url, companion, last, clock, onEvent, onCompanion, onState, onReset, onLatency });
    this.open = doubles.open || ((address) => new WebSocket(address));
    this.random = doubles.random || Math.random;
    this.timers = doubles.timers || globalThis;
    this.state = "";
    this.tries = 0;
    this.gapAt = null;
    this.socket = null;
    this.heard = this.clock.now();
  }

  start() {
    this.#show("connecting");
    this.#connect();
    this.timers.setInterval(() => this.check(), 1000);
  }

  /** Notices silence. Called every second, and when the page comes into view again. */
  check() {
    const silent = this.clock.now() - this.heard;
    if (this.state === "live" && silent > STALE_MS) {
      this.#show("stale");
      this.#again(0);
    }
  }

  /** Measures the way to the server and back. */
  measure() {
    if (this.socket?.readyState === 1)
      this.socket.send(JSON.stringify({ type: "ping", t: Math.round(this.clock.now()) }));
  }

  /** The network came back, or somebody asked: no more waiting. */
  wake() {
    if (this.state === "live") return this.check();
    this.tries = 0;
    this.#again(0);
  }

  /** The network is gone. */
  lost() {
    this.#drop();
    this.#show("offline");
  }

  #connect() {
    this.#drop();
    const along = this.companion ? `&with=${this.companion}` : "";
    const socket = this.open(`${this.url}?after=${this.last}${along}`);
    this.socket = socket;
    socket.onmessage = (message) => {
      if (socket === this.socket) this.#receive(JSON.parse(message.data));
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      this.socket = null;
      if (SIGNED_OUT.has(event.code)) return this.#show("signed-out");
      if (this.state !== "stale" && this.state !== "offline") this.#show("reconnecting");
      this.#again(backoff(this.tries++, this.random));
    };
  }

  #drop() {
    this.timers.clearTimeout(this.waiting);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  #again(wait) {
    this.#drop();
    this.waiting = this.timers.setTimeout(() => this.#connect(), wait);
  }

  #show(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }

  #receive(message) {
    this.heard = this.clock.now();
    if (message.type === "hello") this.#hello(message);
    else if (message.type === "event") this.#event(message);
    else if (message.type === "events") for (const event of message.events) this.#event(event);
    else if (message.type === "ping") {
      this.socket.send(JSON.stringify({ type: "pong", t: message.t }));
      // The server has sent more than arrived here: the same as a hole.
      if (message.last > this.last) this.#again(0);
      else this.measure();
    } else if (message.type === "pong") {
      this.onLatency(Math.max(0, Math.round(this.clock.now() - message.t)));
    } else if (message.type === "reset") this.#reset(message.last);
    else if (message.type === this.companion) this.onCompanion(message);
  }

  #hello({ last }) {
    this.tries = 0;
    this.#show("live");
    this.measure();
    // A log that is behind us is another log: a restored backup, a fresh database.
    if (last < this.last) this.#reset(last);
  }

  #event(event) {
    if (event.number <= this.last) return;
    if (event.number > this.last + 1) {
      // Asked again from the same number and still a hole: the log no longer has it.
      if (this.gapAt === this.last) return this.#reset(event.number);
      this.gapAt = this.last;
      return this.#again(0);
    }
    this.last = event.number;
    this.gapAt = null;
    this.onEvent(event);
  }

  #reset(last) {
    this.last = last ?? this.last;
    this.gapAt = null;
    this.onReset();
  }
}
