// Breaks: after a while of answering one is suggested, never forced.

import { keycap, make } from "../elements.js";
import { t } from "../words.js";

const MINUTE = 60_000;
const AFTER = 25 * MINUTE; // of work since the last break
const AWAY = 5 * MINUTE; // without an answer is a break, too

export class Breaks {
  #began = performance.now();
  #last = this.#began;
  #pause;
  resting = false;

  constructor(pause) {
    this.#pause = pause;
  }

  answered() {
    const now = performance.now();
    if (now - this.#last > AWAY) this.#began = now;
    this.#last = now;
  }

  begin() {
    this.resting = true;
  }

  rested() {
    this.resting = false;
    this.#began = this.#last = performance.now();
  }

  /** Between two questions: tell(words, button) where it is time. */
  suggest(tell) {
    const now = performance.now();
    if (now - this.#began < AFTER || now - this.#last > AWAY) return;
    const minutes = Math.round((now - this.#began) / MINUTE);
    this.#began = now; // Said once; the next time is as long again.
    const button = make("button", { type: "button", class: "quiet" }, t("Pause"), keycap("P"));
    button.addEventListener("click", this.#pause);
    tell(t("You have been at it for {minutes} minutes. A good moment for a break.", { minutes }), button);
  }
}
