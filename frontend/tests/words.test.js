// How a page takes in an agent's words: no hole, nothing twice, characters counted as the server does.
import assert from "node:assert/strict";
import test from "node:test";

import { added, again } from "../js/chat/words.js";

const empty = { take: 0, text: "", length: 0 };
const chunk = (offset, text, take = 1) => ({ take, offset, end: offset + [...text].length, text });

test("words that follow are added", () => {
  const one = added(empty, chunk(0, "Two "));
  assert.deepEqual(added(one, chunk(4, "lamps")), { take: 1, text: "Two lamps", length: 9 });
});

test("what came twice is left out, and so is the part of it that is known", () => {
  const one = added(empty, chunk(0, "Two lamps"));
  assert.equal(added(one, chunk(4, "lamps")), one);
  assert.equal(added(one, chunk(4, "lamps burn")).text, "Two lamps burn");
});

test("a hole is not written over", () => {
  assert.equal(added(added(empty, chunk(0, "Two ")), chunk(6, "mps")), null);
  assert.equal(added(added(empty, chunk(0, "Two ")), chunk(4, "new", 2)), null);
});

test("a character outside the basic plane counts once", () => {
  const one = added(empty, chunk(0, "a💡"));
  assert.equal(one.length, 2);
  assert.equal(added(one, chunk(2, "b")).text, "a💡b");
});

test("a stream that began anew voids the old one, which is heard no more", () => {
  const one = added(added(empty, chunk(0, "Half an ans", 5)), chunk(0, "", 6));
  assert.deepEqual(one, { take: 6, text: "", length: 0 });
  assert.equal(added(one, chunk(11, "wer", 5)), one);
});

test("a turn that ends while it is being fetched is fetched once more", async () => {
  const turn = { id: "turn-1", getAttribute: () => "/turns/1/", querySelector: () => null };
  const fetched = [];
  const waiting = [];
  globalThis.document = { getElementById: (id) => ({ ...turn, id }) };
  globalThis.window = {
    htmx: {
      ajax: (_verb, address) => {
        fetched.push(address);
        return new Promise((done) => waiting.push(done));
      },
    },
  };
  const first = again(turn);
  again(turn);
  again(turn);
  assert.equal(fetched.length, 1);
  waiting.shift()();
  await first;
  assert.equal(fetched.length, 2);
  waiting.shift()();
  await Promise.resolve();
  assert.equal(fetched.length, 2);
});

test("a turn whose button is being answered is fetched after that", () => {
  const fetched = [];
  const heard = {};
  const plain = { id: "turn-2", getAttribute: () => "/turns/2/", querySelector: () => null };
  globalThis.document = {
    getElementById: () => plain,
    addEventListener: (type, then) => (heard[type] = then),
  };
  globalThis.window = {
    htmx: { ajax: (_verb, address) => (fetched.push(address), new Promise(() => {})) },
  };
  again({ ...plain, querySelector: () => ({}) });
  assert.equal(fetched.length, 0);
  heard["htmx:afterRequest"]();
  assert.equal(fetched.length, 1);
});
