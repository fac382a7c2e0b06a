import assert from "node:assert/strict";
import { test } from "node:test";

import { coalesce, concerns, matches } from "../js/live/match.js";
import { backoff, Stream } from "../js/live/stream.js";

/** A clock that only moves when it is told to, with the timers that hang on it. */
function world() {
  let now = 0;
  const timers = new Map();
  let next = 1;
  const at = (work, wait, every) => {
    timers.set(next, { due: now + wait, work, every });
    return next++;
  };
  return {
    clock: { now: () => now },
    timers: {
      setTimeout: (work, wait) => at(work, wait),
      clearTimeout: (id) => timers.delete(id),
      setInterval: (work, wait) => at(work, wait, wait),
    },
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const [id, timer] = [...timers].sort((a, b) => a[1].due - b[1].due)[0] ?? [];
        if (!timer || timer.due > end) break;
        now = timer.due;
        if (timer.every) timer.due += timer.every;
        else timers.delete(id);
        timer.work();
      }
      now = end;
    },
  };
}

function scene(last = 0, companion = "") {
  const { clock, timers, pass } = world();
  const sockets = [];
  const seen = { events: [], companions: [], states: [], resets: 0, latency: [] };
  const stream = new Stream({
    url: "ws://here/socket",
    companion,
    last,
    clock,
    timers,
    random: () => 1,
    open(address) {
      const socket = { address, sent: [], readyState: 1, send: (text) => socket.sent.push(JSON.parse(text)), close() {} };
      sockets.push(socket);
      return socket;
    },
    onEvent: (event) => seen.events.push(event.number),
    onCompanion: (message) => seen.companions.push(message.last),
    onState: (state) => seen.states.push(state),
    onReset: () => (seen.resets += 1),
    onLatency: (ms) => seen.latency.push(ms),
  });
  stream.start();
  const say = (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) });
  return { stream, sockets, seen, say, pass, event: (number) => say({ type: "event", number, verb: "task.moved" }) };
}

test("it asks for everything after the number that the page shows", () => {
  const { sockets, seen, say } = scene(41);
  assert.equal(sockets[0].address, "ws://here/socket?after=41");
  say({ type: "hello", last: 41 });
  assert.deepEqual(seen.states, ["connecting", "live"]);
});

test("what it asked to go along with the events it passes on, and nothing else", () => {
  const { sockets, seen, say, event } = scene(41, "cards");
  assert.equal(sockets[0].address, "ws://here/socket?after=41&with=cards");
  event(42);
  say({ type: "cards", last: 42 });
  say({ type: "words", last: 42 });
  assert.deepEqual(seen.companions, [42]);
});

test("it gives each event once and in order, whatever comes twice", () => {
  const { seen, say, event } = scene(1);
  say({ type: "hello", last: 1 });
  for (const number of [2, 3, 3, 2, 4]) event(number);
  assert.deepEqual(seen.events, [2, 3, 4]);
});

test("a hole makes it ask again from where it was", () => {
  const { sockets, seen, say, event, pass } = scene(1);
  say({ type: "hello", last: 1 });
  event(2);
  event(5);
  pass(1);
  assert.equal(sockets.at(-1).address, "ws://here/socket?after=2");
  say({ type: "hello", last: 5 });
  for (const number of [3, 4, 5]) event(number);
  assert.deepEqual(seen.events, [2, 3, 4, 5]);
});

test("a ping that knows of more than arrived here makes it ask again", () => {
  const { sockets, say, event, pass } = scene(1);
  say({ type: "hello", last: 1 });
  event(2);
  say({ type: "ping", t: 1, last: 4 });
  pass(1);
  assert.equal(sockets.at(-1).address, "ws://here/socket?after=2");
});

test("a hole that stays means the page loads anew", () => {
  const { seen, say, event, pass } = scene(1);
  say({ type: "hello", last: 9 });
  event(9);
  pass(1);
  say({ type: "hello", last: 9 });
  event(9);
  assert.equal(seen.resets, 1);
  event(10);
  assert.deepEqual(seen.events, [10]);
});

