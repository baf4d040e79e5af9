// Where the page begins: who may read, what is there, and everything that flipd tells from then on.
import * as archive from "./archive.js";
import { say } from "./said.js";
import * as choice from "./choice.js";
import * as signals from "./signals.js";
import { shown, titleOf } from "./text.js";
import { know } from "./tile.js";
import * as wall from "./wall.js";
import "./finder.js";

const beginning = document.getElementById("beginning");
const filters = document.getElementById("filters");
const news = document.getElementById("news");
const notice = document.getElementById("unreachable");

/** What most visits never open is loaded when somebody does. */
let viewer = null;
const large = async () => (viewer ??= await import("./viewer.js"));
const unless = (act) => act.catch(() => say(`${archive.unreachable} Try again in a moment.`));
addEventListener("hashchange", () => unless(large().then((viewer) => viewer.follow(true))));
for (const [button, name] of [["open-storage", "storage"], ["open-trash", "trash"], ["needs-you", "needs"]]) {
  document.getElementById(button).addEventListener("click", () => unless(import(`./${name}.js`).then((sheet) => sheet.open())));
}

/** Only a break that lasts is worth a word. */
let lostTimer = 0;
const patience_ms = 1500;

function showStatus(status) {
  know(status);
  signals.show(status);
  wall.redraw();
  showBeginning();
}

/** How to begin, as long as there is nothing and nothing is looked for. */
function showBeginning() {
  const { collection, from } = wall.filter();
  const isEmpty = wall.isWhole() && !wall.tileCount() && !collection && !from;
  beginning.hidden = !isEmpty;
  filters.hidden = isEmpty;
  if (wall.isWhole() && !wall.tileCount() && !isEmpty) document.getElementById("more").textContent = "Nothing of this is here.";
}

/** For whoever hears the page: what has become ready since it was last said. */
let fresh = [];
let newsTimer = 0;
let hasNewCollection = false;
const newsPause_ms = 2000;

function announce(asset) {
  fresh.push(shown(titleOf(asset)));
  hasNewCollection ||= !choice.offers(asset);
  newsTimer ||= setTimeout(() => {
    news.textContent = fresh.length > 3 ? `${fresh.length} more are in the archive.` : fresh.map((name) => `${name} is in the archive.`).join(" ");
    fresh = [];
    newsTimer = 0;
    if (hasNewCollection) choice.refresh();
    hasNewCollection = false;
  }, newsPause_ms);
}

function hear(asset) {
  // What flipd tells by itself does not say what is damaged; the status does.
  delete asset.damage;
  const before = wall.assetOf(asset.id);
  if (before && before.state !== "ready" && asset.state === "ready") announce(asset);
  if (viewer) viewer.changed(asset);
  else wall.show(asset);
  showBeginning();
}

const known = document.getElementById("known");

function showKnown() {
  known.hidden = !archive.knownAs();
  known.firstElementChild.textContent = `You are known here as ${shown(archive.knownAs() ?? "")}.`;
}

document.addEventListener("known", showKnown);
known.querySelector("button").addEventListener("click", () => archive.forgetMe().catch((error) => say(error.message)));

async function look() {
  clearTimeout(lostTimer);
  notice.hidden = true;
  try {
    showStatus(await archive.ask("/v1/status"));
    await wall.refresh();
    choice.refresh();
  } catch (error) {
    if (!(error instanceof archive.Cancelled)) say(error.message);
  }
  if (location.hash) unless(large().then((viewer) => viewer.follow(false)));
}

function lost() {
  clearTimeout(lostTimer);
  lostTimer = setTimeout(() => {
    notice.textContent = `${archive.unreachable} What you see is how it was; this page goes on by itself as soon as it can.`;
    notice.hidden = false;
  }, patience_ms);
}

async function begin() {
  document.addEventListener("wall", showBeginning);
  await archive.meet().catch(() => {});
  showKnown();
  if (!(await archive.mayRead())) {
    notice.textContent = "Without a token nothing can be shown. Reload this page to enter one.";
    notice.hidden = false;
    return;
  }
  // What there is, is shown also where nothing can be heard: a proxy may hold the events back.
  const silence = setTimeout(look, patience_ms);
  const opened = () => {
    clearTimeout(silence);
    look();
  };
  archive.listen({ opened, lost, asset: hear, status: showStatus });
}

if (new URLSearchParams(location.search).has("wall")) import("./slides.js").then((slides) => slides.begin());
else begin();
