// Asks before what cannot be taken back, in a dialog of the page instead of the browser's:
//   <form data-confirm="Stop everything?" data-confirm-text="…" data-confirm-action="Stop">
//   <button hx-post="…" hx-confirm="Delete it? Its thread goes too." data-confirm-action="Delete">
import { $$, el } from "../lib/dom.js";

/** Resolves to true when the person goes on. */
export function confirmed({ title, text, action = "Go on" }) {
  return new Promise((resolve) => {
    const no = el("button", { type: "button", class: "btn", "data-variant": "outline", autofocus: true }, "Cancel");
    const yes = el("button", { type: "button", class: "btn", "data-variant": "danger" }, action);
    const dialog = el(
      "dialog",
      { class: "dialog", id: "confirm", role: "alertdialog", "aria-labelledby": "confirm-title" },
      el(
        "div",
        {},
        el("header", {}, el("h2", { id: "confirm-title" }, title)),
        ...(text ? [el("section", { class: "text-sm text-muted-foreground" }, text)] : []),
        el("footer", { class: "flex justify-end gap-2" }, no, yes),
      ),
    );
    let answer = false;
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}

/** "Delete it? Its thread goes too." as a title and what follows. */
function parts(question) {
  const at = question.indexOf("?") + 1;
  return at ? { title: question.slice(0, at), text: question.slice(at).trim() } : { title: question };
}

const TELLING = ["id", "action", "hx-post", "hx-delete", "hx-put", "hx-patch", "hx-vals", "formaction", "name", "value"];
const told = (node) => TELLING.map((name) => node.getAttribute(name)).join("\n");

/** What was asked about, or what has taken its place on a page that went on meanwhile. */
function present(node) {
  if (node.isConnected) return node;
  const now = $$(node.localName).find((other) => told(other) === told(node));
  if (!now) {
    const title = "It has changed meanwhile";
    const description = "Nothing was done. Look at it again.";
    document.dispatchEvent(new CustomEvent("toast", { detail: { category: "warning", title, description } }));
  }
  return now;
}

/** Does what was asked about, without asking again. */
function goOn(node, act) {
  node.setAttribute("data-confirmed", "");
  act();
  node.removeAttribute("data-confirmed");
}

export function startConfirming() {
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      if (!form.matches("[data-confirm]") || form.hasAttribute("data-confirmed")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { confirm: title, confirmText: text, confirmAction: action } = form.dataset;
      if (!(await confirmed({ title, text, action }))) return;
      const now = present(form);
      if (!now) return;
      const { submitter } = event;
      const same = (button) => told(button) === told(submitter);
      const pressed = submitter && (now === form ? submitter : $$("button", now).find(same));
      goOn(now, () => now.requestSubmit(pressed || null));
    },
    true,
  );
  document.addEventListener("htmx:confirm", async (event) => {
    const { question, elt, issueRequest } = event.detail;
    if (!question) return;
    event.preventDefault();
    if (elt.hasAttribute("data-confirmed")) return issueRequest(true);
    if (!(await confirmed({ ...parts(question), action: elt.dataset.confirmAction }))) return;
    if (elt.isConnected) return issueRequest(true);
    const now = present(elt);
    if (now) goOn(now, () => (now.localName === "form" ? now.requestSubmit() : now.click()));
  });
}
