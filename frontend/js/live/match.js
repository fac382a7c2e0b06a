// Which events concern which part of a page, and how often a part may refresh.

/** "task.* run.finished" against a verb. */
export function matches(patterns, verb) {
  return patterns
    .split(/\s+/)
    .some(
      (pattern) =>
        pattern === "*" ||
        pattern === verb ||
        (pattern.endsWith(".*") && verb.startsWith(pattern.slice(0, -1))),
    );
}

/** True if the event is about what `wanted` asks for; the things it does not name do not count. */
export function concerns(wanted, event) {
  if (wanted.on && !matches(wanted.on, event.verb)) return false;
  const about = { task: [event.task, String(event.task_number)], agent: [event.agent], run: [event.run], document: [event.document] };
  return Object.entries(about).every(([kind, ids]) => !wanted[kind] || ids.includes(wanted[kind]));
}

/** Runs `work` at once, then at most every `gap` milliseconds, and never loses the last call. */
export function coalesce(work, gap, timers = globalThis, clock = performance) {
  let last = -Infinity;
  let timer = null;
  const run = () => {
    timer = null;
    last = clock.now();
    work();
  };
  return () => {
    if (timer !== null) return;
    const wait = last + gap - clock.now();
    if (wait <= 0) run();
    else timer = timers.setTimeout(run, wait);
  };
}