test("a log that is behind the page is another log", () => {
  const { seen, say, event } = scene(500);
  say({ type: "hello", last: 3 });
  assert.equal(seen.resets, 1);
  event(4);
  assert.deepEqual(seen.events, [4]);
});

test("a broken connection comes back by itself, with what was missed", () => {
  const { sockets, seen, say, event, pass } = scene(1);
  say({ type: "hello", last: 1 });
  event(2);
  sockets[0].onclose({ code: 1006 });
  assert.equal(seen.states.at(-1), "reconnecting");
  pass(400);
  assert.equal(sockets.at(-1).address, "ws://here/socket?after=2");
  say({ type: "hello", last: 3 });
  event(3);
  assert.deepEqual(seen.events, [2, 3]);
  assert.equal(seen.states.at(-1), "live");
});

test("after 25 silent seconds it says that it is stale and tries again", () => {
  const { sockets, seen, say, pass } = scene();
  say({ type: "hello", last: 0 });
  pass(10_000);
  say({ type: "ping", t: 1 });
  pass(25_000);
  assert.equal(seen.states.at(-1), "live");
  pass(2_000);
  assert.equal(seen.states.at(-1), "stale");
  assert.equal(sockets.length, 2);
});

test("a server that signed us out is not asked again", () => {
  const { sockets, seen, pass } = scene();
  sockets[0].onclose({ code: 4401 });
  pass(60_000);
  assert.equal(seen.states.at(-1), "signed-out");
  assert.equal(sockets.length, 1);
});

test("pings are answered, and the way there and back is measured", () => {
  const { sockets, seen, say, pass } = scene();
  say({ type: "hello", last: 0 });
  const ping = sockets[0].sent.at(-1);
  pass(12);
  say({ type: "pong", t: ping.t });
  assert.deepEqual(seen.latency, [12]);
  say({ type: "ping", t: 77 });
  assert.deepEqual(sockets[0].sent.find((message) => message.type === "pong"), { type: "pong", t: 77 });
});

test("waits grow, have a ceiling, and differ from client to client", () => {
  assert.equal(backoff(0, () => 1), 300);
  assert.equal(backoff(3, () => 1), 2400);
  assert.equal(backoff(30, () => 1), 15_000);
  assert.ok(backoff(3, () => 0) < backoff(3, () => 1));
});

test("patterns match verbs", () => {
  assert.ok(matches("task.* run.finished", "task.moved"));
  assert.ok(matches("*", "anything.done"));
  assert.ok(!matches("task.*", "tasks.moved"));
  assert.ok(!matches("run.finished", "run.started"));
});

test("a part that shows one task leaves the others' events alone", () => {
  const event = { verb: "task.moved", task: "a", task_number: 12, agent: null, run: null, document: null };
  assert.ok(concerns({ on: "task.*", task: "a" }, event));
  assert.ok(concerns({ on: "task.*", task: "12" }, event));
  assert.ok(!concerns({ on: "task.*", task: "b" }, event));
  assert.ok(concerns({ on: "*" }, event));
});

test("a part that shows several tasks hears of each, and of what is bound to them", () => {
  const event = { verb: "task.created", task: "a", task_number: 12, data: { parent: "p", needs: ["n", "m"] } };
  for (const one of ["a", "12", "p", "m"]) assert.ok(concerns({ task: `7 ${one} 8` }, event), one);
  assert.ok(!concerns({ task: "1 2 null undefined" }, event));
  assert.ok(concerns({ on: "message.*", also: "agent.* task.created", task: "1" }, event));
});

test("the first of many changes shows at once, the rest together, none is lost", () => {
  const { clock, timers, pass } = world();
  let runs = 0;
  const ask = coalesce(() => (runs += 1), 150, timers, clock);
  ask();
  assert.equal(runs, 1);
  ask();
  ask();
  pass(149);
  assert.equal(runs, 1);
  pass(2);
  assert.equal(runs, 2);
  pass(1000);
  assert.equal(runs, 2);
});
