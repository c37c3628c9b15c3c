// Clips that were filmed: a video that follows the clock, and stills of it.

import { base } from "../api.js";

const DRIFT = 0.08; // seconds between a video and the clock before it is sought

function load(element, scene) {
  element.src = `${base}/api/media/${scene.hash}`;
  element.muted = true;
  element.playsInline = true;
  element.preload = "auto";
}

const heard = (video, ...events) => new Promise((resolve) => {
  for (const event of [...events, "error"]) video.addEventListener(event, resolve, { once: true });
});

/** Once there is something to show and its length is known, or nothing will come. */
export async function ready(video) {
  if (video.readyState < 2) await heard(video, "loadeddata");
  if (video.duration !== Infinity) return;
  // What was recorded by a browser does not say how long it is; whoever goes to its end knows.
  const known = heard(video, "durationchange");
  video.currentTime = Number.MAX_SAFE_INTEGER;
  await known;
  video.currentTime = 0;
}

/** Follows the clock by its own playback, corrected when it drifts. */
export class Video {
  #still = null; // a second video, sought from one still to the next

  constructor(element, scene) {
    this.element = element;
    this.scene = scene;
    this.fps = scene.fps;
    load(element, scene);
  }

  get duration() {
    return this.element.duration || 0;
  }

  /** Within the last frame, beyond which there is nothing to seek. */
  #within(seconds) {
    return Math.min(seconds, Math.max(0, this.duration - 0.5 / this.fps));
  }

  draw(seconds, playing, speed) {
    const { element } = this;
    const wanted = this.#within(seconds);
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

  /** A still on a canvas, as large as fits. */
  async paint(seconds, canvas) {
    if (!this.#still) {
      this.#still = document.createElement("video");
      load(this.#still, this.scene);
    }
    const still = this.#still;
    await ready(still);
    const sought = heard(still, "seeked");
    still.currentTime = this.#within(seconds);
    await sought;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const { videoWidth: width, videoHeight: height } = still;
    if (!width) return;
    [canvas.width, canvas.height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio];
    const scale = Math.min(canvas.width / width, canvas.height / height);
    const [wide, high] = [width * scale, height * scale];
    canvas.getContext("2d").drawImage(still, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
  }
}
