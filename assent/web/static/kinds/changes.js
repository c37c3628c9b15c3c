// What was changed in a text, word by word: the longest common run of words stays.

import { make } from "../elements.js";

const PIECE = /\s+|\S+/g;
const MOST = 400_000; // pairs of words that are compared while somebody types

/** Lengths of the longest common subsequences of all ends of two lists. */
function table(before, after) {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      rows[i][j] = before[i] === after[j] ? rows[i + 1][j + 1] + 1 : Math.max(rows[i + 1][j], rows[i][j + 1]);
    }
  }
  return rows;
}

/** Steps from one list to another that have neither end in common. */
function middle(before, after) {
  const all = [...before.map((word) => ["-", word]), ...after.map((word) => ["+", word])];
  if (!before.length || !after.length || before.length * after.length > MOST) return all;
  const rows = table(before, after);
  const steps = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    const kind = before[i] === after[j] ? "=" : rows[i + 1][j] >= rows[i][j + 1] ? "-" : "+";
    steps.push([kind, kind === "+" ? after[j] : before[i]]);
    if (kind !== "+") i += 1;
    if (kind !== "-") j += 1;
  }
  return [...steps, ...before.slice(i).map((word) => ["-", word]), ...after.slice(j).map((word) => ["+", word])];
}

/** From one text to another: [["=" | "-" | "+", text], ...]. */
export function changes(old, now) {
  const [before, after] = [old.match(PIECE) ?? [], now.match(PIECE) ?? []];
  const least = Math.min(before.length, after.length);
  let head = 0;
  while (head < least && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < least - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (words) => words.map((word) => ["=", word]);
  const steps = [
    ...same(before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
  const joined = [];
  for (const [kind, text] of steps) {
    if (joined.at(-1)?.[0] === kind) joined.at(-1)[1] += text;
    else joined.push([kind, text]);
  }
  return joined;
}

/** The same as elements: what went is struck out, what came is underlined. */
export const shownChanges = (old, now) => changes(old, now).map(([kind, text]) =>
  kind === "=" ? text : make(kind === "-" ? "del" : "ins", {}, text));
