// The editor of exercises. The known answer is given on the screen that annotators have, whatever the kind.

import { read, readForever, Refusal, write } from "../api.js";
import { byId, make, prose } from "../elements.js";
import * as gallery from "./gallery.js";
import { ready } from "../ready.js";
import { LETTERS, stills } from "./shown.js";
import { prepare, put } from "./trial.js";
import { t } from "../words.js";

const SETTLE = 300; // milliseconds without a key before the preview is asked for
const { kinds, clips } = JSON.parse(document.body.dataset.practice);
const named = (kind) => t(kind.replaceAll("_", " "));
const kindOf = (name) => kinds.find((one) => one.name === name) ?? kinds[0];

let list = []; // the exercises as they are being written
let inForce = "[]";
let at = null; // the place of the one in the editor; list.length: a new one
let draft = null;
let taken = false; // whether the draft is of what was shown, in place of words
let timer = 0;
const known = new Map(); // from an exercise as it is sent to its answer in words

const problem = (error) => [error.message, error.advice].filter(Boolean).join(". ");

async function guarded(where, work) {
  where.hidden = false;
  where.textContent = "";
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    where.textContent = problem(error);
  }
}

// ---------------------------------------------------------------- the list

function tellState() {
  byId("save").disabled = JSON.stringify(list) === inForce;
  byId("none").hidden = list.length > 0;
}

function act(word, label, done, off = false) {
  const button = make("button", { type: "button", class: "quiet", disabled: off }, word, make("span", { class: "unseen" }, ` ${label}`));
  button.addEventListener("click", done);
  return button;
}

function move(from, to) {
  const [one] = list.splice(from, 1);
  list.splice(to, 0, one);
  showList();
  byId("exercises").children[to].querySelector("button").focus();
}

function remove(place) {
  list.splice(place, 1);
  if (at !== null) close();
  showList();
  byId("add").focus();
}

const short = (text) => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

/** Puts what an exercise shows into a place: how its texts begin, or small pictures of its clips. */
async function tellShown(one, what) {
  if (one.replies?.length) return void (what.textContent = short(one.replies.join(" · ")));
  const scenes = await Promise.all(one.scenes.map((scene) => readForever(`scenes/${scene}`)));
  if (scenes.every((scene) => scene.type === "clip")) return stills(scenes, what);
  const words = scenes.map((scene) => (scene.type === "text" ? prose(scene.reply_html).textContent.trim() : t("clip")));
  return void (what.textContent = short(words.join(" · ")));
}

/** The known answer in words; the server is asked once. */
async function tellKnown(one) {
  const sent = JSON.stringify(one);
  if (!known.has(sent)) known.set(sent, (await write("owner/practice/try", one)).known);
  return known.get(sent);
}

function entry(one, place) {
  const label = t("exercise {n}", { n: place + 1 });
  const words = one.question || t(kindOf(one.kind).question);
  const what = make("span", { class: one.scenes && clips ? "faint pictured" : "faint", dir: "auto" });
  tellShown(one, what).catch((error) => (what.textContent = problem(error)));
  const answer = make("span", { class: "answer" });
  tellKnown(one).then((told) => (answer.textContent = told), (error) => (answer.textContent = problem(error)));
  return make("li", {},
    make("div", { class: "what", dir: "auto" }, make("strong", {}, words), make("span", { class: "tag" }, named(one.kind)),
      what, answer),
    make("div", { class: "row" },
      act(t("Edit"), label, () => open(place)),
      act(t("Up"), label, () => move(place, place - 1), place === 0),
      act(t("Down"), label, () => move(place, place + 1), place === list.length - 1),
      act(t("Remove"), label, () => remove(place))));
}

function showList() {
  byId("exercises").replaceChildren(...list.map(entry));
  tellState();
}

// ---------------------------------------------------------------- the editor

/** The draft as it is sent: of words or of what was shown, never of both. */
function drafted() {
  const { prompt, replies, scenes, ...rest } = draft;
  return { ...rest, ...(taken ? { scenes } : { prompt, replies }), because: byId("because").value };
}

