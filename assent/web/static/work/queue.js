// The questions that are already here: the next three, with their scenes, held by a heartbeat.

import { read, readForever, Refusal, write } from "../api.js";

const AHEAD = 3; // questions kept ready behind the one that is shown
const MOST_HELD = 32; // leases in one heartbeat, as the server takes them
const SCENES_KEPT = 60; // the oldest leave memory first
const PATIENCE = 4000; // milliseconds, then the page goes on without

export class Queue {
  #ready = [];
  #scenes = new Map();
  #held = new Map(); // slot -> lease token of everything here, the shown question too
  #answered = new Set(); // queries that were answered on this page
  #refused = new Map(); // query -> what was given, and the server did not take
  #filling = null;
  #asking = false; // what comes next
  #kept; // gives the questions that were here before the page was opened; null once it did, or need not
  progress = null;
  problem = "";
  practise = false;
  unread = 0; // messages of the owner

  /** outbox: its waiting answers must not be asked again. kept(): questions from before. */
  constructor(outbox, kept) {
    this.outbox = outbox;
    this.#kept = kept;
  }

  get ready() {
    return this.#ready;
  }

  /** The next question with its scenes, or null when none is here. */
  take() {
    return this.#ready.shift() ?? null;
  }

  /** Puts a question at the head: to be answered again, or when another was shown in its stead. */
  putFirst(question) {
    this.#answered.delete(question.query);
    this.#ready = this.#ready.filter((one) => one.query !== question.query);
    this.#ready.unshift(question);
    // What is only to be changed is not held: it is answered already.
    if (question.slot) this.hold(question);
  }

  /** Says under which lease a question is held; after an undo it is another than before. */
  hold({ slot, lease_token }) {
    this.#held.set(slot, lease_token);
  }

  /** The server did not take an answer: its question comes again, with what was given. */
  again({ query, answer, note }) {
    this.#answered.delete(query);
    this.#refused.set(query, { previous: answer, note });
  }

  answered(question) {
    this.#refused.delete(question.query);
    this.#answered.add(question.query);
    this.#held.delete(question.slot);
  }

  /** Fetches what is missing; one request at a time. */
  fill(shown) {
    this.#filling ??= this.#fetch(shown).finally(() => (this.#filling = null));
    // A network that hangs is one that is not there.
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE))
      .then(() => (this.#asking ? this.#without(shown, "late") : this.#filling));
    return Promise.race([this.#filling, late]);
  }

  /** Goes on with the questions that were kept, but for those whose answers wait to be sent. */
  async #without(shown, problem) {
    this.problem = problem;
    const kept = this.#kept ?? (() => []);
    this.#kept = null;
    const entries = await this.outbox.waiting();
    for (const question of await kept()) {
      // What was taken back last is to be answered again.
      const last = entries.findLast((entry) => entry.type !== "flag" && (entry.body.query ?? entry.query) === question.query);
      if (last?.type !== "answer") await this.#make(question, shown);
    }
  }

  async #fetch(shown) {
    if (this.#ready.length >= AHEAD && !this.problem) return;
    const unsent = (await this.outbox.waiting()).filter((entry) => entry.type !== "flag").map((entry) => entry.body.query ?? entry.query);
    let answer;
    try {
      this.#asking = true;
      answer = await read(`next?limit=${Math.min(16, AHEAD + 1 + unsent.length)}`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#asking = false;
      // Whoever is not let in gets nothing, neither of what was kept.
      if (error.code) this.#kept = null;
      await this.#without(shown, error.problem);
      return;
    }
    this.#asking = false;
    this.#kept = null;
    this.problem = "";
    this.progress = answer.progress;
    this.practise = answer.practise;
    this.unread = answer.unread;
    this.leaseSeconds = answer.lease_seconds;
    for (const question of answer.questions) {
      if (unsent.includes(question.query) || this.#answered.has(question.query)) continue;
      const here = this.#here(question, shown);
      // Held anew, where the lease was over before the network came back.
      if (here?.slot) this.hold(Object.assign(here, { slot: question.slot, lease_token: question.lease_token }));
      if (here) continue;
      if (!(await this.#make(question, shown))) break;
    }
  }

  /** The question as it is here already, if it is. */
  #here({ query }, shown) {
    return [shown(), ...this.#ready].find((one) => one?.query === query);
  }

  /** A question with its scenes, made ready; false where they did not come: it will be told again. */
  async #make(question, shown) {
    this.hold(question);
    try {
      const dressed = await this.dress(question);
      if (!this.#here(question, shown)) this.#ready.push(dressed);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#held.delete(question.slot);
      this.problem = error.message;
      return false;
    }
  }

  /** The question with the scenes of its options. */
  async dress(question) {
    const options = await Promise.all(
      question.options.map(async (option) => ({ ...option, show: await this.#scene(option.scene) })),
    );
    return { ...question, ...this.#refused.get(question.query), options };
  }

  #scene(hash) {
    if (!this.#scenes.has(hash)) {
      const coming = readForever(`scenes/${hash}`);
      coming.catch(() => this.#scenes.delete(hash));
      this.#scenes.set(hash, coming);
      if (this.#scenes.size > SCENES_KEPT) this.#scenes.delete(this.#scenes.keys().next().value);
    }
    return this.#scenes.get(hash);
  }

  /** Tells the server that somebody is still at these questions; drops those that were lost. */
  async beat(shown) {
    if (!this.#held.size) return;
    const leases = [...this.#held].slice(-MOST_HELD).map(([slot, lease_token]) => ({ slot, lease_token }));
    try {
      const { lost } = await write("heartbeat", { leases });
      for (const slot of lost) this.#held.delete(slot);
      // The question on the screen stays, and what was taken back: an answer is kept, if need be as late.
      this.#ready = this.#ready.filter((one) => !lost.includes(one.slot) || one.undone || one === shown());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
