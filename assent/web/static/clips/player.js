// Plays the clips of one question: painters or videos on one clock, a bar of controls, signal lanes.

import { readForever } from "../api.js";
import { Clock } from "./clock.js";
import { keycap, make } from "../elements.js";
import { ready, Video } from "./film.js";
import { Lanes, ranges } from "./lanes.js";
import { Moments } from "./moments.js";
import { Painter } from "./painter.js";
import { watchSight } from "../timing.js";
import { t } from "../words.js";

const SPEEDS = [0.25, 0.5, 1, 2];
const SEEN = 0.75; // of a picture that must be in sight for somebody to see it

/** The stage of one clip: a canvas or a video, its key frames and the canvas of its lanes. */
function stage(scene, label, limits, seek) {
  const frame = make("div", { class: "stage" });
  let picture;
  if (scene.type === "video") {
    const video = make("video", { "aria-label": label });
    picture = new Video(video, scene);
    frame.append(video);
  } else {
    const canvas = make("canvas", { role: "img", "aria-label": label });
    canvas.style.aspectRatio = shape(scene.view.extent);
    picture = new Painter(canvas, scene);
    frame.append(canvas);
  }
  const moments = new Moments(picture, label, seek);
  frame.append(moments.strip);
  let lanes = null;
  if (Object.keys(scene.signals ?? {}).length) {
    const canvas = make("canvas", { class: "lanes", role: "img", "aria-label": t("signals of {label}", { label }) });
    frame.append(canvas);
    lanes = new Lanes(canvas, scene.signals, limits, scene.fps);
  }
  return { frame, picture, moments, lanes };
}

/** Proportions of a stage: those of the view, within what a screen can bear. */
function shape([wide, high]) {
  return String(Math.min(2.2, Math.max(0.9, wide / high)));
}

export class Player {
  /** scenes in shown order; labels: their names; onplayed: each ran once to the end in sight. */
  constructor(scenes, labels, onplayed = null) {
    const limits = ranges(scenes);
    this.stages = scenes.map((scene, index) =>
      stage(scene, t("clip {label}", { label: labels[index] }), limits, (seconds) => this.clock.seek(seconds)));
    this.fps = Math.max(...scenes.map((scene) => scene.fps));
    this.clock = new Clock(0, this.fps, (seconds, playing) => this.#draw(seconds, playing));
    this.onplayed = onplayed;
    this.unplayed = new Set(this.stages);
    this.hidden = new Set(); // stages that are out of sight now
    this.missed = new Set(); // those that were for some of this run
    this.bar = null;
    this.watcher = new ResizeObserver(() => this.#lay());
    this.ears = new AbortController();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#lay(), { signal: this.ears.signal });
    for (const one of this.stages) this.watcher.observe(one.frame);
  }

  get frames() {
    return this.stages.map((one) => one.frame);
  }

  /** Waits for videos, then starts (unless motion is unwanted, or `still`). */
  async start(still = false) {
    const videos = this.stages.map((one) => one.picture.element).filter(Boolean);
    await Promise.all(videos.map(ready));
    if (this.stopped) return;
    const duration = Math.max(...this.stages.map((one) => one.picture.duration));
    const { loop, speed } = this.clock;
    this.clock = new Clock(duration, this.fps, (seconds, playing) => this.#draw(seconds, playing));
    Object.assign(this.clock, { loop, speed });
    this.clock.ended = () => this.#ended();
    if (this.bar) this.bar.scrub.max = String(duration);
    this.#lay(); // what is filmed has a length only now
    if (this.onplayed) this.#watch();
    if (still || matchMedia("(prefers-reduced-motion: reduce)").matches) this.clock.paint();
    else this.clock.play();
  }

  stop() {
    this.stopped = true;
    this.clock.stop();
    this.watcher.disconnect();
    this.unwatch?.();
    for (const { moments } of this.stages) moments.stop();
    this.ears.abort();
  }

  /** Whether a clip can be seen: what plays under the dock or off the screen is not watched. */
  #watch() {
    const pictures = this.stages.map(({ frame }) => frame.firstElementChild);
    this.unwatch = watchSight(pictures, SEEN, (picture, yes) => {
      const one = this.stages[pictures.indexOf(picture)];
      if (yes) this.hidden.delete(one);
      else this.hidden.add(one);
    });
  }

  #ended() {
    for (const one of this.stages) if (!this.missed.has(one)) this.unplayed.delete(one);
    this.missed = new Set(this.hidden);
    if (!this.unplayed.size) {
      this.onplayed?.();
      this.onplayed = null; // once
    }
    this.#show();
  }

  #lay() {
    for (const { moments } of this.stages) moments.lay();
    this.clock.paint();
  }

