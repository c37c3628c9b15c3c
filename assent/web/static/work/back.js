// Looking back: what was answered is taken back, or opened to be answered anew.

import { newKey, read, Refusal, write } from "../api.js";
import { unreachable } from "./history.js";
import { tell } from "../told.js";
import { t } from "../words.js";

export class Back {
  #past = []; // what was answered on this page, oldest first: { key, question, words, body }
  #work;

  /**
   * work: keep(entry) to be sent, waiting() to be, settled() when all is; dress(question) with its
   * scenes; bringBack(question, words) to the screen.
   */
  constructor(work) {
    this.#work = work;
  }

  get last() {
    return this.#past.at(-1);
  }

  /** Keeps what was answered; what is changed moves to the end. */
  remember(answered) {
    this.#past = this.#past.filter((one) => one.question.query !== answered.question.query);
    this.#past.push(answered);
  }

  async undo() {
    const last = this.#past.pop();
    if (!last) return this.#undoEarlier();
    const { keep, bringBack } = this.#work;
    const { question } = last;
    // Whatever was answered may already be on its way: what undoes it follows, in order.
    if (question.replaces) {
      const key = newKey();
      const { answer, note } = question.was;
      await keep({ type: "answer", key, body: { ...last.body, key, answer, note, timings: {} } });
      return bringBack({ ...question, previous: answer, note }, t("What you answered first counts again."));
    }
    await keep({ type: "undo", key: newKey(), of: last.key, query: question.query, body: {} });
    return bringBack({ ...question, undone: true }, t("Taken back: {words}", { words: last.words }));
  }

  /** Takes back what was answered before this page was loaded. */
  async #undoEarlier() {
    const { settled, waiting, dress, bringBack } = this.#work;
    await settled();
    // The last answer is not there yet, so what the server has is not the last.
    if ((await waiting()).length) return tell(t("Earlier answers can be taken back once those that wait are sent."));
    return this.#guarded(async () => {
      const [latest] = (await read("history?limit=1")).answers;
      if (!latest) return tell(t("There is nothing to undo."));
      const { question } = await write("undo", { feedback: latest.feedback, key: newKey() });
      const words = t("Taken back: {words}", { words: latest.words });
      if (!question) return tell(words);
      return bringBack({ ...(await dress(question)), previous: latest.answer, note: latest.note }, words);
    });
  }

  /** Opens an earlier answer to be given anew; until then it counts as it is. */
  change(entry) {
    const { dress, bringBack } = this.#work;
    return this.#guarded(async () => {
      const own = await read(`history/${encodeURIComponent(entry.feedback)}`);
      const was = { answer: own.answer, note: own.note };
      // What was given to change it before, and refused, comes before what it says.
      const question = { previous: own.answer, ...(await dress(own)), replaces: own.feedback, was };
      await bringBack(question, t("You answered: {words}", { words: own.words }));
    });
  }

  async #guarded(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell(unreachable(error));
    }
  }
}
