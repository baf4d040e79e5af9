// The first line, and the two signals: how the machine is, and which files need somebody. They are separate: a file that
// came back says nothing of the machine.
import { ask, oneAtATime } from "./archive.js";
import { healButton } from "./heal.js";
import { attempt } from "./said.js";
import { takeOut } from "./sheet.js";
import { counted, make, pathOf, shown } from "./text.js";
import { picture } from "./tile.js";
import * as wall from "./wall.js";

const byID = (id) => document.getElementById(id);
const [summary, health, reasons, needs, arriving, damaged] =
  ["summary", "health", "reasons", "needs-you", "arriving", "damaged"].map(byID);

const healthWords = { ok: "All is well", degraded: "Not all is well", critical: "Something is wrong" };
let knownNeeds = "";
let knownDamage = "";

/** Only what has changed is written, so that a screen reader is not told the same again and again. */
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export function show(status) {
  showSummary(status.summary ?? "");
  health.hidden = false;
  health.dataset.health = status.state;
  write(health, healthWords[status.state] ?? status.state);
  const texts = status.reasons.map((reason) => reason.text);
  if (reasons.dataset.texts !== JSON.stringify(texts)) {
    reasons.dataset.texts = JSON.stringify(texts);
    reasons.replaceChildren(...texts.map((text) => make("li", {}, shown(text))));
  }
  reasons.hidden = !texts.length;
  reasons.dataset.health = status.state;

  needs.hidden = false;
  needs.disabled = !status.needs_you;
  write(needs, status.needs_you ? `Needs you: ${status.needs_you}` : "Nothing needs you");
  // As many as before may be others: one was taken away while another came back.
  const needing = `${status.needs_you} of ${status.counts.failed}`;
  if (needing !== knownNeeds && byID("needs-list").open) attempt(async () => (await import("./needs.js")).fill());
  knownNeeds = needing;

  const coming = [
    status.waiting && `${counted(status.waiting, "file")} arriving`,
    status.queue.depth && `${status.queue.depth.toLocaleString("en-GB")} in line`,
  ].filter(Boolean);
  write(arriving, coming.join(", "));
  arriving.hidden = !coming.length;
  showDamage(status);
}

function showSummary(text) {
  if (summary.dataset.text === text) return;
  summary.dataset.text = text;
  const [first, ...rest] = text.split(/(?<=\.) /);
  summary.replaceChildren(first, ...(rest.length ? [" ", make("span", {}, rest.join(" "))] : []));
  document.title = `The archive: ${first.replace(/\.$/, "")}`;
}

// What is damaged

function showDamage(status) {
  const texts = status.reasons.filter((one) => ["damaged", "missing"].includes(one.code)).map((one) => one.text).join();
  if (texts === knownDamage) return;
  knownDamage = texts;
  attempt(fillDamaged);
}

const fillDamaged = oneAtATime(async () => {
  const { assets } = knownDamage ? await ask("/v1/assets?damaged=yes&limit=100") : { assets: [] };
  const healed = [...damaged.children].map((row) => wall.assetOf(row.dataset.id)).filter(Boolean);
  for (const asset of healed) wall.show({ ...asset, damage: null });
  for (const asset of assets) if (wall.assetOf(asset.id)) wall.show(asset);
  damaged.hidden = !assets.length;
  damaged.replaceChildren(...assets.map(damageRow));
});

const parts = { "poster.jpg": "Poster", "thumb.jpg": "Small picture", ".mp4": "Video", ".jpg": "Photo", ".json": "Papers", SHA256SUMS: "Papers" };

function partWords(file) {
  if (file.startsWith("originals/")) return "Camera’s file";
  return parts[Object.keys(parts).find((end) => file.endsWith(end))] ?? "All of it";
}

function damageRow(asset) {
  const changed = (healed) => {
    takeOut(row);
    wall.show(healed);
  };
  const thumb = picture(asset, "thumb");
  const row = make("li", { "data-id": asset.id },
    thumb && make("img", { src: thumb, alt: "", loading: "lazy" }),
    make("div", {},
      make("a", { href: `#${asset.id}` }, pathOf({ name: asset.source_name, collection: asset.collection })),
      ...(asset.damage ?? []).map((one) => make("p", {}, `${partWords(one.file)}: ${shown(one.text)}`))),
    healButton(asset, changed));
  return row;
}
