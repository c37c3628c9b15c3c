// Invite links: made, shown once to be copied, listed while they work, and revoked.

import { base, read, Refusal, write } from "../api.js";
import { byId, make } from "../elements.js";
import { moment } from "../local.js";
import { t } from "../words.js";

const wanted = (value) => (value === "" ? null : Number(value));

/** Shows the link that leads to a path of this server, ready to be copied. */
function offer(id, path) {
  const field = byId(id);
  field.value = new URL(path, location.href).href;
  document.querySelector(`[data-copy="${id}"]`).textContent = t("Copy");
  field.select();
}

function watchCopies() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", async () => {
      const field = byId(button.dataset.copy);
      field.select();
      // A page without TLS on another machine has no clipboard; what is selected can still be copied.
      const kept = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
      button.textContent = kept ? t("Copied") : t("Press Ctrl+C");
    });
  }
}

/** Does something; what goes wrong is said below the form, and the list is told anew. */
async function guarded(work) {
  const problem = byId("invite-problem");
  problem.hidden = true;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problem.hidden = false;
    problem.textContent = [error.message, error.advice].filter(Boolean).join(". ");
  }
}

const often = (uses) => (uses === null ? t("any number of times") : uses === 1 ? t("once") : t("{n} times", { n: uses }));

function row(one) {
  const cells = [
    [t("For"), one.annotator ? one.name : t("whoever opens it")],
    [t("Still works"), often(one.uses_left)],
    [t("Made"), moment(one.created_at)],
    [t("Ends"), moment(one.expires_at)],
  ];
  const end = make("button", { type: "button", class: "quiet" }, t("Revoke"), make("span", { class: "unseen" }, `: ${moment(one.created_at)}`));
  end.addEventListener("click", () => guarded(async () => {
    list(await write(`owner/invites/${one.id}`, undefined, "DELETE"));
    byId("revoked").textContent = t("Revoked: the link lets nobody in any more. Whoever came through it stays.");
    byId("open-title").focus();
  }));
  return make("tr", {}, make("th", { scope: "row" }, t(one.role)),
    ...cells.map(([title, text]) => make("td", { "data-title": title, dir: "auto" }, text)), make("td", {}, end));
}

function list({ invites }) {
  byId("open-invites").replaceChildren(...invites.reverse().map(row));
  byId("none-open").hidden = invites.length > 0;
  byId("some-open").hidden = !invites.length;
}

const tell = async () => list(await read("owner/invites"));

/** Makes a link for one person; shows it in a field of a box that was hidden, and in the list. */
export async function invitePerson(annotator, box, field) {
  const { path } = await write("owner/invites", { role: "annotator", annotator });
  box.hidden = false;
  offer(field, path);
  await tell();
}

export function watchInvites() {
  watchCopies();
  const { role, uses } = byId("invite").elements;
  role.addEventListener("change", () => (uses.placeholder = role.value === "owner" ? t("once") : t("any number")));
  byId("invite").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    guarded(async () => {
      const { path } = await write("owner/invites", { role: given.get("role"), uses: wanted(given.get("uses")), days: wanted(given.get("days")) });
      byId("invited").hidden = false;
      offer("invite-link", path);
      await tell();
    });
  });
  byId("answer-myself").addEventListener("click", () => guarded(async () => {
    const signedIn = await read("history?limit=1").then(() => true, () => false);
    if (signedIn) return location.assign(`${base}/work`);
    const { path } = await write("owner/invites", { role: "annotator", uses: 1, days: 1 });
    return location.assign(path);
  }));
  guarded(tell);
}
