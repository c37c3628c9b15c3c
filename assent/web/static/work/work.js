// The work screen: shows one question after the other, takes the answer, keeps it, goes on.

import { base, newKey } from "../api.js";
import { Back } from "./back.js";
import { Breaks } from "./breaks.js";
import { byId, choice, keycap, make } from "../elements.js";
import { showHistory } from "./history.js";
import { keepPage, keepQuestions, keptQuestions, leaveNothing } from "./kept.js";
import { prepareLeaving } from "./leaving.js";
import { Outbox } from "./outbox.js";
import * as panels from "./panels.js";
import { Queue } from "./queue.js";
import { ready } from "../ready.js";
import { restingWords, shutOut } from "./resting.js";
import { show as present } from "./screen.js";
import { hush, tell, watchDock } from "../told.js";
import { inside, t } from "../words.js";

const SETTLE = 90; // milliseconds in which a key still belongs to the question before
const UNSENT = 400; // milliseconds for which new questions wait for an answer to be sent
const POLL = 3000; // milliseconds between looks for new questions
const OVER = new Set(["signed_out", "erased"]); // problems after which nothing is kept here
const GONE = 600_000; // milliseconds without a key or a touch, after which others may have the questions

let outbox;
let queue;
let shown = null; // { question, control, player, watch, since, note, leave }
let pollTimer = 0;
let lookTimer = 0; // while the server does not answer
let met = null; // whether the server answered; null: nothing was asked yet
let lastProblem = ""; // of sending
let touched = performance.now();
const breaks = new Breaks(pause);
const back = new Back({ keep, settled, bringBack, waiting: () => outbox.waiting(), dress: (question) => queue.dress(question) });

let onSettled = () => {}; // called when every answer is on the server

/** Into the browser's own store first; from this moment on something waits to be sent. */
function keep(entry) {
  byId("saved").dataset.state = "waiting";
  return outbox.put(entry);
}

/** When every answer is on the server, or after a moment without one. */
async function settled() {
  if (!(await outbox.waiting()).length) return;
  await new Promise((resolve) => {
    onSettled = resolve;
    setTimeout(resolve, UNSENT);
  });
}

// ---------------------------------------------------------------- showing

function show(question) {
  leave();
  away();
  shown = present(question, answer, asides(question));
  noteIs(question.note ?? "");
  hush();
  byId("resting").hidden = true;
  rules(question.guideline_version);
  breaks.suggest(tell);
}

/** Says so until the newest guideline was opened; answers name the one that was. */
function rules(version) {
  const known = panels.guidelineSeen();
  if (version <= known) return;
  const button = make("button", { type: "button", class: "quiet" }, t("Read it"), keycap("G"));
  button.addEventListener("click", panels.showGuideline);
  tell(known ? t("The guideline has changed.") : t("There is a guideline."), button);
}

function asides(question) {
  const last = back.last;
  const words = last ? make("span", {}, `${t("Undo")} `, make("em", {}, last.words)) : t("Undo");
  return make("div", { class: "asides" },
    question.replaces ? stand(question) : choice("Z", words, undo, { class: last ? "quiet undo fresh" : "quiet undo" }),
    choice("S", t("Skip"), skip, { class: "quiet" }),
    choice("R", t("Add a reason"), note, { class: "quiet why" }),
    choice("M", t("Report"), flag, { class: "quiet" }));
}

function leave() {
  if (!shown) return;
  shown.leave();
  shown.watch.stop();
  shown = null;
}

async function next() {
  clearTimeout(pollTimer);
  // Whoever has to practise does that first; what is here already waits.
  const question = queue.practise ? null : queue.take();
  if (question) {
    show(question);
    letters();
    // Once the answer is on the server, so that its count has this answer in it.
    settled().then(refill);
    return;
  }
  leave();
  await settled();
  await refill();
  if (shown) return;
  const ready = queue.practise ? null : queue.take();
  if (ready) show(ready);
  else rest();
  letters();
}

/** What the owner wrote comes between two questions, or where there is none. */
function letters() {
  if (!queue.unread || panels.isOpen()) return;
  queue.unread = 0; // until the next look
  panels.showMessages();
}

async function refill() {
  await queue.fill(() => shown?.question);
  clearTimeout(lookTimer);
  const before = met;
  met = !queue.problem;
  if (queue.problem) lookTimer = setTimeout(refill, POLL);
  else if (!before) await meet(before === false);
  if (OVER.has(queue.problem)) leaveNothing();
  keepHere();
  // The owner has new exercises: those first, once nothing waits to be sent.
  if (queue.practise && !shown && !(await outbox.waiting()).length) location.assign(`${base}/practice`);
  progress();
}

