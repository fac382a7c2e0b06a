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

/** The tasks that an event touches: its own, by id and number, and those it binds to that. */
function tasksOf({ task, task_number: number, data }) {
  return [task, number, data?.parent, data?.needs, data?.number].flat().filter(Boolean).map(String);
}

/**
 * True if the event is about what `wanted` asks for; the things it does not name do not count.
 * Of each it names one, or several with spaces between. What it wants `also` counts for all.
 */
export function concerns(wanted, event) {
  if (wanted.also && matches(wanted.also, event.verb)) return true;
  if (wanted.on && !matches(wanted.on, event.verb)) return false;
  const about = { task: tasksOf(event), agent: [event.agent], run: [event.run], document: [event.document] };
  return Object.entries(about).every(([kind, ids]) => !wanted[kind] || wanted[kind].split(" ").some((one) => ids.includes(one)));
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
