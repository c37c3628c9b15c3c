// The HTTP API of one project. Every write carries the header that a foreign site cannot set.

import { t } from "./words.js";

export const base = document.body.dataset.base ?? "";

// Whose page this is: should somebody else sign in in this browser, nothing of it becomes theirs.
const { person } = document.body.dataset;
const whose = person ? { "X-Assent-Person": person } : {};

/**
 * What the server answered when it refused; `status` 0 is a network that did not answer. `code`:
 * why this browser is not let in: "signed_out", "paused" or "erased"; else empty.
 */
export class Refusal extends Error {
  constructor(status, message, advice, code) {
    super(message);
    this.status = status;
    this.advice = advice ?? "";
    this.code = code ?? "";
  }

  /** The code, or where there is none what happened. */
  get problem() {
    return this.code || this.message;
  }
}

/** The name of something that is sent, which makes a second time harmless. */
export const newKey = () => crypto.randomUUID();

/**
 * Whether the project's own server refused. An answer that was cut off, the page of a network which
 * wants to be paid first, a proxy or a server without this project are none: the next may be.
 */
const isOurs = (response, said) => (said?.error && said.code !== "no_project") || response.status === 413;

/** status: with which somebody else refused in the server's place, if somebody did. */
function unreachable(status) {
  const words = t("the server cannot be reached");
  return new Refusal(0, status ? `${words} (HTTP ${status})` : words);
}

async function call(path, options) {
  let response;
  try {
    const headers = { ...whose, ...options.headers };
    response = await fetch(`${base}/api/${path}`, { credentials: "same-origin", ...options, headers });
  } catch {
    throw unreachable();
  }
  const said = await response.json().catch(() => null);
  if (response.ok && said) return said;
  if (!isOurs(response, said)) throw unreachable(response.ok ? null : response.status);
  throw new Refusal(response.status, said?.error ?? `HTTP ${response.status}`, said?.what_to_do, said?.code);
}

export const read = (path) => call(path, { cache: "no-cache" });

/** Read what never changes, such as a scene by its hash. */
export const readForever = (path) => call(path, {});

export const write = (path, body, method = "POST") =>
  call(path, {
    method,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-Assent": "1" },
    // Lets an answer leave although the tab is being closed.
    keepalive: true,
  });
