// Room above the dock: clips are as high as there is, and what is scrolled to is not under it.

import { byId } from "../elements.js";

const LEAST = 84; // pixels of a picture's height in which something can still be made out
const EDGE = 32; // pixels that a panel leaves free above and below it

/** Pixels of a card above and below its picture: its head, and key frames and signals unless they stand beside it. */
function besides(card) {
  const stage = card.querySelector(".stage");
  const head = stage.getBoundingClientRect().top - card.getBoundingClientRect().top + 2;
  const below = getComputedStyle(stage).display === "grid" ? [] : [...stage.children].slice(1);
  return below.reduce((sum, one) => sum + one.offsetHeight, head);
}

/** Pixels between the top of the options and the dock, before anything was scrolled. */
function left(items, dock) {
  const panel = items.closest("dialog");
  const top = items.getBoundingClientRect().top;
  if (!panel) return innerHeight - top - scrollY - dock.offsetHeight;
  return innerHeight - EDGE - (top - panel.getBoundingClientRect().top + panel.scrollTop) - dock.offsetHeight - EDGE;
}

/** The height of a picture with which as many rows as can be stand above the dock. */
function height(cards, items, dock) {
  const style = getComputedStyle(items);
  const columns = style.gridTemplateColumns.split(" ").length;
  const gap = parseFloat(style.rowGap) || 0;
  const space = left(items, dock);
  const other = Math.max(...cards.map(besides));
  for (let rows = Math.ceil(cards.length / columns); rows > 1; rows -= 1) {
    const each = (space - gap * rows) / rows - other;
    if (each >= LEAST) return each;
  }
  return Math.max(LEAST, space - gap - other);
}

/** Keeps the pictures of the cards that are there as high as there is room; what comes back ends it. */
export function fit(cards) {
  const items = byId("items");
  const dock = document.querySelector(".dock");
  const measure = () => {
    const panel = items.closest("dialog");
    const bar = document.querySelector(".bar")?.offsetHeight ?? 0;
    (panel ?? document.documentElement).style.scrollPadding = `${bar}px 0 ${dock.offsetHeight}px`;
    items.style.setProperty("--above", `${panel ? 0 : bar}px`);
    const there = cards.filter((card) => card.offsetHeight && card.querySelector(".stage"));
    if (there.length) items.style.setProperty("--picture", `${Math.floor(height(there, items, dock))}px`);
  };
  const watcher = new ResizeObserver(measure);
  for (const one of [items, dock, byId("question")]) watcher.observe(one);
  addEventListener("resize", measure);
  return () => {
    watcher.disconnect();
    removeEventListener("resize", measure);
  };
}
