// The panel of one's own answers, newest first, each with what was shown, to be told apart.

import { read, Refusal } from "../api.js";
import { byId, make } from "../elements.js";
import { open } from "./panels.js";
import { shutOut } from "./resting.js";
import { t, when } from "../words.js";

const LETTERS = "ABCDEF";
const NUMBERED = new Set(["ranking", "rate_then_rank"]);

/** What was on the screen: how the prompt and the replies began, named as they were there. */
function shown({ kind, prompt, replies }) {
  const names = NUMBERED.has(kind) ? "123456" : LETTERS;
  const name = (place) => (replies.length > 1 ? `${names[place]}: ` : "");
  return [prompt && make("span", { class: "line" }, prompt), ...replies.map((reply, place) =>
    make("span", { class: "line reply-line" }, name(place), reply || t("(an empty reply)")))];
}

function item(entry, change) {
  const button = make("button", { type: "button", class: "quiet" }, t("Change"));
  button.addEventListener("click", () => {
    byId("history").close();
    change(entry);
  });
  const said = make("div", {},
    make("strong", { dir: "auto" }, entry.words),
    make("span", { class: "faint" }, `${entry.number}. ${entry.question}`),
    make("span", { class: "faint shown", dir: "auto" }, ...shown(entry)),
    entry.note && make("span", { class: "reason", dir: "auto" }, t("Reason: {note}", { note: entry.note })));
  return make("li", {}, said, make("time", { class: "faint" }, when(entry.created_at)), button);
}

/** What is told where the answers cannot be had. */
export const unreachable = (error) =>
  error.status === 0 ? t("Your answers are on the server; looking at them needs the network.") : shutOut(error.problem)?.[1] ?? error.message;

/** Puts the next answers at the end of the list, with a button for those before them. */
async function add(list, change, before = "") {
  let found;
  try {
    found = await read(`history?limit=50${before && `&before=${encodeURIComponent(before)}`}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    list.append(make("li", {}, unreachable(error)));
    return;
  }
  list.append(...found.answers.map((entry) => item(entry, change)));
  if (!found.more) return;
  const more = make("button", { type: "button" }, t("Older answers"));
  const last = make("li", { class: "older" }, more);
  more.addEventListener("click", async () => {
    last.remove();
    const place = list.children.length;
    await add(list, change, found.answers.at(-1).feedback);
    list.children[place]?.querySelector("button")?.focus();
  });
  list.append(last);
}

/** The person's own answers; `change(entry)` when one is to be answered again. */
export async function showHistory(change) {
  const list = byId("history-list");
  const looking = make("li", { class: "faint" }, t("Looking …"));
  list.replaceChildren(looking);
  open(byId("history"));
  await add(list, change);
  looking.remove();
  if (!list.children.length) list.append(make("li", { class: "faint" }, t("You have not answered anything yet.")));
}
