// Forms for one word after another:
//   <form hx-post="…" data-clear>      within a part that is loaded anew, also: id="…" hx-preserve
// Such a form is empty as soon as what was written is on its way, so that one can write on; what
// is sent arrives in its order, and what is refused stands in the form again.
import { inTurn, post } from "../lib/dom.js";
import { toast } from "./toasts.js";

/** What each form has on its way, the oldest first. */
const sending = new WeakMap();

const waiting = (form) => sending.get(form) ?? [];
const fieldsOf = (form) => [...form.elements].filter(({ name, type }) => name && type !== "submit");

function put(field, data) {
  const sent = data.getAll(field.name);
  if (field.type === "file") {
    const files = new DataTransfer();
    for (const file of [...sent.filter(({ name }) => name), ...field.files]) files.items.add(file);
    field.files = files.files;
  } else if (field.matches("[type=checkbox], [type=radio]")) field.checked = sent.includes(field.value);
  else if (field.matches("[type=hidden], select")) field.value = sent[0] ?? "";
  else field.value = [sent[0], field.value].filter(Boolean).join(field.localName === "textarea" ? "\n" : " ");
}

/** Puts what was refused back, before what was written since. */
function giveBack(form, data) {
  for (const field of fieldsOf(form)) {
    put(field, data);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

const tellLost = (title) => toast({ category: "error", title, description: "What you wrote was not sent." });

/** Sends what was written in a form that is gone meanwhile. */
const sendWithout = (url, data) => post(url, data).catch(({ message }) => tellLost(message));

/** Has htmx send what is next out of its form. Resolves to whether it was taken. */
const send = (form, issue) =>
  new Promise((resolve) => {
    // On the form itself, which hears it even when it has left the page.
    const end = ({ detail, target }) => {
      if (target !== form) return;
      form.removeEventListener("htmx:afterRequest", end);
      resolve(detail.successful === true);
    };
    form.addEventListener("htmx:afterRequest", end);
    issue(true);
  });

async function take({ elt: form, path, issueRequest }) {
  const data = new FormData(form);
  sending.set(form, [...waiting(form), data]);
  form.reset();
  const done = await inTurn(() => (form.isConnected ? send(form, issueRequest) : sendWithout(path, data)));
  sending.set(form, waiting(form).slice(1));
  if (done !== false) return;
  // A form that is gone hears of the refusal, and the page does not.
  if (form.isConnected) giveBack(form, data);
  else tellLost("That was refused.");
}

export function startSending() {
  document.addEventListener("htmx:confirm", (event) => {
    const { elt, question } = event.detail;
    if (!elt.matches("form[data-clear]") || question) return;
    event.preventDefault();
    take(event.detail);
  });
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const [data] = waiting(detail.elt);
    if (!data) return;
    detail.parameters = data;
    // The form may be empty by now, or hold what comes next.
    detail.errors = [];
  });
}
