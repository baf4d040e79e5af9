// For a projector: one poster after the other, slowly, without anything to press. What comes in meanwhile is shown next.
import { ask, listen, mayRead, meet } from "./archive.js";
import { collectionWords, longDayWords, make, named } from "./text.js";
import { picture } from "./tile.js";

const each_ms = 9000;
const again_ms = 5000;
const most = 300;

let assets = [];
let fresh = [];
let place = 0;
let layer = null;
/** Ends the pause before the next picture. */
let wake = () => {};
const room = make("main", { class: "slides", "aria-label": "The archive, one picture after the other" });

// A photo is as large as the wall; a poster would be less.
const pictureOf = (asset) => (asset.kind === "photo" && picture(asset, "main")) || picture(asset, "poster");
const isShown = (asset) => asset.state === "ready" && pictureOf(asset);

async function look() {
  const answer = await ask(`/v1/assets?tiles=yes&limit=${most}`);
  assets = answer.assets.filter(isShown);
  // What was deleted meanwhile is not shown from here on.
  place = Math.min(place, Math.max(0, assets.length - 1));
}

function hear(asset) {
  assets = assets.filter((one) => one.id !== asset.id);
  fresh = fresh.filter((one) => one.id !== asset.id);
  if (isShown(asset) && !asset.duplicate_of && !(asset.pair && asset.kind === "video")) fresh.push(asset);
  fresh.splice(0, fresh.length - most);
  if (!layer) wake();
}

function next() {
  const asset = fresh.shift();
  if (asset) {
    assets.splice(place, 0, asset);
    assets.splice(most);
  }
  if (!assets.length) return null;
  const shown = assets[place % assets.length];
  place = (place + 1) % assets.length;
  return shown;
}

/** Loads the picture first, so that it never appears in halves. */
async function turn() {
  const asset = next();
  if (!asset) {
    room.replaceChildren(make("p", { class: "slides-empty" }, "Nothing is here yet. What is copied into the drop folder appears here."));
    layer = null;
    return;
  }
  const image = make("img", { src: pictureOf(asset), alt: "" });
  await image.decode();
  const backdrop = make("img", { src: image.src, alt: "", class: "backdrop" });
  // A camera's name tells visitors nothing.
  const title = asset.caption ? named(asset.caption) : asset.collection && make("bdi", {}, collectionWords(asset.collection));
  const words = make("figcaption", {}, title && make("strong", {}, title), longDayWords(asset.captured_at ?? asset.received_at));
  const slide = make("figure", { class: "slide", "data-id": asset.id }, backdrop, image, words);
  room.querySelector(".slides-empty")?.remove();
  room.append(slide);
  const before = layer;
  layer = slide;
  // Two frames, so that it is drawn unseen once and then fades in.
  requestAnimationFrame(() => requestAnimationFrame(() => slide.classList.add("there")));
  setTimeout(() => before?.remove(), 2500);
}

async function run() {
  for (;;) {
    let delay_ms = each_ms;
    try {
      await turn();
      if (!assets.length) delay_ms = again_ms;
    } catch {
      // One picture that cannot be loaded is passed over; if it is the whole archive, it comes back by itself.
      delay_ms = again_ms;
    }
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, delay_ms);
    });
  }
}

export async function begin() {
  document.head.append(make("link", { rel: "stylesheet", href: "/page/slides.css" }));
  document.documentElement.classList.add("is-wall");
  const tokenDialog = document.getElementById("token");
  document.body.replaceChildren(room, tokenDialog);
  await meet().catch(() => {});
  await mayRead();
  await look().catch(() => {});
  listen({ opened: () => look().catch(() => {}), lost: () => {}, asset: hear, status: () => {} });
  // Where the browser allows it, the screen stays on.
  navigator.wakeLock?.request("screen").catch(() => {});
  run();
}
