// Collects the Lucide icons that templates and tags name into core/icons.json, so that
// the server can write them inline and nothing else of the set is shipped.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const PLACES = [/\{%\s*icon\s+"([a-z0-9-]+)"/g, /\bicon="([a-z0-9-]+)"/g, /\bicon\("([a-z0-9-]+)"/g];

async function* files(folder, endings) {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!["node_modules", ".venv", ".git", "static", "var", "tests"].includes(entry.name))
        yield* files(full, endings);
    } else if (endings.some((ending) => entry.name.endsWith(ending))) yield full;
  }
}

/** The names in use: those written in templates and Python, and those listed by hand. */
export async function usedIcons(root) {
  const names = new Set();
  for await (const file of files(root, [".html", ".py"])) {
    const text = await readFile(file, "utf8");
    for (const place of PLACES) for (const match of text.matchAll(place)) names.add(match[1]);
  }
  const listed = await readFile(path.join(root, "frontend/icons.txt"), "utf8");
  for (const line of listed.split("\n")) {
    const name = line.replace(/#.*/, "").trim();
    if (name) names.add(name);
  }
  return [...names].sort();
}

/** Writes name → inner SVG. An unknown name stops the build. */
export async function writeIcons(root) {
  const icons = {};
  for (const name of await usedIcons(root)) {
    const svg = await readFile(
      path.join(root, `node_modules/lucide-static/icons/${name}.svg`),
      "utf8",
    ).catch(() => {
      throw new Error(`no Lucide icon is called "${name}"`);
    });
    icons[name] = svg
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/\s*\n\s*/g, "")
      .replace(/ \/>/g, "/>");
  }
  const file = path.join(root, "core/icons.json");
  const text = `${JSON.stringify(icons, null, 1)}\n`;
  if ((await readFile(file, "utf8").catch(() => "")) !== text) await writeFile(file, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeIcons(path.resolve(path.dirname(fileURLToPath(import.meta.url)), ".."));
