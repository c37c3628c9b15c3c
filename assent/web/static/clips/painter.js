// Draws one clip scene on a canvas: bodies as outlines, seen flat or from the side and above.
// The scene's format is described in assent/environments/scenes.py.

import { Camera, hull, place, rotation } from "./projection.js";
import { t } from "../words.js";

const NUMBERS = 7; // of one pose: x y z, quaternion w x y z
const ROUND = 14; // points of a circle's outline
const LINE = 2; // pixels of a drawn line
const WORDS = 80; // pixels of a picture's height below which nothing is written in it

const circle = (radius, z) =>
  Array.from({ length: ROUND }, (_, i) => {
    const angle = (2 * Math.PI * i) / ROUND;
    return [radius * Math.cos(angle), radius * Math.sin(angle), z];
  });

function boxCorners([x, y, z]) {
  const corners = [];
  for (const a of [-x, x]) for (const b of [-y, y]) for (const c of [-z, z]) corners.push([a, b, c]);
  return corners;
}

// Corners as numbered by boxCorners, seen from outside, and the side's normal.
const SIDES = [
  [[0, 1, 3, 2], [-1, 0, 0]],
  [[4, 5, 7, 6], [1, 0, 0]],
  [[0, 1, 5, 4], [0, -1, 0]],
  [[2, 3, 7, 6], [0, 1, 0]],
  [[0, 2, 6, 4], [0, 0, -1]],
  [[1, 3, 7, 5], [0, 0, 1]],
];

/** Corners of a drawn line, given as pairs in the plane of the picture. */
const corners = (pairs, plane) =>
  Array.from({ length: pairs.length / 2 }, (_, i) => {
    const [u, v] = [pairs[2 * i], pairs[2 * i + 1]];
    return plane === "xy" ? [u, v, 0] : [u, 0, v];
  });

/** Points of a body: the corners of a line, or those whose convex outline is what is seen of it. */
function outline({ shape, size }, plane) {
  switch (shape) {
    case "line":
    case "polygon":
      return corners(size, plane);
    case "cylinder":
      return [...circle(size[0], -size[1]), ...circle(size[0], size[1])];
    case "ellipsoid":
      return [-0.95, -0.6, 0, 0.6, 0.95].flatMap((h) =>
        circle(Math.sqrt(1 - h * h), h).map(([x, y, z]) => [x * size[0], y * size[1], z * size[2]]),
      );
    case "box":
      return boxCorners(size);
    default:
      return [];
  }
}

