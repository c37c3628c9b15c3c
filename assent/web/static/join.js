// Takes up an invite: sends name and consent, then goes where the server says. Where somebody who is
// in already agrees to new terms, the form has their version in place of an invite.

import { Refusal, write } from "./api.js";
import { byId } from "./elements.js";
import { forget } from "./forget.js";
import { ready } from "./ready.js";

const form = byId("join");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const problem = byId("problem");
  const given = new FormData(form);
  button.disabled = true;
  problem.hidden = true;
  try {
    const { version, token } = form.dataset;
    const consent = given.get("consent") === "on";
    if (version) {
      await write("consent", { version: Number(version), consent });
      location.reload();
    } else {
      const joined = await write("join", { token, name: String(given.get("name") ?? ""), consent });
      // Whoever came before may have been another.
      await forget();
      location.assign(joined.location);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problem.textContent = [error.message, error.advice].filter(Boolean).join(". ");
    problem.hidden = false;
    button.disabled = false;
  }
});

ready();
