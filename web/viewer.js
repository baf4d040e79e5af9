// One asset, large: played where one is, turned with the arrow keys, closed with Esc. Its address is the page's with its
// id behind the #, so that a copied link opens it.
import { about, ask } from "./archive.js";
import { showDetails } from "./details.js";
import { say } from "./said.js";
import { make, shown, titleOf } from "./text.js";
import { picture, waitingWords } from "./tile.js";
import * as wall from "./wall.js";

const dialog = document.getElementById("viewer");
const stage = dialog.querySelector(".stage");
const details = dialog.querySelector(".details");
const turns = [...dialog.querySelectorAll("[data-turn]")];

let current = null;
/** Whether opening made an entry in the browser's history, which closing takes back. */
let isEntry = false;
let standOn = null;
/** What the stage shows, so that a change that does not concern it leaves a playing video alone. */
let staged = "";

const isID = (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
const hashID = () => location.hash.slice(1).toLowerCase();

const viewed = () => (dialog.open ? current?.id : null);

function player(asset, poster) {
  const video = make("video", { src: mainOf(asset), poster, controls: true, playsinline: true, preload: "auto" });
  video.setAttribute("aria-label", shown(titleOf(asset)));
  video.addEventListener("error", () => say(`This video cannot be played${asset.damage ? ": it is damaged" : " just now. Try again in a moment"}.`));
  // After a click the arrow keys should still turn; with the focus on the player they seek.
  video.addEventListener("pointerup", () => dialog.focus());
  video.play().catch(() => {});
  return video;
}

const mainOf = (asset) => picture(asset, "main") ?? about(asset.id, "/main");

function showStage(asset) {
  const isReady = asset.state === "ready";
  const poster = picture(asset, "poster") ?? picture(asset, "thumb");
  const key = [asset.id, isReady, isReady || poster, Boolean(asset.damage)].join();
  if (key === staged) {
    const words = stage.querySelector(".waiting");
    if (words) words.textContent = waitingWords(asset);
    return;
  }
  staged = key;
  stop();
  const parts = [];
  if (isReady && asset.kind === "video") parts.push(player(asset, poster));
  else if (isReady || poster) parts.push(make("img", { src: isReady ? mainOf(asset) : poster, alt: shown(titleOf(asset)) }));
  if (isReady && asset.kind === "photo" && asset.pair) parts.push(liveButton(asset));
  if (!isReady) parts.push(make("p", { class: "waiting" }, waitingWords(asset)));
  stage.replaceChildren(...parts);
}

/** The moving half of a Live Photo, in the place of the still one. */
function liveButton(asset) {
  const button = make("button", { type: "button", class: "live" }, "Play the moment");
  button.onclick = () => {
    const still = stage.querySelector("img");
    const video = make("video", { src: about(asset.pair, "/main"), playsinline: true, autoplay: true });
    video.setAttribute("aria-label", `The moment of ${shown(titleOf(asset))}`);
    const back = () => {
      video.replaceWith(still);
      button.hidden = false;
    };
    video.onended = back;
    video.onerror = () => {
      back();
      say("The moving half cannot be played just now.");
    };
    still.replaceWith(video);
    button.hidden = true;
    dialog.focus();
  };
  return button;
}

function stop() {
  for (const video of stage.querySelectorAll("video")) {
    video.pause();
    video.removeAttribute("src");
    video.load();
  }
}

/** Shows an asset, or how it is now if it is the one that is shown. */
function show(asset) {
  if (!["pending", "processing", "ready"].includes(asset.state)) return close();
  if (current?.id !== asset.id) say("");
  current = asset;
  showStage(asset);
  showDetails(details, asset, { close, changed });
  for (const button of turns) button.hidden = !wall.neighbour(asset.id, Number(button.dataset.turn));
  if (!dialog.open) {
    dialog.showModal();
    dialog.focus();
  }
}

/** What was changed here, or elsewhere. */
export function changed(asset) {
  const isHere = viewed() === asset.id;
  // Where one stands afterwards, if it goes.
  if (isHere) standOn = wall.neighbour(asset.id, 1, -1);
  wall.show(asset);
  if (isHere) show({ damage: current.damage, ...asset });
}

async function open(id) {
  let asset = wall.assetOf(id);
  try {
    asset ??= await ask(about(id));
    // A copied link may name what came a second time, or the moving half of a Live Photo.
    const other = asset.duplicate_of ?? (asset.pair && asset.kind === "video" ? asset.pair : null);
    const found = other && (wall.assetOf(other) ?? (await ask(about(other))));
    // Whose photo is gone is looked at alone.
    if (found && (asset.duplicate_of || found.state === "ready")) asset = found;
  } catch (error) {
    return tell(error.message);
  }
  if (hashID() !== id) return;
  if (["pending", "processing", "ready"].includes(asset.state)) show(asset);
  else tell(`${shown(asset.source_name)} ${gone[asset.state] ?? "is not in the archive."}`);
}

const gone = {
  deleted: "is in the trash, and can be restored there.",
  purged: "was deleted for good.",
  failed: "could not be used, and was handed back.",
};

function tell(words) {
  leaveAddress();
  say(words);
}

function leaveAddress() {
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}

function close() {
  if (dialog.open) dialog.close();
}

dialog.addEventListener("close", () => {
  const id = current?.id;
  stop();
  stage.replaceChildren();
  details.replaceChildren();
  staged = "";
  current = null;
  if (isEntry && hashID() === id) history.back();
  else leaveAddress();
  isEntry = false;
  wall.focus(wall.assetOf(id) ? id : standOn);
});

function turn(step) {
  const id = current && wall.neighbour(current.id, step);
  if (!id) return;
  history.replaceState(null, "", `#${id}`);
  show(wall.assetOf(id));
  // Close to the end of what is loaded, more is fetched before it is asked for.
  if (!wall.neighbour(id, 5)) wall.loadMore();
}

for (const button of turns) button.addEventListener("click", () => turn(Number(button.dataset.turn)));
dialog.querySelector(".close").addEventListener("click", close);

dialog.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, video")) return;
  event.preventDefault();
  turn(step);
});

/** Shows what the address names. `byClick`: the browser made an entry in its history for it. */
export function follow(byClick) {
  const id = hashID();
  isEntry = byClick && isID(id);
  if (!isID(id)) return close();
  if (id !== viewed()) open(id);
}

document.addEventListener("wall", () => {
  if (!current) return;
  for (const button of turns) button.hidden = !wall.neighbour(current.id, Number(button.dataset.turn));
});
