// One clock for all clips of a question: play, pause, loop, step, scrub, speed.

export class Clock {
  #duration;
  #fps;
  #draw;
  #position = 0;
  #playing = false;
  #before = 0;
  #request = 0;
  speed = 1;
  loop = true;
  /** How often the clips ran to their end. */
  cycles = 0;
  ended = () => {};

  /** duration in seconds of the longest clip; draw(seconds, playing) paints one moment. */
  constructor(duration, fps, draw) {
    this.#duration = duration;
    this.#fps = fps;
    this.#draw = draw;
  }

  get duration() {
    return this.#duration;
  }
  get position() {
    return this.#position;
  }
  get playing() {
    return this.#playing;
  }

  play() {
    if (this.#playing) return;
    if (this.#position >= this.#duration) this.#position = 0;
    this.#playing = true;
    this.#before = performance.now();
    this.#request = requestAnimationFrame((now) => this.#frame(now));
    this.paint();
  }

  pause() {
    this.#playing = false;
    cancelAnimationFrame(this.#request);
    this.paint();
  }

  toggle() {
    if (this.#playing) this.pause();
    else this.play();
  }

  /** One frame forward or back, on the grid of the recorded frames. */
  step(frames) {
    this.seek((Math.round(this.#position * this.#fps) + frames) / this.#fps);
  }

  seek(seconds) {
    this.#playing = false;
    cancelAnimationFrame(this.#request);
    this.#position = Math.min(this.#duration, Math.max(0, seconds));
    this.paint();
  }

  paint() {
    this.#draw(this.#position, this.#playing);
  }

  stop() {
    this.#playing = false;
    cancelAnimationFrame(this.#request);
  }

  #frame(now) {
    this.#position += ((now - this.#before) / 1000) * this.speed;
    this.#before = now;
    if (this.#position >= this.#duration) this.#end();
    this.paint();
    if (this.#playing) this.#request = requestAnimationFrame((next) => this.#frame(next));
  }

  #end() {
    this.cycles += 1;
    if (this.loop) {
      this.#position %= this.#duration || 1;
    } else {
      this.#position = this.#duration;
      this.#playing = false;
    }
    this.ended();
  }
}
