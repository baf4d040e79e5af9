// The wall: posters by day and collection, the newest first, more of them as one scrolls, and each change as it happens.
import { ask } from "./archive.js";
import { collectionWords, dayKey, dayWords, make } from "./text.js";
import { Tile } from "./tile.js";

const page = 100;
/** So much of what is shown is looked at again after a break; beyond that one reloads the page. */
const again_ms = 5000;
const lookAgain = 2000;

const wall = document.getElementById("wall");
const days = document.getElementById("days");
const more = document.getElementById("more");

const tiles = new Map();
/** What was last told of an asset, and when: an answer that was asked for before that is older. */
const told = new Map();
let shownFilter = { collection: "", from: "" };
let cursor = null;
let isLoading = false;
/** Whether everything there is has been loaded. */
let hasAll = false;
let hasFailed = false;
/** Counts how often the wall was begun anew; an answer meant for an earlier one is dropped. */
let turn = 0;

export const tileCount = () => tiles.size;
export const isWhole = () => hasAll;
export const assetOf = (id) => tiles.get(id)?.asset;
export const redraw = () => tiles.forEach((tile) => tile.asset.state === "ready" || tile.showWaiting());
export const filter = () => shownFilter;

/** What was here already is no tile of its own, and a Live Photo is its photo, once that is published. */
const isTile = (asset) => ["pending", "processing", "ready"].includes(asset.state) && !asset.duplicate_of
  && !(asset.kind === "video" && tiles.get(asset.pair)?.asset.state === "ready");

function remove(id) {
  const tile = tiles.get(id);
  if (!tile) return;
  takeOut(tile);
  tiles.delete(id);
}

function isShownHere(asset) {
  const { collection, from } = shownFilter;
  if (collection && asset.collection !== collection && !asset.collection.startsWith(`${collection}/`)) return false;
  if (from && asset.id >= from) return false;
  return hasAll || (cursor != null && asset.id >= cursor) || tiles.has(asset.id);
}

// Days, groups and tiles

function dayOf(key, at) {
  for (const day of days.children) {
    if (day.dataset.day === key) return day;
    if (day.dataset.day < key) return before(day);
  }
  return before(null);

  function before(next) {
    const day = make("section", { class: "day", "data-day": key, "aria-label": dayWords(at) }, make("h2", {}, dayWords(at)));
    days.insertBefore(day, next);
    return day;
  }
}

/** Collections stand in the order in which they were first seen, so that a new one never pushes what one looks at. */
function listOf(asset) {
  const day = dayOf(dayKey(asset.received_at), asset.received_at);
  for (const group of day.querySelectorAll(".group")) {
    if (group.dataset.collection === asset.collection) return group.lastElementChild;
  }
  const list = make("ul", { class: "tiles" });
  const heading = make("h3", {}, make("bdi", {}, collectionWords(asset.collection)));
  day.append(make("section", { class: "group", "data-collection": asset.collection }, heading, list));
  return list;
}

function place(tile) {
  const list = listOf(tile.asset);
  const { id } = tile.asset;
  let next = null;
  // Nearly always it is the oldest of its group.
  if (list.lastElementChild && list.lastElementChild.dataset.id < id) {
    next = list.firstElementChild;
    while (next.dataset.id > id) next = next.nextElementSibling;
  }
  list.insertBefore(tile.node, next);
}

function takeOut(tile) {
  const group = tile.node.closest(".group");
  const hadFocus = tile.node.contains(document.activeElement);
  const near = hadFocus && neighbour(tile.asset.id, 1, -1);
  tile.node.remove();
  if (group && !group.querySelector(".tile")) {
    const day = group.parentElement;
    group.remove();
    if (!day.querySelector(".group")) day.remove();
  }
  if (near) tiles.get(near)?.link.focus();
}

/** Shows how an asset is now, wherever that was heard. */
export function show(asset, askedAt = Infinity) {
  const heard = told.get(asset.id);
  if (heard?.at > askedAt) asset = heard.asset;
  if (askedAt === Infinity) told.set(asset.id, { at: performance.now(), asset });
  const tile = tiles.get(asset.id);
  if (!isTile(asset) || !isShownHere(asset)) return remove(asset.id);
  if (asset.kind === "photo" && asset.state === "ready" && asset.pair) remove(asset.pair);
  if (!tile) {
    const made = new Tile(asset);
    tiles.set(asset.id, made);
    place(made);
    return;
  }
  const hasMoved = tile.asset.collection !== asset.collection;
  tile.show({ damage: tile.asset.damage, ...asset });
  if (hasMoved) {
    takeOut(tile);
    place(tile);
  }
}

