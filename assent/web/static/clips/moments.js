// Moments: a strip of key frames under a clip, at even times; pressed, the clips go there.
// They stand still: drawn once, one in each frame of the screen so that nothing waits for them,
// and again only when their size or the colours change.

import { make } from "../elements.js";
import { t } from "../words.js";

const WIDE = 64; // pixels that one frame takes at least, on a narrow card less
const NARROW = 44;
const FEWEST = 4;
const MOST = 8;

export class Moments {
  #size = "";
  #current = -1;
  #request = 0;

  /** painter: of the clip, with its duration and paint(seconds, canvas); name: what it is called; seek(seconds): goes to a moment. */
  constructor(painter, name, seek) {
    this.painter = painter;
    this.seek = seek;
    this.buttons = [];
    this.strip = make("div", { class: "moments", role: "group", "aria-label": t("moments of {name}", { name }) });
  }

  /** Draws what has to be drawn anew; called when sizes or colours may have changed. */
  lay() {
    const { clientWidth: width, clientHeight: height } = this.strip;
    const size = `${width} ${height} ${devicePixelRatio} ${getComputedStyle(this.strip).color}`;
    if (!width || !height || !this.painter.duration || size === this.#size) return;
    this.#size = size;
    const count = Math.min(MOST, Math.max(FEWEST, Math.floor(width / (width < 300 ? NARROW : WIDE))));
    if (count !== this.buttons.length) this.#fill(count);
    this.stop();
    this.#draw(0);
  }

  stop() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }

  #draw(i) {
    const request = requestAnimationFrame(async () => {
      await this.painter.paint(this.#time(i), this.buttons[i].lastChild);
      if (request === this.#request && i + 1 < this.buttons.length) this.#draw(i + 1);
    });
    this.#request = request;
  }

  /** Marks the frame that is nearest to the moment. */
  mark(seconds) {
    const last = this.buttons.length - 1;
    if (last < 0) return;
    // The first frame of the screen may be a little older than the clock's start.
    const share = Math.max(0, seconds) / (this.painter.duration || 1);
    const nearest = Math.min(last, Math.round(share * last));
    if (nearest === this.#current) return;
    this.buttons[this.#current]?.removeAttribute("aria-current");
    this.buttons[nearest].setAttribute("aria-current", "true");
    this.#current = nearest;
  }

  #time(i) {
    return (i / (this.buttons.length - 1)) * this.painter.duration;
  }

  /** Keys have the frame step, so that Tab need not go through every frame. */
  #fill(count) {
    this.#current = -1;
    this.buttons = Array.from({ length: count }, () => make("button", { type: "button", tabindex: "-1" }));
    this.buttons.forEach((button, i) => {
      button.append(
        make("span", { class: "unseen" }, t("go to {n} s", { n: this.#time(i).toFixed(2) })), make("canvas", { "aria-hidden": "true" }));
      button.addEventListener("click", () => this.seek(this.#time(i)));
    });
    this.strip.replaceChildren(...this.buttons);
  }
}
