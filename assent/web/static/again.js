// A link from a mail or a chat comes without the cookie (SameSite=Strict), although this browser is
// signed in. Asked from here the cookie is sent; then the page is simply loaded again.

import { Refusal, read } from "./api.js";

const path = location.pathname.includes("/owner") ? "owner/overview" : "history?limit=1";
const tried = `again ${location.pathname}`;

try {
  await read(path);
  if (!sessionStorage.getItem(tried)) {
    sessionStorage.setItem(tried, "yes");
    location.reload();
  }
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  sessionStorage.removeItem(tried);
}
