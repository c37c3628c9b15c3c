// Signal lanes: one small line per signal under a clip, with a marker that follows the clock.

import { t } from "../words.js";

const WORDS = 15; // pixels of a lane that its name takes, above its line
const FOOT = 4; // pixels left free below a line

/** A number with two digits that count, never with an exponent. */
const short = (value) => value.toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 2, useGrouping: false });

/** Least and greatest of a lane, over all clips of the question, so that lanes can be compared. */
export function ranges(scenes) {
  const found = {};
  for (const scene of scenes) {
    for (const [name, values] of Object.entries(scene.signals ?? {})) {
      const [low, high] = found[name] ?? [Infinity, -Infinity];
      found[name] = [Math.min(low, ...values), Math.max(high, ...values)];
    }
  }
  return found;
}

/** Half a turn in the unit of a signal, for angles that go on at the other end; else no bound. */
function halfTurn(name) {
  if (!/\bangle\b/.test(name)) return Infinity;
  return /\(deg\)/.test(name) ? 180 : /\(rad\)/.test(name) ? Math.PI : Infinity;
}

/** As much of a lane's name and range as there is room for. */
function words(pen, name, [low, high], room) {
  const all = `${name}  ${short(low)} … ${short(high)}`;
  const bare = name.replace(/ \([^)]*\)$/, "");
  return [all, `${bare}  ${short(low)} … ${short(high)}`, name, bare].find((text) => pen.measureText(text).width <= room) ?? bare;
}

export class Lanes {
  #drawn = null;

  /** canvas: where to draw; signals: {name: numbers}; limits: from `ranges`. */
  constructor(canvas, signals, limits, fps) {
    this.canvas = canvas;
    this.signals = Object.entries(signals);
    this.limits = limits;
    this.fps = fps;
    canvas.style.height = `calc(${this.signals.length} * var(--lane, 34px))`;
  }

  draw(seconds) {
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width || !height) return;
    const size = `${width} ${height} ${ratio} ${getComputedStyle(canvas).color}`;
    if (this.#drawn?.size !== size) this.#drawn = { size, picture: this.#lines(width, height, ratio) };
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.drawImage(this.#drawn.picture, 0, 0);
    pen.scale(ratio, ratio);
    pen.strokeStyle = getComputedStyle(canvas).color;
    const frames = Math.max(1, ...this.signals.map(([, values]) => values.length)) - 1;
    const x = frames ? Math.min(1, (seconds * this.fps) / frames) * width : 0;
    pen.beginPath();
    pen.moveTo(x, 0);
    pen.lineTo(x, height);
    pen.stroke();
  }

  /** The lines themselves never change: drawn once, then copied. */
  #lines(width, height, ratio) {
    const picture = document.createElement("canvas");
    picture.width = Math.round(width * ratio);
    picture.height = Math.round(height * ratio);
    const pen = picture.getContext("2d");
    const style = getComputedStyle(this.canvas);
    pen.scale(ratio, ratio);
    pen.font = `11px ${style.fontFamily}`;
    const each = height / this.signals.length;
    this.signals.forEach(([name, values], lane) => {
      const [low, high] = this.limits[name];
      const top = lane * each;
      const y = (value) => top + each - FOOT - ((value - low) / (high - low || 1)) * (each - WORDS - FOOT);
      if (low < 0 && high > 0) {
        // Where the sign changes: forward and back, left and right.
        pen.strokeStyle = style.getPropertyValue("--line");
        pen.lineWidth = 1;
        pen.beginPath();
        pen.moveTo(0, y(0));
        pen.lineTo(width, y(0));
        pen.stroke();
      }
      pen.strokeStyle = style.getPropertyValue("--accent");
      pen.lineWidth = 1.5;
      this.#line(pen, values, halfTurn(name), width, y);
      pen.fillStyle = style.color;
      pen.fillText(words(pen, t(name), this.limits[name], width - 8), 4, top + 11);
    });
    return picture;
  }

  /** One signal's line; it breaks where an angle goes on at the other end. */
  #line(pen, values, bound, width, y) {
    pen.beginPath();
    values.forEach((value, index) => {
      const x = (index / Math.max(1, values.length - 1)) * width;
      if (index && Math.abs(value - values[index - 1]) <= bound) pen.lineTo(x, y(value));
      else pen.moveTo(x, y(value));
    });
    pen.stroke();
  }
}
