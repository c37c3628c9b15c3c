// The panels over the work screen: guideline, keys, history, skip, reason.

import { read, Refusal } from "./api.js";
import { byId, make, prose } from "./elements.js";
import { choice, digit } from "./kinds.js";

/** Opens a dialog and gives the focus back to where it was when it closes. */
function show(dialog) {
  const before = document.activeElement;
  dialog.addEventListener("close", () => before?.focus?.(), { once: true });
  dialog.showModal();
}

/** Every button inside with data-close closes; so does a tap beside the panel. */
export function prepare() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
}

export const isOpen = () => document.querySelector("dialog[open]") !== null;

export const showKeys = () => show(byId("keys"));

export async function showGuideline() {
  show(byId("guideline"));
  try {
    const { html } = await read("guideline");
    byId("guideline-text").replaceChildren(prose(html));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What the page was delivered with is still there.
  }
}

/** Asks why a question is skipped; `done(choice)` with one of the form's skips. */
export function askReason(skips, done) {
  const dialog = byId("skip");
  const ears = new AbortController();
  const choose = (one) => {
    dialog.close();
    done(one);
  };
  byId("skip-list").replaceChildren(...skips.map((one) => choice(one.key, one.label, () => choose(one), { class: "quiet" })));
  dialog.addEventListener("keydown", (event) => {
    const one = skips.find((skip) => skip.key === String(digit(event)));
    if (!one || event.repeat) return;
    event.preventDefault();
    choose(one);
  }, { signal: ears.signal });
  dialog.addEventListener("close", () => ears.abort(), { once: true });
  show(dialog);
}

/** One line kept with the next answer. */
export function askNote(note, done) {
  const dialog = byId("note");
  const field = byId("note-text");
  field.value = note;
  const form = dialog.querySelector("form");
  const ears = new AbortController();
  form.addEventListener("submit", () => done(field.value.trim()), { signal: ears.signal });
  dialog.addEventListener("close", () => ears.abort(), { once: true });
  show(dialog);
  field.focus();
}

const when = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** The person's own answers; `change(entry)` when one is to be answered again. */
export async function showHistory(change) {
  const dialog = byId("history");
  const list = byId("history-list");
  list.replaceChildren(make("li", { class: "faint" }, "Looking …"));
  show(dialog);
  let answers;
  try {
    ({ answers } = await read("history?limit=50"));
  } catch (error) {
    list.replaceChildren(make("li", {}, error.message));
    return;
  }
  list.replaceChildren(...answers.map((entry) => {
    const button = make("button", { type: "button", class: "quiet" }, "Change");
    button.addEventListener("click", () => {
      dialog.close();
      change(entry);
    });
    return make("li", {},
      make("div", {}, make("strong", {}, entry.words), make("span", { class: "faint" }, ` ${entry.question}`)),
      make("time", { class: "faint" }, when(entry.created_at)),
      button);
  }));
  if (!answers.length) list.append(make("li", { class: "faint" }, "You have not answered anything yet."));
}