/** The tile before or after one, as one reads; the first of these steps that leads somewhere. */
export function neighbour(id, ...steps) {
  const all = [...days.querySelectorAll(".tile")];
  const here = all.findIndex((node) => node.dataset.id === id);
  if (here < 0) return null;
  for (const step of steps) if (all[here + step]) return all[here + step].dataset.id;
  return null;
}

export function focus(id) {
  const tile = tiles.get(id);
  if (tile) {
    tile.link.focus();
    tile.node.scrollIntoView({ block: "nearest" });
  } else if (document.activeElement === document.body) {
    wall.focus();
  }
}

// Pages

function query(limit, after) {
  const asked = new URLSearchParams({ tiles: "yes", limit });
  if (shownFilter.collection) asked.set("collection", shownFilter.collection);
  if (after) asked.set("after", after);
  return `/v1/assets?${asked}`;
}

/** What was heard a minute ago, every answer says by now. */
function forget() {
  const oldest = performance.now() - 60_000;
  for (const [id, { at }] of told) if (at < oldest) told.delete(id);
}

export async function loadMore() {
  if (isLoading || hasAll) return;
  isLoading = true;
  hasFailed = false;
  const mine = turn;
  more.textContent = tiles.size ? "Looking for more …" : "One moment …";
  try {
    const askedAt = performance.now();
    const answer = await ask(query(page, cursor ?? (shownFilter.from || null)));
    if (mine !== turn) return;
    cursor = answer.next ?? answer.assets.at(-1)?.id ?? cursor;
    hasAll = answer.next == null;
    for (const asset of answer.assets) show(asset, askedAt);
    more.textContent = "";
  } catch (error) {
    if (mine === turn) {
      hasFailed = true;
      more.textContent = error.message;
      setTimeout(() => mine === turn && hasFailed && loadMore(), again_ms);
    }
  } finally {
    if (mine === turn) {
      isLoading = false;
      forget();
      document.dispatchEvent(new CustomEvent("wall"));
      watchEnd();
    }
  }
}

const end = new IntersectionObserver(([seen]) => seen.isIntersecting && !hasFailed && loadMore(), { rootMargin: "1600px" });
/** Observing anew tells again whether the end is near, which one page may not have changed. */
function watchEnd() {
  end.unobserve(more);
  if (!hasAll) end.observe(more);
}

export async function begin(filter = shownFilter) {
  turn += 1;
  shownFilter = filter;
  cursor = null;
  hasAll = isLoading = false;
  tiles.clear();
  told.clear();
  days.replaceChildren();
  await loadMore();
}

/** After a break: what is shown is looked at again, without moving it. */
export async function refresh() {
  if (!tiles.size) return begin();
  hasFailed = false;
  const mine = turn;
  const began = performance.now();
  const seen = new Set();
  let after = shownFilter.from || null;
  while (seen.size < lookAgain) {
    const askedAt = performance.now();
    const answer = await ask(query(500, after));
    if (mine !== turn) return;
    for (const asset of answer.assets) {
      seen.add(asset.id);
      show(asset, askedAt);
    }
    after = answer.next;
    if (!after || (cursor && after <= cursor)) break;
  }
  const isNew = (id) => told.get(id)?.at > began;
  for (const id of tiles.keys()) if (!seen.has(id) && !(after && id < after) && !isNew(id)) remove(id);
  forget();
  watchEnd();
  document.dispatchEvent(new CustomEvent("wall"));
}

// Arrow keys walk over the wall as they do over any table of pictures.
days.addEventListener("keydown", (event) => {
  const node = event.target.closest?.(".tile");
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  if (!node || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  let id = null;
  if (steps[event.key]) id = neighbour(node.dataset.id, steps[event.key]);
  else if (event.key === "ArrowUp" || event.key === "ArrowDown") id = nearest(node, event.key === "ArrowDown");
  if (!id) return;
  event.preventDefault();
  focus(id);
});

/** The tile straight above or below. */
function nearest(node, isDown) {
  const from = node.getBoundingClientRect();
  let best = null;
  const all = [...days.querySelectorAll(".tile")];
  const here = all.indexOf(node);
  const candidates = isDown ? all.slice(here + 1, here + 60) : all.slice(Math.max(0, here - 60), here).reverse();
  for (const other of candidates) {
    const box = other.getBoundingClientRect();
    const away = isDown ? box.top - from.top : from.top - box.top;
    if (away < from.height / 2) continue;
    if (best && away > best.away + from.height / 2) break;
    const aside = Math.abs(box.left - from.left);
    if (!best || aside < best.aside) best = { away, aside, id: other.dataset.id };
  }
  return best?.id ?? null;
}
