// What the board's page loads, compressed; fails above the budget. Fonts are apart.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 120;
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** htmx comes with django-htmx, wherever the Python environment lies. */
function htmx() {
  for (const base of [process.env.VIRTUAL_ENV, path.join(root, ".venv"), "/usr/local"]) {
    const lib = base && path.join(base, "lib");
    if (!lib || !existsSync(lib)) continue;
    for (const python of readdirSync(lib)) {
      const file = path.join(lib, python, "site-packages/django_htmx/static/django_htmx/htmx-2.min.js");
      if (existsSync(file)) return file;
    }
  }
  throw new Error("django-htmx is not installed: activate the environment or make .venv first");
}

const files = [
  htmx(),
  ...["theme.js", "app.js", "board.js", "task.js", "app.css"].map((name) =>
    path.join(root, "static/dist", name),
  ),
];
let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(file), { level: 9 }).length / 1024;
  total += size;
  console.log(`${size.toFixed(1).padStart(7)} KB  ${path.basename(file)}`);
}
console.log(`${total.toFixed(1).padStart(7)} KB  in all, gzip; at most ${LIMIT_KB} KB`);
process.exit(total > LIMIT_KB ? 1 : 0);