/** The server is there, for the first time or again. */
async function meet(again) {
  keepPage(again);
  if (!again) return;
  outbox.wake();
  const line = byId("away");
  line.style.minHeight = `${line.offsetHeight}px`; // nothing moves under a finger
  line.textContent = t("The server is back.");
  await queue.beat(() => shown?.question);
}

/** What is here can be gone on with, should the page be opened without a network. */
function keepHere() {
  keepQuestions([shown?.question, ...queue.ready].filter(Boolean), met);
}

/** Says above a question that the server does not answer; called between two. */
function away() {
  const line = byId("away");
  line.hidden = !queue.problem || shutOut(queue.problem) !== null;
  line.style.minHeight = "";
  line.textContent = t("No connection to the server: your answers are kept here, and sent when it is back.");
}

/** Nothing to answer: says so, and goes on by itself when there is something. */
function rest() {
  byId("work").hidden = true;
  byId("resting").hidden = false;
  byId("away").hidden = true; // said in the middle
  clearTimeout(lookTimer);
  showUndo();
  [byId("resting-title").textContent, byId("resting-words").textContent] = restingWords(queue);
  pollTimer = setTimeout(next, POLL);
}

function progress() {
  const now = queue.progress;
  if (!now) return;
  // What another system asks belongs to no round, and comes after it.
  const outside = now.outside_slots > 0 && now.round_answered >= now.round_slots;
  const [done, all] = outside ? [now.outside_answered, now.outside_slots] : [now.round_answered, now.round_slots];
  byId("progress").hidden = !all;
  byId("progress").max = Math.max(1, all);
  byId("progress").value = done;
  const told = { done, all, mine: now.mine };
  byId("progress-words").textContent = !all ? t("{mine} by you", told)
    : outside ? t("{done} of {all} answers, {mine} by you", told) : t("{done} of {all} in this round, {mine} by you", told);
}

// ---------------------------------------------------------------- answering

async function answer(given, words) {
  if (!shown || performance.now() - shown.since < SETTLE) return;
  const { question, watch, player, note: reason } = shown;
  if (player) watch.replays = player.clock.cycles;
  const key = newKey();
  const entry = {
    type: "answer",
    key,
    afterUndo: Boolean(question.undone),
    body: {
      key,
      slot: question.slot ?? null,
      lease_token: question.lease_token ?? null,
      replaces: question.replaces ?? null,
      query: question.query,
      answer: given,
      shown_order: question.shown_order,
      guideline_version: panels.guidelineSeen(),
      timings: watch.stop(),
      note: reason,
    },
  };
  const kept = shown;
  shown = null; // A second key must not answer the same question again.
  // At once: questions that are on their way may hold this one, which the server still has for us.
  queue.answered(question);
  keepHere();
  kept.leave();
  // Kept in the browser first; only then the next question is shown.
  await keep(entry);
  back.remember({ key, question: { ...question, previous: given, note: reason }, words, body: entry.body });
  breaks.answered();
  await next();
}

function skip() {
  if (!shown) return;
  panels.askReason(shown.question.form.skips, (one) => answer(one.answer, `${t("skipped")}, ${inside(one.label)}`));
}

function note() {
  panels.askNote(shown?.note ?? "", (text) => {
    if (!shown) return;
    noteIs(text);
    tell(text ? t("The reason is kept with the answer.") : t("No reason is kept."));
  });
}

function noteIs(text) {
  shown.note = text;
  document.body.toggleAttribute("data-noted", Boolean(text));
}

/** Tells the owner of something that is wrong; the question stays, and can be answered or skipped. */
function flag() {
  if (!shown) return;
  const { query } = shown.question;
  panels.askReport(async (text) => {
    const key = newKey();
    await keep({ type: "flag", key, query, body: { key, query, text } });
    tell(t("Thank you. The owner will see it."));
  });
}

function pause() {
  breaks.begin();
  shown?.player?.clock.pause();
  panels.pause(() => breaks.rested());
}

/** On the resting screen the last answer can be taken back, too. */
function showUndo() {
  const last = back.last;
  const button = make("button", { type: "button", class: "quiet" }, t("Undo"), keycap("Z"));
  button.addEventListener("click", undo);
  byId("resting-last").hidden = !last;
  byId("resting-last").replaceChildren(t("You answered: {words}", { words: last?.words }), " ", button);
}

/** Shows a question in place of the one on the screen, which comes next. */
async function bringBack(question, words) {
  // One that was only to be changed stays as it was answered.
  if (shown && !shown.question.replaces) queue.putFirst({ ...shown.question, note: shown.note });
  queue.putFirst(question);
  await next();
  keepHere();
  tell(words);
}

const undo = () => back.undo();
const change = (entry) => back.change(entry);

/** Leaves an answer that was to be changed. */
async function letStand() {
  if (!shown?.question.replaces) return;
  await next();
  tell(t("The answer stays as it was."));
}

