// From the world's metres to the canvas: quaternions, a camera without perspective, outlines.

/** The rotation matrix (row by row) of a unit quaternion w, x, y, z. */
export function rotation([w, x, y, z]) {
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ];
}

/** A point of a body, in the world. */
export function place(pose, [x, y, z]) {
  const m = pose.matrix;
  const [px, py, pz] = pose.position;
  return [
    px + m[0] * x + m[1] * y + m[2] * z,
    py + m[3] * x + m[4] * y + m[5] * z,
    pz + m[6] * x + m[7] * y + m[8] * z,
  ];
}

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const AXES = {
  xz: { right: [1, 0, 0], up: [0, 0, 1], away: [0, 1, 0] },
  xy: { right: [1, 0, 0], up: [0, 1, 0], away: [0, 0, -1] },
};

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Seen from a side and from above. */
function oblique() {
  const [azimuth, elevation] = [radians(-60), radians(22.5)];
  const [ca, sa] = [Math.cos(azimuth), Math.sin(azimuth)];
  const [ce, se] = [Math.cos(elevation), Math.sin(elevation)];
  return {
    right: [-sa, ca, 0],
    up: [-se * ca, -se * sa, ce],
    away: [-ce * ca, -ce * sa, -se],
  };
}

export class Camera {
  /** view: of a scene; width and height: of the canvas in pixels. */
  constructor(view, width, height) {
    Object.assign(this, AXES[view.plane] ?? oblique());
    const [wide, high] = view.extent;
    this.flat = view.plane in AXES;
    this.scale = Math.min(width / wide, height / high);
    this.middle = [width / 2, height / 2];
    this.centre = [0, 0, 0];
  }
  lookAt(point) {
    this.centre = point;
  }
  /** Pixels of a point of the world. */
  project(point) {
    const from = [point[0] - this.centre[0], point[1] - this.centre[1], point[2] - this.centre[2]];
    return [
      this.middle[0] + dot(from, this.right) * this.scale,
      this.middle[1] - dot(from, this.up) * this.scale,
    ];
  }
  /** Metres away from the eye; greater is farther. */
  depth(point) {
    return dot(point, this.away);
  }
}

/** The smallest convex outline around points of the canvas (Andrew's monotone chain). */
export function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (row) => {
    const chain = [];
    for (const p of row) {
      while (chain.length > 1) {
        const [o, a] = [chain.at(-2), chain.at(-1)];
        if ((a[0] - o[0]) * (p[1] - o[1]) - (a[1] - o[1]) * (p[0] - o[0]) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}
