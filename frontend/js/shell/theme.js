// Light, dark, or as the system has it; remembered in this browser.

const KEY = "mc-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme() {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function applyTheme() {
  const chosen = chosenTheme();
  const dark = chosen === "dark" || (chosen === "system" && system.matches);
  document.documentElement.classList.toggle("dark", dark);
  document
    .querySelector('meta[name="theme-color"]')
    ?.setAttribute("content", dark ? "#0c0c0f" : "#f5f5f8");
}

function mark() {
  for (const item of document.querySelectorAll("[data-theme]"))
    item.setAttribute("aria-checked", String(item.dataset.theme === chosenTheme()));
}

export function chooseTheme(theme) {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  applyTheme();
  mark();
  document.dispatchEvent(new CustomEvent("mc:theme"));
}

export function startTheme() {
  mark();
  system.addEventListener("change", applyTheme);
  window.addEventListener("storage", (event) => event.key === KEY && (applyTheme(), mark()));
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-theme]");
    if (item) chooseTheme(item.dataset.theme);
  });
}
