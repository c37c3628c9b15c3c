// The questions that are already here: the next three, with their scenes, held by a heartbeat.

import { read, readForever, Refusal, write } from "./api.js";

const AHEAD = 3; // questions kept ready behind the one that is shown
const SCENES_KEPT = 60; // the oldest leave memory first

export class Queue {
  #ready = [];
  #scenes = new Map();
  #held = new Map(); // slot -> lease token of everything here, the shown question too
  #answered = new Set(); // queries that were answered on this page
  #filling = null;
  progress = null;
  problem = "";
  practise = false;

  /** outbox: its waiting answers must not be asked again. */
  constructor(outbox) {
    this.outbox = outbox;
  }

  get length() {
    return this.#ready.length;
  }

  /** The next question with its scenes, or null when none is here. */
  take() {
    return this.#ready.shift() ?? null;
  }

  /** Puts a question at the head: after an undo, or when another was shown in its stead. */
  putFirst(question) {
    this.#answered.delete(question.query);
    this.#ready = this.#ready.filter((one) => one.query !== question.query);
    this.#ready.unshift(question);
    this.#held.set(question.slot, question.lease_token);
  }

  answered(question) {
    this.#answered.add(question.query);
    this.#held.delete(question.slot);
  }

  /** Fetches what is missing; one request at a time. True when a question arrived. */
  fill(shown) {
    this.#filling ??= this.#fetch(shown).finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #fetch(shown) {
    if (this.#ready.length >= AHEAD) return false;
    const unsent = (await this.outbox.waiting()).filter((entry) => entry.type !== "flag").map((entry) => entry.body.query ?? entry.query);
    let answer;
    try {
      answer = await read(`next?limit=${Math.min(16, AHEAD + 1 + unsent.length)}`);
      this.problem = "";
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem = error.status === 403 ? "signed out" : error.message;
      return false;
    }
    this.progress = answer.progress;
    this.practise = answer.practise;
    this.leaseSeconds = answer.lease_seconds;
    let arrived = false;
    for (const question of answer.questions) {
      const known = this.#answered.has(question.query) || unsent.includes(question.query) ||
        shown()?.query === question.query || this.#ready.some((one) => one.query === question.query);
      if (known) continue;
      if (!(await this.#make(question))) break;
      arrived = true;
    }
    return arrived;
  }

  /** A question with its scenes, made ready; false where they did not come: it will be told again. */
  async #make(question) {
    this.#held.set(question.slot, question.lease_token);
    try {
      this.#ready.push(await this.dress(question));
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
    return { ...question, options };
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
    const leases = [...this.#held].map(([slot, lease_token]) => ({ slot, lease_token }));
    try {
      const { lost } = await write("heartbeat", { leases });
      for (const slot of lost) this.#held.delete(slot);
      // The question on the screen stays: whatever is answered is kept, if need be as late.
      this.#ready = this.#ready.filter((one) => !lost.includes(one.slot) || one === shown());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
