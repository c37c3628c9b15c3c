// Signal lanes: one small line per signal under a clip, with a marker that follows the clock.

const HEIGHT = 34; // pixels of one lane

/** A number with two digits that count, never with an exponent. */
const short = (value) => String(Number(value.toPrecision(2)));

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

export class Lanes {
  #drawn = null;

  /** canvas: where to draw; signals: {name: numbers}; limits: from `ranges`. */
  constructor(canvas, signals, limits, fps) {
    this.canvas = canvas;
    this.signals = Object.entries(signals);
    this.limits = limits;
    this.fps = fps;
    canvas.style.height = `${HEIGHT * this.signals.length}px`;
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
    this.signals.forEach(([name, values], lane) => {
      const [low, high] = this.limits[name];
      const top = lane * HEIGHT;
      const y = (value) => top + HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 16);
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
      pen.beginPath();
      values.forEach((value, index) => {
        const x = (index / Math.max(1, values.length - 1)) * width;
        if (index) pen.lineTo(x, y(value));
        else pen.moveTo(x, y(value));
      });
      pen.stroke();
      pen.fillStyle = style.color;
      pen.fillText(`${name}  ${short(low)} to ${short(high)}`, 4, top + 10);
    });
    return picture;
  }
}
