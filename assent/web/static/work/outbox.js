// Answers that the server has not acknowledged, kept in the browser's own database.
// An entry is written here before anything else happens and leaves only when the server said yes.

import { Refusal, write } from "../api.js";

const LONGEST_WAIT = 20_000; // milliseconds between two attempts
const PAUSED_WAIT = 4000; // milliseconds, for whoever is paused: it may end at any time
const NEVER = new Set([400, 404, 413, 422]); // the same request would be refused for ever

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The same few calls on memory, for a browser that refuses to keep anything. */
class Memory {
  #entries = new Map();
  #acks = new Map();
  #next = 1;
  durable = false;
  async add(entry) {
    this.#entries.set(this.#next, { ...entry, id: this.#next });
    return this.#next++;
  }
  async all() {
    return [...this.#entries.values()];
  }
  async remove(id) {
    this.#entries.delete(id);
  }
  async acknowledge(id, key, ack) {
    this.#entries.delete(id);
    this.#acks.set(key, ack);
  }
  async ack(key) {
    return this.#acks.get(key);
  }
}

class Disk {
  durable = true;
  constructor(database) {
    this.database = database;
  }
  static async open(name) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("entries", { keyPath: "id", autoIncrement: true });
      request.result.createObjectStore("acks");
    };
    return new Disk(await asked(request));
  }
  async #change(stores, work) {
    // "strict": the entry is on the disk before the next question is shown.
    const transaction = this.database.transaction(stores, "readwrite", { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work(transaction);
    await done;
    return result;
  }
  add(entry) {
    return this.#change(["entries"], (t) => asked(t.objectStore("entries").add(entry)));
  }
  all() {
    return asked(this.database.transaction("entries").objectStore("entries").getAll());
  }
  remove(id) {
    return this.#change(["entries"], (t) => asked(t.objectStore("entries").delete(id)));
  }
  acknowledge(id, key, ack) {
    return this.#change(["entries", "acks"], (t) => {
      t.objectStore("entries").delete(id);
      return asked(t.objectStore("acks").put(ack, key));
    });
  }
  ack(key) {
    return asked(this.database.transaction("acks").objectStore("acks").get(key));
  }
}

async function open(name) {
  try {
    return await Disk.open(name);
  } catch {
    return new Memory();
  }
}

/** Sends entries in the order they were made; `changed({waiting, problem, durable})` follows it. */
export class Outbox {
  #store;
  #changed;
  #problem = "";
  #running = false;
  #wake = () => {};

  constructor(store, changed) {
    this.#store = store;
    this.#changed = changed;
    addEventListener("online", () => this.#wake());
    addEventListener("visibilitychange", () => this.#wake());
  }

  static async open(name, changed) {
    const outbox = new Outbox(await open(name), changed);
    outbox.#drain();
    return outbox;
  }

  /** Keeps an entry {type: "answer" | "undo" | "flag", key, body} and starts sending. */
  async put(entry) {
    await this.#store.add(entry);
    this.#drain();
  }

  /** The entries that wait, oldest first. */
  waiting() {
    return this.#store.all();
  }

  /** Tries again at once: something else has reached the server. */
  wake() {
    this.#wake();
  }

  async #report() {
    const entries = await this.#store.all();
    this.#changed({
      waiting: entries.length,
      problem: this.#problem,
      durable: this.#store.durable,
    });
  }

  async #drain() {
    await this.#report();
    if (this.#running) return;
    this.#running = true;
    try {
      // One tab of a person sends; the others wait for the lock. Without locks a double is harmless: same key.
      const { base, person } = document.body.dataset;
      if (navigator.locks) await navigator.locks.request(`${base} outbox ${person}`, () => this.#sendAll());
      else await this.#sendAll();
    } finally {
      this.#running = false;
    }
    if ((await this.#store.all()).length) this.#drain();
  }

  async #sendAll() {
    let wait = 250;
    for (;;) {
      const [entry] = await this.#store.all();
      if (!entry) return;
      try {
        await this.#send(entry);
        this.#problem = "";
        wait = 250;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (NEVER.has(error.status)) {
          await this.#refused(entry, error);
        } else {
          this.#problem = error.problem;
          await this.#report();
          await this.#pause(wait * (0.75 + Math.random() / 2));
          wait = Math.min(wait * 2, error.code === "paused" ? PAUSED_WAIT : LONGEST_WAIT);
          continue;
        }
      }
      await this.#report();
    }
  }

  async #send(entry) {
    if (entry.type === "undo") {
      const made = entry.body.feedback ? { feedback: entry.body.feedback } : await this.#store.ack(entry.of);
      // The answer itself was refused: there is nothing to take back.
      if (!made?.feedback) return this.#store.remove(entry.id);
      const answer = await write("undo", { feedback: made.feedback, key: entry.key });
      const question = answer.question;
      const lease = question && { slot: question.slot, lease_token: question.lease_token };
      await this.#store.acknowledge(entry.id, `lease ${entry.query}`, lease);
      if (lease) dispatchEvent(new CustomEvent("held-again", { detail: lease }));
      return undefined;
    }
    if (entry.type === "flag") {
      await write("flags", entry.body);
      return this.#store.remove(entry.id);
    }
    // After an undo the question came back under a new lease; the answer was keyed in before we knew.
    const lease = entry.afterUndo ? await this.#store.ack(`lease ${entry.body.query}`) : null;
    const receipt = await write("answers", { ...entry.body, ...(lease ?? {}) });
    return this.#store.acknowledge(entry.id, entry.key, { feedback: receipt.feedback });
  }

  async #refused(entry, error) {
    this.#problem = `refused: ${error.message}`;
    await this.#store.acknowledge(entry.id, entry.key, { refused: error.message });
    dispatchEvent(new CustomEvent("entry-refused", { detail: { entry, error } }));
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
