// Practice: questions with known answers; after each, the known answer, and why.

import { base, read, readForever, Refusal, write } from "../api.js";
import { announce, byId, choice, make, prose } from "../elements.js";
import { prepareLeaving } from "./leaving.js";
import * as panels from "./panels.js";
import { shutOut } from "./resting.js";
import { ready } from "../ready.js";
import { show } from "./screen.js";
import { tell, watchDock } from "../told.js";
import { t } from "../words.js";

const SETTLE = 90; // milliseconds in which a key still belongs to the question before

let tasks = [];
let at = 0;
let shown = null;
let onward = () => {}; // what Enter does where nothing is asked

async function dress(task) {
  const options = await Promise.all(
    task.options.map(async (option) => ({ ...option, show: await readForever(`scenes/${option.scene}`) })),
  );
  return { ...task, options, query: `practice ${task.id}` };
}

async function next() {
  shown?.leave();
  shown = null;
  onward = () => {};
  byId("progress").max = tasks.length;
  byId("progress").value = at;
  byId("progress-words").textContent = t("{done} of {all}", { done: at, all: tasks.length });
  if (at >= tasks.length) return end();
  const task = await dress(tasks[at]);
  const asides = make("div", { class: "asides" }, choice("S", t("Skip"), skip, { class: "quiet" }));
  shown = show(task, answer, asides);
  return undefined;
}

function skip() {
  if (shown) panels.askReason(shown.question.form.skips, (one) => answer(one.answer));
}

async function answer(given) {
  if (!shown || shown.answered || performance.now() - shown.since < SETTLE) return;
  shown.answered = true;
  shown.watch.stop();
  try {
    feedback(await write(`practice/${shown.question.id}`, { answer: given }));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    shown.answered = false;
    refused(error);
  }
}

function refused(error) {
  tell(shutOut(error.problem)?.[1] ?? error.message);
}

/** What was said, what the known answer is, and why, in place of the buttons; the question stays to be looked at. */
function feedback(told) {
  const go = choice("↵", at + 1 < tasks.length ? t("Next") : t("Finish"), () => step(), { class: "main", "aria-keyshortcuts": "Enter" });
  const title = told.right ? t("You agree with the known answer.") : t("The known answer is another.");
  const card = make("div", { class: "feedback", "data-right": String(told.right) },
    make("h2", { tabindex: "-1" }, title),
    make("dl", {},
      make("dt", {}, t("You said")), make("dd", {}, told.given),
      make("dt", {}, t("The known answer")), make("dd", {}, told.known)),
    told.because_html ? prose(told.because_html) : null);
  byId("choices").replaceChildren(card, make("div", { class: "choices" }, go));
  standing = told.standing;
  onward = step;
  card.querySelector("h2").focus();
  announce(title);
}

let standing = null;

function step() {
  at += 1;
  next();
}

/** How it went, and where to go on. */
function end() {
  byId("work").hidden = true;
  byId("resting").hidden = false;
  byId("resting").querySelector(".waiting-dots").hidden = true;
  const percent = Math.round((standing?.agreement ?? 0) * 100);
  const needed = Math.round((standing?.needed ?? 0) * 100);
  const passed = !standing?.required;
  byId("resting-title").textContent = passed ? t("Ready") : t("Not yet");
  byId("resting-words").textContent = !standing ? t("There is nothing to practise.")
    : passed ? t("You agreed with the known answers to {percent} %.", { percent })
    : t("You agreed with the known answers to {percent} %; {needed} % are needed. Read the guideline once more and try again.", { percent, needed });
  onward = passed ? () => location.assign(`${base}/work`) : again;
  const go = choice("↵", passed ? t("Start answering") : t("Try again"), onward, { class: "primary" });
  byId("resting").append(make("p", { class: "onward" }, go));
  go.focus();
  return undefined;
}

function again() {
  document.querySelector(".onward")?.remove();
  byId("resting").hidden = true;
  at = 0;
  next();
}

const ANYWHERE = { g: panels.showGuideline, "?": panels.showKeys, v: panels.turnView, p: () => panels.pause(() => {}) };

function onKey(event) {
  const saves = event.key === "Enter" && !event.altKey;
  if (((event.ctrlKey || event.metaKey) && !saves) || event.altKey || event.repeat || panels.isOpen()) return;
  const { target } = event;
  if (target.matches("input:not([type=range]), textarea, select")) return;
  const name = event.key.toLowerCase();
  if (target.matches("button, a") && (name === " " || name === "enter")) return;
  if (take(event, name)) event.preventDefault();
}

function take(event, name) {
  if (ANYWHERE[name]) ANYWHERE[name]();
  else if (name === "enter" && (!shown || shown.answered)) onward();
  else if (!shown || shown.answered) return false;
  else if (name === "s") skip();
  else return shown.player?.key(name) || shown.control.key(event);
  return true;
}

async function start() {
  panels.prepare();
  prepareLeaving(async () => 0);
  panels.actions({ pause: ANYWHERE.p, turn: panels.turnView });
  byId("open-guideline").addEventListener("click", panels.showGuideline);
  byId("open-keys").addEventListener("click", panels.showKeys);
  document.addEventListener("keydown", onKey);
  watchDock();
  ready();
  const found = await read("practice");
  tasks = found.tasks;
  standing = tasks.length ? found.standing : null;
  // A reload in the middle goes on where it was; whoever is through begins anew.
  at = Math.max(0, tasks.findIndex((task) => !task.done));
  await next();
}

start();