/** Fields as the kind needs them; what was written or taken stays where it still fits. */
function showFields() {
  const kind = kindOf(draft.kind);
  byId("written").hidden = taken;
  byId("taken").hidden = !taken;
  byId(taken ? "from-shown" : "from-words").checked = true;
  byId("more-replies").hidden = kind.least === kind.most;
  byId("levels-field").hidden = !("levels" in kind.options);
  byId("attributes-field").hidden = !("attributes" in kind.options);
  byId("levels").value = draft.options?.levels ?? kind.options.levels ?? "";
  byId("attributes").value = (draft.options?.attributes ?? kind.options.attributes ?? []).join("\n");
  byId("question-text").placeholder = t(kind.question);
  if (taken) showTaken(kind);
  else showReplies(kind);
}

function showTaken(kind) {
  draft.scenes = draft.scenes.slice(0, kind.most);
  byId("replies").replaceChildren(); // an empty field that nobody sees would not let the form go
  byId("how-many").textContent = kind.least === kind.most ? t("Take {n}.", { n: kind.least }) : t("Take {least} to {most}.", kind);
  gallery.take(draft.scenes);
}

function showReplies(kind) {
  while (draft.replies.length < Math.max(kind.least, kind.least === kind.most ? 1 : 2)) draft.replies.push("");
  draft.replies = draft.replies.slice(0, kind.most);
  byId("replies").replaceChildren(...draft.replies.map((text, place) => {
    const field = make("textarea", { rows: 3, maxlength: 20000, dir: "auto", required: true });
    field.value = text;
    field.addEventListener("input", () => {
      draft.replies[place] = field.value;
    });
    return make("label", {}, draft.replies.length > 1 ? t("Option {label}", { label: LETTERS[place] }) : t("What is judged"), " ", field);
  }));
}

/** Takes what was shown as one more option, or puts it back. Where there is one option, it changes. */
function press(scene) {
  const { most } = kindOf(draft.kind);
  const at = draft.scenes.indexOf(scene);
  if (at < 0 && draft.scenes.length === most && most > 1) {
    byId("taken-said").textContent = t("{n} are taken; put one back first.", { n: most });
    return;
  }
  byId("taken-said").textContent = "";
  if (at >= 0) draft.scenes.splice(at, 1);
  else draft.scenes = [...(most === 1 ? [] : draft.scenes), scene];
  gallery.take(draft.scenes);
  forget();
}

/** From words to what was shown, or back; each keeps what it had. */
function turn(to) {
  taken = to;
  showFields();
  forget();
  if (taken) guarded(byId("problem"), () => gallery.begin(draft.scenes, press));
}

/** An answer to other options, or of another kind, says nothing any more. */
function forget() {
  delete draft.answer;
  showKnown("");
  tellSource("");
}

function showKnown(words) {
  byId("known").textContent = words || t("none yet");
}

/** Where a known answer comes from that nobody gave here. */
function tellSource(words) {
  byId("source").textContent = words;
  byId("source").hidden = !words;
}

const sourceOf = ({ source, same, given }) => {
  if (source === "verdict") return t("Your verdict. Keep it, or answer yourself.");
  if (source === "answers") return t("Said by {same} of {given}. Keep it, or answer yourself.", { same, given });
  return given ? t("No answer was given more often than every other: say yourself what is right.") : "";
};

function setOptions() {
  const kind = kindOf(draft.kind);
  const options = {};
  const levels = Number(byId("levels").value);
  const names = byId("attributes").value.split("\n").map((one) => one.trim()).filter(Boolean);
  if ("levels" in kind.options && levels !== kind.options.levels) options.levels = levels;
  if ("attributes" in kind.options && names.join("\n") !== kind.options.attributes.join("\n")) options.attributes = names;
  // What the page has no field for, such as anchors, stays.
  const { levels: _, attributes: __, ...others } = draft.options ?? {};
  draft.options = { ...others, ...options };
}

async function tryOut() {
  const told = await write("owner/practice/try", drafted());
  showKnown(told.known);
  byId("because-preview").replaceChildren(prose(told.because_html));
  return told;
}

function preview() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const { html } = await write("owner/preview", { markdown: byId("because").value });
    byId("because-preview").replaceChildren(prose(html));
  }, SETTLE);
}

