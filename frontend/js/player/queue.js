// What is to be heard, in its order, and how far it is: kept for this tab, so that a page that
// is loaded anew goes on where the last one left.
const KEY = "mc-player";

/** A piece as its row in the library says it. */
export function pieceOf(row) {
  const { piece, src, href, title, about, wave } = row.dataset;
  return { id: piece, src, href, title, about, wave };
}

export class Queue {
  constructor(storage = window.sessionStorage) {
    this.storage = storage;
    this.pieces = [];
    this.at = -1;
    this.time = 0;
    this.playing = false;
  }

  get piece() {
    return this.pieces[this.at];
  }

  /** Take over these pieces, and begin with the one of that id. */
  fill(pieces, id) {
    this.pieces = pieces;
    this.at = Math.max(
      0,
      pieces.findIndex((piece) => piece.id === id),
    );
    this.time = 0;
  }

  /** Go `by` pieces on or back. False where there is none. */
  step(by) {
    if (!this.pieces[this.at + by]) return false;
    this.at += by;
    this.time = 0;
    return true;
  }

  save() {
    const { pieces, at, time, playing } = this;
    try {
      if (at < 0) this.storage.removeItem(KEY);
      else this.storage.setItem(KEY, JSON.stringify({ pieces, at, time, playing }));
    } catch {
      // Without a place to keep it, the music ends with the page.
    }
  }

  /** What was left by the page before, if anything. */
  load() {
    try {
      const kept = JSON.parse(this.storage.getItem(KEY));
      if (!Array.isArray(kept?.pieces) || !kept.pieces[kept.at]) return false;
      Object.assign(this, kept);
      return true;
    } catch {
      return false;
    }
  }

  clear() {
    this.pieces = [];
    this.at = -1;
    this.playing = false;
    this.save();
  }
}
