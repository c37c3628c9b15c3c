// What the page says, in the language that it was delivered in. English is the key of every text.

const words = JSON.parse(document.body.dataset.words || "{}");

/** A text in the page's language, with {names} filled in. */
export const t = (text, values = {}) =>
  (words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** A time of day, with its date where that is not today. */
export function when(seconds) {
  const time = new Date(seconds * 1000);
  const date = time.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short", year: "numeric" };
  return time.toLocaleString(document.documentElement.lang, { ...date, hour: "2-digit", minute: "2-digit" });
}

/** In the middle of a sentence: without its capital, unless it begins with "I". */
export const inside = (text) => (/^I\b/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1));