function open(place, given = list[place] ?? { kind: kinds[0].name, ...(clips && { scenes: [] }) }) {
  at = place;
  taken = "scenes" in given;
  draft = { replies: [], scenes: [], ...structuredClone(given) };
  byId("editor").hidden = false;
  byId("editor-title").textContent = place < list.length ? t("Exercise {n}", { n: place + 1 }) : t("A new exercise");
  byId("kind").value = draft.kind;
  byId("question-text").value = draft.question ?? "";
  byId("prompt-text").value = draft.prompt ?? "";
  byId("because").value = draft.because ?? "";
  byId("problem").hidden = true;
  byId("taken-said").textContent = "";
  showFields();
  showKnown("");
  tellSource("");
  byId("because-preview").replaceChildren();
  if (taken) guarded(byId("problem"), () => gallery.begin(draft.scenes, press));
  if (draft.answer) guarded(byId("problem"), tryOut);
  byId("editor-title").focus();
}

/** A question that was asked, as an exercise: what is known of its answer is there to be confirmed. */
async function begin(question) {
  history.replaceState(null, "", location.pathname); // once: what is kept is no draft any more
  const told = await read(`owner/practice/from/${encodeURIComponent(question)}`);
  const { answer, ...exercise } = told.exercise;
  open(list.length, answer ? { ...exercise, answer } : exercise);
  tellSource(sourceOf(told));
}

function close() {
  at = null;
  byId("editor").hidden = true;
}

/** From the keys of the options on the screen to the letters that an exercise has. */
function lettered(value, letters) {
  if (typeof value === "string") return letters.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => lettered(one, letters));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [letters.get(name) ?? name, lettered(one, letters)]));
  }
  return value;
}

async function answer() {
  const { task } = await tryOut();
  const letters = new Map(task.options.length > 1 ? task.options.map((option, place) => [option.key, LETTERS[place]]) : []);
  await put({ ...task, query: "draft" }, (given) => {
    draft.answer = lettered(given, letters);
    tellSource("");
    guarded(byId("problem"), tryOut);
  });
}

async function keep() {
  if (!draft.answer) {
    byId("problem").textContent = t("Answer it first: that is the known answer.");
    byId("answer").focus();
    return;
  }
  const kept = drafted();
  await tellKnown(kept);
  list[at] = kept;
  const place = at;
  close();
  showList();
  byId("exercises").children[place].querySelector("button").focus();
}

async function save() {
  const told = await write("owner/practice", { exercises: list }, "PUT");
  take(told);
  byId("said").textContent = t("In force: everybody practises the new ones before going on.");
}

function take(told) {
  list = told.exercises;
  inForce = JSON.stringify(list);
  byId("version").textContent = told.version ? t("version {n}", { n: told.version }) : "";
  showList();
}

function listen() {
  byId("add").addEventListener("click", () => open(list.length));
  byId("save").addEventListener("click", () => guarded(byId("said"), save));
  byId("cancel").addEventListener("click", () => {
    close();
    byId("add").focus();
  });
  byId("editor").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(byId("problem"), keep);
  });
  byId("answer").addEventListener("click", () => guarded(byId("problem"), answer));
  byId("because").addEventListener("input", preview);
  byId("kind").addEventListener("change", () => {
    draft.kind = byId("kind").value;
    draft.options = {};
    showFields();
    forget();
  });
  byId("question-text").addEventListener("input", () => (draft.question = byId("question-text").value.trim()));
  byId("prompt-text").addEventListener("input", () => (draft.prompt = byId("prompt-text").value));
  for (const id of ["levels", "attributes"]) {
    byId(id).addEventListener("change", () => {
      setOptions();
      forget();
    });
  }
  const resize = (more) => {
    const kind = kindOf(draft.kind);
    if (more && draft.replies.length < kind.most) draft.replies.push("");
    if (!more && draft.replies.length > kind.least) draft.replies.pop();
    showFields();
    forget();
  };
  byId("from-words").addEventListener("change", () => turn(false));
  byId("from-shown").addEventListener("change", () => turn(true));
  byId("shown-older").addEventListener("click", () => guarded(byId("problem"), gallery.more));
  byId("add-reply").addEventListener("click", () => resize(true));
  byId("drop-reply").addEventListener("click", () => resize(false));
  addEventListener("beforeunload", (event) => {
    if (at !== null || JSON.stringify(list) !== inForce) event.preventDefault();
  });
}

prepare();
byId("kind").append(...kinds.map((one) => make("option", { value: one.name }, named(one.name))));
listen();
const asked = new URLSearchParams(location.search).get("question");
guarded(byId("said"), async () => {
  take(await read("owner/practice"));
  ready(); // not before: an exercise that is added goes behind those that are there
  if (asked) await begin(asked);
});
