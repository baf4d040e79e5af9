// One tile of the wall: a poster, a name, and while it is not ready how far it is. Its box is the same from the first
// moment to the last, so nothing moves when it becomes ready.
import { about } from "./archive.js";
import { leftWords, lengthClock, lengthWords, make, shown, titleOf } from "./text.js";

const jobs = new Map();

/** Which jobs run now, and how long they will take; told by the status. */
export function know(status) {
  jobs.clear();
  for (const job of status.jobs) jobs.set(job.id, job);
}

/** Where a picture of it is, or null while there is none. */
export function picture(asset, role) {
  const rendition = asset.renditions.find((one) => one.role === role);
  if (!rendition) return null;
  return asset.folder ? `/${asset.folder}/${rendition.file}` : about(asset.id, `/${role}`);
}

/** What stands over a poster that is not ready yet. */
export function waitingWords(asset) {
  if (asset.state === "ready") return "";
  if (asset.problem) return `Waiting: ${asset.problem.text}`;
  const job = jobs.get(asset.id);
  if (asset.state === "pending" || !job) return picture(asset, "thumb") ? "In line" : "Arrived";
  if (job.stage === "preview") return "Being looked at";
  const what = job.stage === "verify" ? "Being checked" : "Being prepared";
  return job.eta == null ? what : `${what}, ${leftWords(job.eta)}`;
}

const kindWords = (asset) => (asset.pair ? "Live Photo" : asset.kind ?? "file");

export class Tile {
  constructor(asset) {
    this.image = make("img", { alt: "", loading: "lazy", decoding: "async", draggable: "false" });
    this.image.addEventListener("load", () => this.image.classList.add("there"));
    this.badge = make("span", { class: "badge" });
    this.words = make("span", {});
    this.bar = make("progress", { max: 1, "aria-label": "Progress" });
    this.waiting = make("span", { class: "waiting" }, this.words, this.bar);
    this.name = make("bdi", { class: "name" });
    this.link = make("a", { href: `#${asset.id}` },
      make("span", { class: "frame" }, this.image, this.badge, this.waiting), this.name);
    this.node = make("li", { class: "tile", "data-id": asset.id }, this.link);
    this.show(asset);
  }

  show(asset) {
    this.asset = asset;
    const title = shown(titleOf(asset));
    this.name.textContent = title;
    this.name.title = title;
    // The preview is the same picture as the published thumb: once it is there it stays.
    const thumb = picture(asset, "thumb");
    if (thumb && !this.image.hasAttribute("src")) this.image.src = thumb;
    this.badge.textContent = asset.pair ? "Live" : asset.duration ? lengthClock(asset.duration) : "";
    this.badge.hidden = !this.badge.textContent;
    this.node.classList.toggle("has-damage", Boolean(asset.damage));
    this.showWaiting();
  }

  showWaiting() {
    const { asset } = this;
    const words = waitingWords(asset);
    this.waiting.hidden = !words;
    this.words.textContent = words;
    if (asset.progress == null) this.bar.removeAttribute("value");
    else this.bar.value = asset.progress;
    this.bar.hidden = asset.state !== "processing";
    const parts = [shown(titleOf(asset)), kindWords(asset)];
    if (asset.duration) parts.push(lengthWords(asset.duration));
    if (words) parts.push(words);
    if (asset.damage) parts.push("damaged");
    this.link.setAttribute("aria-label", parts.join(", "));
  }
}