function decode(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

export class Painter {
  constructor(canvas, scene) {
    this.canvas = canvas;
    this.view = scene.view;
    this.fps = scene.fps;
    this.shapes = scene.shapes.map((one) => ({ ...one, points: outline(one, scene.view.plane) }));
    this.frames = decode(scene.frames);
    this.count = Math.floor(this.frames.length / NUMBERS / Math.max(1, this.shapes.length));
    this.endedAt = scene.ended_at ?? null;
    const { track } = this.view;
    this.start = track === null || track === undefined ? 0 : this.frames[track * NUMBERS];
  }

  get duration() {
    return Math.max(0, this.count - 1) / this.fps;
  }

  /** Goes on with a further clip, whose first frame is the last one here. */
  extend(text) {
    const more = decode(text).subarray(NUMBERS * this.shapes.length);
    const frames = new Float32Array(this.frames.length + more.length);
    frames.set(this.frames);
    frames.set(more, this.frames.length);
    this.frames = frames;
    this.count += Math.floor(more.length / NUMBERS / Math.max(1, this.shapes.length));
  }

  /** Paints the moment; a clip that has ended keeps its last frame. */
  draw(seconds) {
    this.paint(seconds, this.canvas);
  }

  /** The same on a canvas of somebody else's. */
  paint(seconds, canvas) {
    const pen = this.#pen(canvas);
    if (!pen || !this.count) return;
    const poses = this.#poses(Math.min(seconds * this.fps, this.count - 1));
    const camera = new Camera(this.view, this.width, this.height);
    camera.lookAt(this.#target(poses));
    this.#ground(pen, camera);
    const order = this.shapes.map((shape, i) => ({ shape, pose: poses[i], depth: camera.depth(poses[i].position), i }));
    if (!camera.flat) {
      order.sort((a, b) => b.depth - a.depth || a.i - b.i);
      if (this.view.ground !== null && this.view.ground !== undefined) {
        for (const one of order) this.#shadow(pen, camera, one);
      }
    }
    for (const one of order) this.#body(pen, camera, one.shape, one.pose);
    if (this.height > WORDS && this.endedAt !== null && seconds * this.fps >= this.endedAt) this.#ended(pen);
  }

  /** The episode was over before the clip was. */
  #ended(pen) {
    pen.font = `600 12px ${this.style.fontFamily}`;
    pen.fillStyle = this.style.color;
    pen.textAlign = "right";
    pen.fillText(t("ended"), this.width - 10, 20);
    pen.textAlign = "left";
  }

  #pen(canvas) {
    const ratio = Math.min(2, devicePixelRatio || 1);
    this.width = canvas.clientWidth;
    this.height = canvas.clientHeight;
    if (!this.width || !this.height) return null;
    const [wide, high] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    pen.lineJoin = "round";
    this.style = getComputedStyle(canvas);
    return pen;
  }

  /** Poses between two recorded frames: straight for places, the nearer way for turns. */
  #poses(at) {
    const before = Math.floor(at);
    const after = Math.min(before + 1, this.count - 1);
    const share = at - before;
    const width = this.shapes.length * NUMBERS;
    return this.shapes.map((_, i) => {
      const a = this.frames.subarray(before * width + i * NUMBERS, before * width + (i + 1) * NUMBERS);
      const b = this.frames.subarray(after * width + i * NUMBERS, after * width + (i + 1) * NUMBERS);
      const sign = a[3] * b[3] + a[4] * b[4] + a[5] * b[5] + a[6] * b[6] < 0 ? -1 : 1;
      const mixed = Array.from(a, (value, n) => value + share * ((n > 2 ? sign : 1) * b[n] - value));
      const turn = mixed.slice(3);
      const length = Math.hypot(...turn) || 1;
      return { position: mixed.slice(0, 3), matrix: rotation(turn.map((value) => value / length)) };
    });
  }

  /** The middle of the picture: it stands still, or follows a shape over the ground. */
  #target(poses) {
    const { track, centre, plane } = this.view;
    if (track === null || track === undefined) return centre;
    const [x, y] = poses[track].position;
    return plane === "xz" ? [x, centre[1], centre[2]] : [x, y, centre[2]];
  }

  /** The floor, with a mark at every metre: they stay where they are while the camera travels. */
  #ground(pen, camera) {
    const { ground, plane } = this.view;
    if (ground === null || ground === undefined) return;
    pen.strokeStyle = this.style.getPropertyValue("--clip-ground");
    pen.lineWidth = 1;
    pen.beginPath();
    const line = (a, b) => {
      pen.moveTo(...camera.project(a));
      pen.lineTo(...camera.project(b));
    };
    const [x, y] = camera.centre;
    const reach = Math.ceil(Math.hypot(this.width, this.height) / camera.scale);
    const step = Math.max(1, Math.round(reach / 40)); // a wide view would be all lines
    if (plane === "xz") {
      const level = camera.project([x, y, ground])[1];
      pen.fillStyle = this.style.getPropertyValue("--clip-earth");
      pen.fillRect(0, level, this.width, Math.max(0, this.height - level));
      line([x - reach, y, ground], [x + reach, y, ground]);
      const tick = 9 / camera.scale;
      // Metres from where the followed body was when the clip began: how far it came.
      pen.font = `11px ${this.style.fontFamily}`;
      pen.fillStyle = this.style.color;
      pen.textAlign = "center";
      for (let mark = Math.floor((x - this.start - reach) / step) * step; this.start + mark < x + reach; mark += step) {
        const at = this.start + mark;
        line([at, y, ground], [at, y, ground - tick]);
        if (this.height > WORDS) pen.fillText(`${mark} m`, camera.project([at, y, ground])[0], level + 22);
      }
    } else {
      for (let mark = Math.floor((x - reach) / step) * step; mark <= x + reach; mark += step) {
        line([mark, y - reach, ground], [mark, y + reach, ground]);
      }
      for (let mark = Math.floor((y - reach) / step) * step; mark <= y + reach; mark += step) {
        line([x - reach, mark, ground], [x + reach, mark, ground]);
      }
    }
    pen.stroke();
  }

  #shadow(pen, camera, { shape, pose }) {
    const radius = shape.shape === "capsule" || shape.shape === "sphere" ? shape.size[0] : 0;
    const spread = radius ? circle(radius, 0) : shape.points;
    const ends = shape.shape === "capsule" ? [-shape.size[1], shape.size[1]] : [0];
    const fallen = ends.flatMap((end) =>
      spread.map(([x, y, z]) => {
        const [px, py] = radius ? place(pose, [0, 0, end]) : place(pose, [x, y, z]);
        return camera.project([radius ? px + x : px, radius ? py + y : py, this.view.ground]);
      }),
    );
    if (fallen.length < 3) return;
    pen.fillStyle = this.style.getPropertyValue("--clip-shadow");
    this.#path(pen, hull(fallen));
    pen.fill();
  }

  #body(pen, camera, shape, pose) {
    const { scale } = camera;
    pen.fillStyle = this.style.getPropertyValue(`--clip-${shape.color}`);
    pen.strokeStyle = this.style.getPropertyValue("--clip-edge");
    pen.lineWidth = 1;
    const [size0, size1] = shape.size;
    switch (shape.shape) {
      case "sphere":
        pen.beginPath();
        pen.arc(...camera.project(pose.position), Math.max(1, size0 * scale), 0, 2 * Math.PI);
        pen.fill();
        pen.stroke();
        break;
      case "capsule":
        this.#rod(pen, camera.project(place(pose, [0, 0, -size1])), camera.project(place(pose, [0, 0, size1])), size0 * scale);
        break;
      case "line":
        this.#line(pen, camera, shape, pose);
        break;
      case "polygon":
        this.#path(pen, shape.points.map((point) => camera.project(place(pose, point))));
        pen.fill();
        pen.stroke();
        break;
      case "box":
        if (camera.flat) this.#hull(pen, camera, shape, pose);
        else this.#box(pen, camera, shape, pose);
        break;
      default:
        this.#hull(pen, camera, shape, pose);
    }
  }

  #path(pen, points) {
    pen.beginPath();
    points.forEach((point, i) => (i ? pen.lineTo(...point) : pen.moveTo(...point)));
    pen.closePath();
  }

  #hull(pen, camera, shape, pose) {
    this.#path(pen, hull(shape.points.map((point) => camera.project(place(pose, point)))));
    pen.fill();
    pen.stroke();
  }

  /** A thick line with round ends and an edge around it. */
  #rod(pen, from, to, radius) {
    pen.lineCap = "round";
    for (const [style, width] of [[pen.strokeStyle, 2 * radius + 1.5], [pen.fillStyle, Math.max(1, 2 * radius - 0.5)]]) {
      pen.strokeStyle = style;
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(to[0] + 0.01, to[1]);
      pen.stroke();
    }
  }

  #line(pen, camera, { points }, pose) {
    pen.strokeStyle = pen.fillStyle;
    pen.lineWidth = LINE;
    pen.lineCap = "round";
    pen.beginPath();
    points.forEach((point, i) => {
      const at = camera.project(place(pose, point));
      if (i) pen.lineTo(...at);
      else pen.moveTo(...at);
    });
    pen.stroke();
  }

  #box(pen, camera, shape, pose) {
    const corners = shape.points.map((point) => camera.project(place(pose, point)));
    const m = pose.matrix;
    const colour = pen.fillStyle;
    for (const [side, [x, y, z]] of SIDES) {
      const normal = [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
      if (camera.depth(normal) >= 0) continue; // it faces away
      this.#path(pen, side.map((corner) => corners[corner]));
      pen.fillStyle = colour;
      pen.fill();
      // Light falls from above: the sides are a little darker than the top.
      pen.fillStyle = `rgb(0 0 0 / ${(0.28 * (1 - Math.max(0, normal[2]))).toFixed(3)})`;
      pen.fill();
      pen.stroke();
    }
  }
}
