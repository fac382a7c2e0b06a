// Asks before what cannot be taken back, in a dialog of the page instead of the browser's:
//   <form data-confirm="Stop everything?" data-confirm-text="…" data-confirm-action="Stop">
//   <button hx-post="…" hx-confirm="Delete it? Its thread goes too." data-confirm-action="Delete">
import { el } from "../lib/dom.js";

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
      form.setAttribute("data-confirmed", "");
      form.requestSubmit(event.submitter);
      form.removeAttribute("data-confirmed");
    },
    true,
  );
  document.addEventListener("htmx:confirm", async (event) => {
    const { question, elt, issueRequest } = event.detail;
    if (!question) return;
    event.preventDefault();
    if (await confirmed({ ...parts(question), action: elt.dataset.confirmAction })) issueRequest(true);
  });
}
