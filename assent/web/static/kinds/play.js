// Playing an episode: keys that are held steer, the server steps, the picture follows.
// What was held, and for how many steps, is the answer; it is kept on this device as a draft.

import { Refusal, write } from "../api.js";
import { announce, choice, make } from "../elements.js";
import { Painter } from "../clips/painter.js";
import { t } from "../words.js";
import { draftOf, storage } from "./writing.js";

const TICK = 40; // milliseconds between two looks at the clock
const BEHIND = 0.4; // seconds of play that a slow network may owe; beyond, time stands still
const MOST = 200; // steps at once, as the server takes them
const PULSE = 250; // milliseconds for which a button holds that was pressed without a finger
const SPEEDS = [0.1, 0.25, 0.5, 1];
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const count = (runs) => runs.reduce((sum, [, steps]) => sum + steps, 0);

export class Play {
  #ears = new AbortController();
  #held = new Set(); // controls that are held, the last one last
  #state = "loading"; // then ready, running, over; lost: the server has to begin again
  #due = 0; // steps that should have been taken by now
  #asking = false;
  #shown = 0; // the step that the picture has come to
  #last = 0;
  #timers = [];

  constructor(question, submit) {
    this.question = question;
    this.submit = submit;
    this.form = question.form;
    this.play = question.form.play;
    this.speed = this.play.speed;
    this.lastAction = this.play.rest ?? this.form.choices[0].answer.action;
    const draft = storage((kept) => JSON.parse(kept.getItem(draftOf(question))));
    this.runs = draft ?? question.previous?.actions ?? [];
    this.steps = count(this.runs);
    this.canvas = make("canvas", { role: "img", "aria-label": t("the episode that you play") });
    this.progress = make("progress", { max: this.play.steps, value: this.steps, "aria-label": t("steps played") });
    this.said = make("output", { class: "ranked" });
    this.instead = make("div", { class: "played" }, make("div", { class: "stage" }, this.canvas), this.progress);
    this.panel = this.#panel();
  }

