// Keeps "5 min ago" true, and says the exact moment in the reader's own zone.
import { $$ } from "../lib/dom.js";

const STEPS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [30 * 86400, 86400, "d"],
];
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** The same words as the server's `relative`. */
export function relative(moment, now = Date.now()) {
  const seconds = (now - moment) / 1000;
  const span = Math.abs(seconds);
  if (span < 10) return seconds >= 0 ? "just now" : "in a moment";
  for (const [limit, unit, name] of STEPS)
    if (span < limit) {
      const amount = `${Math.floor(span / unit)} ${name}`;
      return seconds >= 0 ? `${amount} ago` : `in ${amount}`;
    }
  return day.format(moment);
}

function refresh(root = document) {
  for (const time of $$("time[data-when]", root)) {
    const moment = new Date(time.dateTime);
    // A beat that has passed stands for the next one: data-every is seconds.
    const every = Number(time.dataset.every) * 1000;
    if (every) while (moment < Date.now()) moment.setTime(moment.getTime() + every);
    if (Number.isNaN(moment.getTime())) continue;
    const title = exact.format(moment);
    if (time.title !== title) time.title = title;
    const words = time.dataset.when === "exact" ? title : relative(moment.getTime());
    if (time.textContent !== words) time.textContent = words;
  }
}

export function startTimes() {
  refresh();
  setInterval(() => document.hidden || refresh(), 10_000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  document.addEventListener("htmx:load", (event) => refresh(event.target));
}
