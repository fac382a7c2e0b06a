// Builds static/dist: one style sheet, a few scripts, the fonts. `--watch` keeps going.
import { build, context } from "esbuild";
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { writeIcons } from "./icons.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const dist = path.join(root, "static/dist");
const watch = process.argv.includes("--watch");
// Built aside and put in place at the end: whoever serves meanwhile never misses a file.
const out = watch ? dist : path.join(root, `node_modules/.dist-${process.pid}`);
const require = createRequire(import.meta.url);

/** One file per kind of page; only `theme` blocks, and it is a few hundred bytes. */
const scripts = {
  entryPoints: ["theme", "app", "board", "task", "chart", "rooms", "chat"].map((name) =>
    path.join(root, `frontend/js/${name}.js`),
  ),
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  legalComments: "none",
  logLevel: "warning",
};

/** Inter with its optical sizes, every script in a file of its own that loads when needed. */
async function fonts() {
  const from = path.join(root, "node_modules/@fontsource-variable/inter");
  await mkdir(path.join(out, "fonts"), { recursive: true });
  const css = await readFile(path.join(from, "opsz.css"), "utf8");
  const names = [...css.matchAll(/files\/([\w-]+\.woff2)/g)].map((match) => match[1]);
  await Promise.all(
    names.map((name) => cp(path.join(from, "files", name), path.join(out, "fonts", name))),
  );
  return css.replaceAll("./files/", "./fonts/").replace(/\s*\n\s*/g, "");
}

function styles() {
  const manifest = require.resolve("@tailwindcss/cli/package.json");
  const cli = path.join(path.dirname(manifest), JSON.parse(require("node:fs").readFileSync(manifest)).bin.tailwindcss);
  const args = [cli, "-i", "frontend/css/app.css", "-o", path.join(out, "app.css"), "--minify"];
  if (watch) args.push("--watch=always");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    let noise = "";
    child.stderr.on("data", (data) => (noise += data));
    child.on("exit", (code) => (code ? reject(new Error(noise)) : resolve()));
  });
}

/** The faces of the font go into the one style sheet: a second one would block as long. */
async function withFonts(faces) {
  const file = path.join(out, "app.css");
  await writeFile(file, faces + (await readFile(file, "utf8")));
}

await mkdir(out, { recursive: true });
const [faces] = await Promise.all([fonts(), writeIcons(root)]);
if (watch) {
  await (await context(scripts)).watch();
  await styles();
} else {
  try {
    await Promise.all([build(scripts), styles()]);
    await withFonts(faces);
    await rm(dist, { recursive: true, force: true });
    // Another build that came first has put the same files there.
    await rename(out, dist).catch((error) => {
      if (!["ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
    });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