  #panel() {
    const hold = this.form.choices.map((one) => this.#holder(one));
    this.go = choice("␣", t("Play"), () => this.toggle(), { class: "main" });
    this.send = choice("↵", t("Send"), () => this.#send(), { class: "other", "aria-keyshortcuts": "Enter" });
    this.anew = choice("⌫", t("From the start"), () => this.again(), { class: "other", "aria-keyshortcuts": "Backspace" });
    const pace = make("select", { "aria-label": t("Speed") },
      ...SPEEDS.map((one) => make("option", { value: one, selected: one === this.speed }, `${one}×`)));
    pace.addEventListener("change", () => {
      this.speed = Number(pace.value);
      pace.blur();
    });
    return make("div", { class: "choices plays" }, this.said,
      make("div", { class: "holds" }, ...hold), make("div", { class: "row" }, this.go, this.anew, this.send, pace));
  }

  /** A button that holds its key while it is pressed. */
  #holder(one) {
    const button = make("button", { type: "button", class: "hold", "aria-keyshortcuts": one.key, "aria-pressed": "false" },
      make("span", { class: "words" }, one.label), make("kbd", { "aria-hidden": "true" }, NAMES[one.key] ?? one.key.toUpperCase()));
    one.button = button;
    button.addEventListener("pointerdown", (event) => {
      button.setPointerCapture(event.pointerId);
      this.#hold(one, true);
    });
    for (const kind of ["pointerup", "pointercancel"]) button.addEventListener(kind, () => this.#hold(one, false));
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    // By keyboard or a screen reader: for a moment.
    button.addEventListener("click", (event) => {
      if (event.detail > 0) return;
      this.#hold(one, true);
      setTimeout(() => this.#hold(one, false), PULSE);
    });
    return button;
  }

  attach() {
    const { signal } = this.#ears;
    document.addEventListener("keyup", (event) => {
      const one = this.#control(event);
      if (one) this.#hold(one, false);
    }, { signal });
    addEventListener("blur", () => this.pause(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.pause(), { signal });
    this.#begin();
  }

  leave() {
    this.#ears.abort();
    this.#stopTimers();
    this.#keep();
  }

  #control(event) {
    return this.form.choices.find((one) => one.key.toLowerCase() === event.key.toLowerCase());
  }

  /** True when the key steers: at any time while playing, and to begin with where it is no letter. */
  holds(event) {
    const one = this.#control(event);
    if (!one || event.ctrlKey || event.metaKey) return false;
    if (this.#state !== "running" && !(this.#state === "ready" && event.key.length > 1)) return false;
    if (!event.repeat) this.#hold(one, true);
    return true;
  }

  key(event) {
    if (event.key === " ") this.toggle();
    else if (event.key === "Enter") this.#send();
    else if (event.key === "Backspace") this.again();
    else return false;
    return true;
  }

  #hold(one, on) {
    if (on) this.#held.add(one);
    else this.#held.delete(one);
    one.button.setAttribute("aria-pressed", String(on));
    if (on && this.#state === "ready") this.#run();
  }

  /** The action of what is held now. */
  #action() {
    const held = [...this.#held].map((one) => one.answer.action);
    if (!held.length) return this.play.rest ?? this.lastAction;
    if (!Array.isArray(held[0])) return held.at(-1);
    return held.reduce((sum, one) => sum.map((value, i) => value + one[i]));
  }

  // -------------------------------------------------------------- time

  async #begin() {
    this.#set("loading", t("The episode is being prepared …"));
    try {
      const told = await write("play", { query: this.question.query, actions: this.runs });
      this.painter = new Painter(this.canvas, told.scene);
      this.base = told.steps; // the moment of the painter's first frame
      this.steps = told.steps;
      this.#shown = told.steps;
      this.#draw();
      if (told.over) this.#over();
      else this.#set("ready", this.steps ? t("Go on, or send what you played.") : t("Hold one of these, or press Play, to begin."));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#set("lost", `${error.message}. ${t("Press Play to try again.")}`);
    }
  }

  async toggle() {
    if (this.#state === "running") this.pause();
    else if (this.#state === "lost") {
      await this.#begin();
      if (this.#state === "ready") this.#run();
    } else if (this.#state === "ready") this.#run();
  }

  #run() {
    this.#set("running", t("Playing."));
    this.#last = performance.now();
    this.#due = 1;
    this.#timers = [setInterval(() => this.#tick(), TICK)];
    const draw = () => {
      if (this.#state !== "running") return;
      this.#draw();
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  async pause() {
    if (this.#state !== "running") return;
    this.#stopTimers();
    await this.#settled();
    if (this.#state !== "running") return; // over, or lost, with that step
    this.#keep();
    this.#set("ready", t("Paused. Go on, or send what you played."));
  }

  again() {
    this.#stopTimers();
    this.runs = [];
    this.steps = 0;
    this.#keep();
    this.#begin();
  }

  /** When no step is under way: what was asked for belongs to what was played. */
  async #settled() {
    while (this.#asking) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  #stopTimers() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    for (const one of this.#held) this.#hold(one, false);
    this.#keep();
  }

  #tick() {
    if (this.#state !== "running") return;
    const now = performance.now();
    const rate = this.play.fps * this.speed;
    const passed = ((now - this.#last) / 1000) * rate;
    this.#last = now;
    this.#due = Math.min(this.#due + passed, Math.max(2, rate * BEHIND));
    this.#shown = Math.min(this.#shown + passed, this.steps);
    // Whoever was slow may owe more than is left.
    const steps = Math.min(Math.floor(this.#due), this.play.steps - this.steps, MOST);
    if (steps < 1 || this.#asking) return;
    this.#due -= steps;
    this.#step(steps);
  }

  async #step(steps) {
    this.#asking = true;
    const action = this.#action();
    this.lastAction = action;
    const of = this.runs;
    try {
      const told = await write("play/steps", { query: this.question.query, at: this.steps, actions: [[action, steps]] });
      if (of !== this.runs) return; // begun anew meanwhile
      const taken = told.steps - this.steps;
      if (taken) {
        if (same(this.runs.at(-1)?.[0], action)) this.runs.at(-1)[1] += taken;
        else this.runs.push([action, taken]);
        this.painter.extend(told.frames);
      }
      this.steps = told.steps;
      this.progress.value = told.steps;
      if (told.over) this.#over();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (of !== this.runs) return;
      this.#stopTimers();
      this.#set("lost", t("The server was lost; nothing of what you played is. Press Play to go on."));
    } finally {
      this.#asking = false;
    }
  }

  #draw() {
    this.painter.draw((this.#shown - this.base) / this.play.fps);
    this.progress.value = this.steps;
  }

  #over() {
    this.#stopTimers();
    this.#shown = this.steps;
    this.#draw();
    this.#set("over", t("The episode is over after {n} steps. Send it, or play it again.", { n: this.steps }));
  }

  // -------------------------------------------------------------- what is said and sent

  #set(state, words) {
    const aloud = state !== "running";
    this.#state = state;
    this.said.textContent = words;
    this.go.querySelector(".words").textContent = state === "running" ? t("Pause") : this.steps ? t("Go on") : t("Play");
    this.go.disabled = state === "over" || state === "loading";
    this.send.disabled = this.steps === 0;
    if (state === "running") this.send.disabled = false;
    if (aloud) announce(words);
  }

  #keep() {
    const name = draftOf(this.question);
    storage((kept) => (this.runs.length && !this.sent ? kept.setItem(name, JSON.stringify(this.runs)) : kept.removeItem(name)));
  }

  async #send() {
    if (this.#state === "running") await this.pause();
    await this.#settled();
    if (!this.steps) return this.#set(this.#state, t("Nothing is played yet."));
    this.sent = true;
    this.#keep();
    return this.submit({ actions: this.runs }, t("{n} steps played", { n: this.steps }));
  }
}
