// How long a person read and how long they decided, on the monotonic clock, while they could see it.
// read: until everything had been in view (text) or played once (clips); decide: from then on.

const IDLE_AFTER = 60_000; // without a key, a touch or a scroll, nobody is taken to be there

export class Stopwatch {
  #shown = performance.now();
  #last = this.#shown;
  #touched = this.#shown;
  #read = 0;
  #decide = 0;
  #hidden = 0;
  #idle = 0;
  #blurs = 0;
  #full = false;
  #ears = new AbortController();
  replays = 0;

  constructor() {
    const signal = this.#ears.signal;
    const tick = () => this.#tick();
    document.addEventListener("visibilitychange", () => this.#away(document.hidden), { signal });
    addEventListener("blur", () => this.#away(true), { signal });
    addEventListener("focus", tick, { signal });
    for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "scroll"]) {
      addEventListener(kind, () => this.#touch(), { signal, passive: true, capture: true });
    }
    this.present = !document.hidden;
  }

  /** Everything has now been seen; what follows is deciding. */
  fullyShown() {
    this.#tick();
    this.#full = true;
  }

  /** Milliseconds by name; ends the measurement. */
  stop() {
    this.#tick();
    this.#ears.abort();
    return {
      read: Math.round(this.#read),
      decide: Math.round(this.#decide),
      hidden: Math.round(this.#hidden),
      idle: Math.round(this.#idle),
      total: Math.round(performance.now() - this.#shown),
      blurs: this.#blurs,
      replays: this.replays,
    };
  }

  #touch() {
    this.#tick();
    this.#touched = performance.now();
  }

  #away(gone) {
    this.#tick();
    if (gone) this.#blurs += 1;
  }

  #tick() {
    const now = performance.now();
    const spent = now - this.#last;
    const idle = Math.min(spent, Math.max(0, now - this.#touched - IDLE_AFTER));
    // A panel over the question: nobody reads or decides behind it. Keys and clicks that open or
    // close one are seen here before they do so.
    if (!this.present || document.querySelector("dialog[open]")) this.#hidden += spent;
    else if (this.#full) this.#decide += spent - idle;
    else this.#read += spent - idle;
    if (this.present) this.#idle += idle;
    this.#last = now;
    this.present = !document.hidden;
  }
}

/**
 * Tells which of some elements can be seen: on the screen, and not under the dock. seen(element,
 * yes) is called at first and at each change; share: how much of it must be there. What comes back
 * ends it.
 */
export function watchSight(elements, share, seen) {
  const dock = document.querySelector(".dock");
  let watcher = null;
  const watch = () => {
    watcher?.disconnect();
    const margin = `0px 0px -${dock?.offsetHeight ?? 0}px 0px`;
    watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting, intersectionRatio } of entries) seen(target, isIntersecting && intersectionRatio >= share);
    }, { rootMargin: margin, threshold: [0, share] });
    for (const element of elements) watcher.observe(element);
  };
  watch();
  // The dock grows and shrinks with what it asks.
  const sizes = new ResizeObserver(watch);
  if (dock) sizes.observe(dock);
  return () => {
    sizes.disconnect();
    watcher.disconnect();
  };
}

/** Calls `done` when the end of every element has been seen. */
export function whenSeen(elements, done) {
  const left = new Set(elements);
  const end = watchSight(elements, 0, (element, yes) => {
    if (!yes || !left.delete(element) || left.size) return;
    end();
    done();
  });
  return end;
}