  #draw(seconds, playing) {
    if (playing) for (const one of this.hidden) this.missed.add(one);
    for (const { picture, moments, lanes } of this.stages) {
      picture.draw(seconds, playing, this.clock.speed);
      moments.mark(seconds);
      lanes?.draw(seconds);
    }
    this.#show();
  }

  #show() {
    if (!this.bar) return;
    const { play, scrub, time, loop } = this.bar;
    const { position, duration, playing } = this.clock;
    scrub.value = String(position);
    const words = t("{now} of {all} s", { now: position.toFixed(2), all: duration.toFixed(2) });
    if (time.textContent !== words) time.textContent = words;
    if (!playing) scrub.setAttribute("aria-valuetext", words);
    const name = playing ? t("Pause") : t("Play");
    if (play.dataset.name !== name) {
      play.dataset.name = name;
      play.replaceChildren(make("span", { class: playing ? "icon pause" : "icon play" }), name, keycap(t("Space")));
    }
    loop.setAttribute("aria-pressed", String(this.clock.loop));
  }

  /** The bar under the clips. */
  controls() {
    const button = (label, key, act, extra = {}) => {
      const made = make("button", { type: "button", class: "quiet", ...extra }, label, keycap(key));
      made.addEventListener("click", act);
      return made;
    };
    const play = button(t("Play"), t("Space"), () => this.clock.toggle(), { class: "quiet play-button" });
    const back = button("‹", ",", () => this.clock.step(-1), { "aria-label": t("one frame back") });
    const next = button("›", ".", () => this.clock.step(1), { "aria-label": t("one frame on") });
    const loop = button(t("Loop"), "L", () => this.#toggleLoop());
    const time = make("span", { class: "time" });
    const scrub = make("input", { type: "range", min: 0, max: this.clock.duration, step: 0.001, "aria-label": t("time in the clips") });
    scrub.addEventListener("input", () => this.clock.seek(Number(scrub.value)));
    const speed = make("select", { "aria-label": t("speed") });
    for (const value of SPEEDS) speed.append(make("option", { value, selected: value === 1 }, `${value}×`));
    speed.addEventListener("change", () => {
      this.clock.speed = Number(speed.value);
      speed.blur();
    });
    this.bar = { play, scrub, time, loop };
    this.#show();
    return make("div", { class: "controls", role: "group", "aria-label": t("Clips") },
      play, back, next, scrub, time, speed, loop);
  }

  #toggleLoop() {
    this.clock.loop = !this.clock.loop;
    this.#show();
  }

  /** True when the key was for the player. */
  key(name) {
    if (name === " ") this.clock.toggle();
    else if (name === ",") this.clock.step(-1);
    else if (name === ".") this.clock.step(1);
    else if (name === "l") this.#toggleLoop();
    else return false;
    return true;
  }
}

/**
 * Clips that stand in an owner's page: each with its own little bar, playing while it is in sight,
 * or with `data-still` when it is told to.
 */
export async function fillClips(root) {
  for (const holder of root.querySelectorAll("[data-scene]:not([data-filled])")) {
    holder.dataset.filled = "yes";
    const scene = await readForever(`scenes/${holder.dataset.scene}`);
    if (scene.type === "text") continue;
    const player = new Player([scene], [holder.dataset.label ?? ""]);
    holder.append(...player.frames, player.controls());
    await player.start("still" in holder.dataset);
    restOutOfSight(player);
  }
}

/** What nobody sees rests; what somebody paused stays so. */
function restOutOfSight(player) {
  let resting = false;
  const watcher = new IntersectionObserver(([{ target, isIntersecting }]) => {
    if (!target.isConnected) {
      player.stop();
      watcher.disconnect();
    } else if (!isIntersecting && player.clock.playing) {
      resting = true;
      player.clock.pause();
    } else if (isIntersecting && resting) {
      resting = false;
      player.clock.play();
    }
  });
  watcher.observe(player.frames[0]);
}
