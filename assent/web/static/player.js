// Plays the clips of one question: painters or videos on one clock, a bar of controls, signal lanes.

import { base, readForever } from "./api.js";
import { Clock } from "./clock.js";
import { keycap, make } from "./elements.js";
import { Lanes, ranges } from "./lanes.js";
import { Painter } from "./painter.js";
import { t } from "./words.js";

const SPEEDS = [0.25, 0.5, 1, 2];
const DRIFT = 0.08; // seconds between a video and the clock before it is sought

/** A video that follows the clock: by its own playback, corrected when it drifts. */
class Video {
  constructor(element, scene) {
    this.element = element;
    this.fps = scene.fps;
    element.src = `${base}/api/media/${scene.hash}`;
    element.muted = true;
    element.playsInline = true;
    element.preload = "auto";
  }
  get duration() {
    return this.element.duration || 0;
  }
  draw(seconds, playing, speed) {
    const { element } = this;
    const wanted = Math.min(seconds, Math.max(0, this.duration - 0.5 / this.fps));
    element.playbackRate = speed;
    const drift = Math.abs(element.currentTime - wanted);
    if (!playing) {
      if (!element.paused) element.pause();
      if (drift > 0.25 / this.fps) element.currentTime = wanted;
      return;
    }
    if (drift > DRIFT && !element.seeking) element.currentTime = wanted;
    if (element.paused && wanted === seconds) element.play().catch(() => {});
  }
}

function ready(video) {
  if (video.readyState >= 2) return Promise.resolve();
  return new Promise((resolve) => {
    video.addEventListener("loadeddata", resolve, { once: true });
    video.addEventListener("error", resolve, { once: true });
  });
}

/** The stage of one clip: a canvas or a video, and the canvas of its lanes. */
function stage(scene, label, limits) {
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
  let lanes = null;
  if (Object.keys(scene.signals ?? {}).length) {
    const canvas = make("canvas", { class: "lanes", role: "img", "aria-label": t("signals of {label}", { label }) });
    frame.append(canvas);
    lanes = new Lanes(canvas, scene.signals, limits, scene.fps);
  }
  return { frame, picture, lanes };
}

/** Proportions of a stage: those of the view, within what a screen can bear. */
function shape([wide, high]) {
  return String(Math.min(2.2, Math.max(0.9, wide / high)));
}

export class Player {
  /** scenes in shown order; labels: their names; onplayed: all ran once to the end. */
  constructor(scenes, labels, onplayed = () => {}) {
    const limits = ranges(scenes);
    this.stages = scenes.map((scene, index) => stage(scene, t("clip {label}", { label: labels[index] }), limits));
    this.fps = Math.max(...scenes.map((scene) => scene.fps));
    this.clock = new Clock(0, this.fps, (seconds, playing) => this.#draw(seconds, playing));
    this.onplayed = onplayed;
    this.bar = null;
    this.watcher = new ResizeObserver(() => this.clock.paint());
    for (const one of this.stages) this.watcher.observe(one.frame);
  }

  get frames() {
    return this.stages.map((one) => one.frame);
  }

  /** Waits for videos, then starts (unless motion is unwanted). */
  async start() {
    const videos = this.stages.map((one) => one.picture.element).filter(Boolean);
    await Promise.all(videos.map(ready));
    if (this.stopped) return;
    const duration = Math.max(...this.stages.map((one) => one.picture.duration));
    const { loop, speed } = this.clock;
    this.clock = new Clock(duration, this.fps, (seconds, playing) => this.#draw(seconds, playing));
    Object.assign(this.clock, { loop, speed });
    this.clock.ended = () => this.#ended();
    if (this.bar) this.bar.scrub.max = String(duration);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.clock.paint();
    else this.clock.play();
  }

  stop() {
    this.stopped = true;
    this.clock.stop();
    this.watcher.disconnect();
  }

  #ended() {
    if (this.clock.cycles === 1) this.onplayed();
    this.#show();
  }

  #draw(seconds, playing) {
    for (const { picture, lanes } of this.stages) {
      picture.draw(seconds, playing, this.clock.speed);
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

/** Clips that stand in an owner's page: each with its own little bar, playing while it is in sight. */
export async function fillClips(root) {
  for (const holder of root.querySelectorAll("[data-scene]:not([data-filled])")) {
    holder.dataset.filled = "yes";
    const scene = await readForever(`scenes/${holder.dataset.scene}`);
    if (scene.type === "text") continue;
    const player = new Player([scene], [holder.dataset.label ?? ""]);
    holder.append(...player.frames, player.controls());
    await player.start();
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