/** Whether Escape leaves it; where words are marked, it is about the words. */
const escapable = (question) => Boolean(question.replaces) && question.form.layout !== "mark";

function stand(question) {
  const button = make("button", { type: "button", class: "quiet stand", "aria-keyshortcuts": escapable(question) && "Escape" },
    make("span", { class: "words" }, t("Leave as is")), escapable(question) ? keycap("Esc") : null);
  button.addEventListener("click", letStand);
  return button;
}

// ---------------------------------------------------------------- keys and start

const ANYWHERE = {
  g: panels.showGuideline,
  "?": panels.showKeys,
  h: () => showHistory(change),
  z: undo,
  p: pause,
  v: panels.turnView,
};

function onKey(event) {
  const saves = event.key === "Enter" && !event.altKey;
  if (((event.ctrlKey || event.metaKey) && !saves) || event.altKey || panels.isOpen()) return;
  const target = event.target;
  if (target.matches("input:not([type=range]), textarea, select")) return;
  const name = event.key.toLowerCase();
  if (target.matches("input[type=range]") && name.startsWith("arrow")) return;
  // A focused button keeps its own Space and Enter.
  if (target.matches("button, a") && (name === " " || name === "enter")) return;
  if (shown?.control.holds?.(event)) return event.preventDefault();
  if (event.repeat && name !== "," && name !== ".") return;
  if (take(event, name)) event.preventDefault();
}

function take(event, name) {
  if (ANYWHERE[name]) ANYWHERE[name]();
  else if (!shown) return false;
  else if (name === "escape" && escapable(shown.question)) letStand();
  else if (name === "s") skip();
  else if (name === "r") note();
  else if (name === "m") flag();
  else return shown.player?.key(name) || shown.control.key(event);
  return true;
}

function saved({ waiting, problem, durable }) {
  const chip = byId("saved");
  chip.dataset.state = problem ? "problem" : waiting ? "waiting" : "saved";
  const words = !waiting ? (problem.startsWith("refused") ? t("refused") : t("all saved"))
    : problem === "signed_out" ? t("{n} waiting, signed out", { n: waiting })
    : problem === "paused" ? t("{n} waiting, paused", { n: waiting }) : t("{n} waiting", { n: waiting });
  // Once, where a question hides that there is nothing to be had.
  if (problem !== lastProblem && shown && shutOut(problem)) tell(shutOut(problem)[1]);
  lastProblem = problem;
  if (OVER.has(problem)) leaveNothing();
  chip.textContent = waiting && !durable ? `${words}, ${t("keep this page open")}` : words;
  chip.title = problem;
  if (!waiting) onSettled();
}

/** Stays until the next question, or until it was seen. Nothing that was given is lost. */
function refused({ entry, error }) {
  const close = make("button", { type: "button", class: "quiet" }, t("Close"));
  close.addEventListener("click", hush);
  const why = { why: error.message };
  if (entry.type === "answer") queue.again(entry.body);
  if (entry.type !== "answer") tell(t("Refused: {why}", why), close);
  else if (entry.body.replaces) tell(t("A change was refused: {why}. The answer stays as it was.", why), close);
  else tell(t("An answer was refused: {why}. Its question comes again, with what you gave.", why), close);
}

async function start() {
  panels.prepare();
  const person = document.body.dataset.person;
  outbox = await Outbox.open(`assent ${base} ${person}`, saved);
  queue = new Queue(outbox, keptQuestions);
  watchDock();
  document.addEventListener("keydown", onKey);
  // A button that was clicked gives the focus back, so that Space is play again.
  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
  byId("open-guideline").addEventListener("click", panels.showGuideline);
  byId("open-keys").addEventListener("click", panels.showKeys);
  byId("open-history").addEventListener("click", () => showHistory(change));
  prepareLeaving(async () => (await outbox.waiting()).length);
  panels.actions({ pause, turn: panels.turnView });
  addEventListener("entry-refused", (event) => refused(event.detail));
  addEventListener("held-again", (event) => queue.hold(event.detail));
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    addEventListener(kind, () => (touched = performance.now()), { passive: true, capture: true });
  }
  addEventListener("guideline-seen", () => keepPage(true));
  addEventListener("online", () => !shown && next());
  ready();
  await next();
  const beat = () => {
    // Whoever rests for long, or forgot the page, lets others have the questions; what is answered
    // late is kept, too.
    if (!breaks.resting && performance.now() - touched < GONE) queue.beat(() => shown?.question);
    setTimeout(beat, Math.max(5, (queue.leaseSeconds ?? 180) / 3) * 1000);
  };
  setTimeout(beat, Math.max(5, (queue.leaseSeconds ?? 180) / 3) * 1000);
}

start();
