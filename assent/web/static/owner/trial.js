// A question that the owner answers as annotators would, in a panel over an owner's page.

import { readForever } from "../api.js";
import { byId, make } from "../elements.js";
import { show } from "../work/screen.js";

const SETTLE = 90; // milliseconds in which a key still belongs to what was before

let shown = null;
let opener = null;

/** Ends the question and gives the focus back. */
function end() {
  shown?.leave();
  shown?.watch.stop();
  shown = null;
  byId("items").replaceChildren();
  byId("choices").replaceChildren();
  if (opener?.isConnected) opener.focus();
}

/** Called once on a page that has the panel. */
export function prepare() {
  const dialog = byId("trial");
  dialog.addEventListener("close", end);
  dialog.addEventListener("click", (event) => event.target.closest("[data-close]") && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    const saves = event.key === "Enter" && !event.altKey;
    if (!shown || ((event.ctrlKey || event.metaKey) && !saves) || event.altKey || event.repeat) return;
    const name = event.key.toLowerCase();
    if (event.target.matches("input:not([type=range]), textarea, select")) return;
    if (event.target.matches("button") && (name === " " || name === "enter")) return;
    if (shown.player?.key(name) || shown.control.key(event)) event.preventDefault();
  });
}

/**
 * Puts a question { query, kind, question, form, options: [{ key, scene }] }; done(answer) is
 * called with what the form sends, and the panel closes.
 */
export async function put(question, done) {
  const options = await Promise.all(
    question.options.map(async (option) => ({ ...option, show: await readForever(`scenes/${option.scene}`) })));
  opener = document.activeElement;
  const dialog = byId("trial");
  dialog.showModal();
  shown = show({ ...question, options }, (answer) => {
    if (!shown || performance.now() - shown.since < SETTLE) return;
    dialog.close();
    done(answer);
  }, make("div", { class: "asides" }));
  byId("question").focus();
}
