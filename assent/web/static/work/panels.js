// The panels over the work screen: guideline, keys, skip, reason.

import { read, Refusal, write } from "../api.js";
import { byId, choice, digit, make, prose } from "../elements.js";
import { hush } from "../told.js";
import { t, when } from "../words.js";

/** Opens a dialog and gives the focus back to where it was when it closes. */
export function open(dialog) {
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

export const showKeys = () => open(byId("keys"));

/** The newest version of the guideline that this person was shown; 0: none. */
export const guidelineSeen = () => Number(document.body.dataset.guidelineSeen);

export async function showGuideline() {
  open(byId("guideline"));
  let version = Number(document.body.dataset.guideline);
  try {
    const current = await read("guideline");
    byId("guideline-text").replaceChildren(prose(current.html));
    ({ version } = current);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What the page was delivered with is still there.
  }
  if (version <= guidelineSeen()) return;
  document.body.dataset.guidelineSeen = version;
  hush();
  // Where it does not arrive, the next visit asks once more.
  write("guideline/seen", { version }).then(() => dispatchEvent(new Event("guideline-seen")), () => {});
}

/** What the owner wrote and was not read yet; closing it says that it was. */
export async function showMessages() {
  const { messages } = await read("messages").catch((error) => {
    if (!(error instanceof Refusal)) throw error;
    return { messages: [] }; // the next visit asks again
  });
  const unread = messages.filter((one) => one.read_at === null);
  if (!unread.length || isOpen()) return;
  const dialog = byId("messages");
  byId("messages-list").replaceChildren(...unread.map((one) => make("li", { dir: "auto" },
    prose(one.html), make("time", { class: "faint" }, when(one.sent_at)))));
  // What comes while these are read is told by itself.
  const until = unread.at(-1).sent_at;
  dialog.addEventListener("close", () => write("messages/read", { until }).catch(() => {}), { once: true });
  open(dialog);
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
  open(dialog);
}

/** What is wrong with this question, for the owner; `done(text)` where something was written. */
export function askReport(done) {
  const dialog = byId("report");
  const field = byId("report-text");
  const ears = new AbortController();
  field.value = "";
  dialog.querySelector("form").addEventListener("submit", () => field.value.trim() && done(field.value.trim()), { signal: ears.signal });
  dialog.addEventListener("close", () => ears.abort(), { once: true });
  open(dialog);
  field.focus();
}

/** A curtain over the question until somebody goes on; nothing is timed behind it. */
export function pause(done) {
  const dialog = byId("pause");
  dialog.addEventListener("close", done, { once: true });
  open(dialog);
}

/** Side by side, or one below the other; the device remembers. */
export function turnView() {
  const stacked = document.body.dataset.view !== "stacked";
  setView(stacked);
  try {
    localStorage.setItem("assent view", stacked ? "stacked" : "");
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

function setView(stacked) {
  document.body.dataset.view = stacked ? "stacked" : "";
  byId("turn-view").setAttribute("aria-pressed", String(stacked));
}

/** What can be done at any time, as buttons beside the list of keys. */
export function actions({ pause: rest, turn }) {
  const act = (id, done) => byId(id).addEventListener("click", () => {
    byId("keys").close();
    done();
  });
  act("begin-pause", rest);
  act("turn-view", turn);
  let kept = "";
  try {
    kept = localStorage.getItem("assent view");
  } catch {
    // As above.
  }
  setView(kept === "stacked");
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
  open(dialog);
  field.focus();
}
