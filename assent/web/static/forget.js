// Forgets the work page and the questions that are kept on this device; answers that wait stay.

import { base } from "./api.js";

/** Of one project; where all that is kept stands, for kept.js and worker.js, too. */
export const NAME = `assent ${base}`;

/** Called where somebody leaves, or somebody comes who may be another. */
export async function forget() {
  try {
    await caches.delete(NAME);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
