// The trash: what was deleted, until when it can be had back, and Restore.
import { about, ask } from "./archive.js";
import { unlessThere } from "./details.js";
import { attempt, say } from "./said.js";
import { open as openSheet, takeOut } from "./sheet.js";
import { make, named, pathOf, shown, untilWords } from "./text.js";
import * as wall from "./wall.js";

const dialog = document.getElementById("trash");
const list = dialog.querySelector(".rows");
const more = dialog.querySelector(".more");
let cursor = null;

async function fill() {
  list.replaceChildren();
  cursor = null;
  await load();
}

async function load() {
  const after = cursor ? `&after=${cursor}` : "";
  const { assets, next } = await ask(`/v1/assets?state=deleted&limit=50${after}`);
  cursor = next;
  more.hidden = !next;
  list.append(...assets.map(row));
  if (!list.children.length) list.append(make("li", {}, make("p", {}, "The trash is empty.")));
}

function row(asset) {
  const days = [
    asset.deleted_at && `Deleted on ${untilWords(asset.deleted_at)}.`,
    asset.trash_until && `It can be restored until ${untilWords(asset.trash_until)}.`,
  ].filter(Boolean).join(" ");
  const button = make("button", { type: "button", "aria-label": `Restore ${shown(asset.source_name)}` }, "Restore");
  const row = make("li", { "data-id": asset.id },
    make("div", {},
      make("strong", {}, pathOf({ name: asset.source_name, collection: asset.collection })),
      asset.caption && make("p", {}, named(asset.caption)),
      make("p", { class: "hint" }, days)),
    button);
  button.onclick = async () => {
    button.disabled = true;
    const back = await attempt(async () => {
      // Both halves of a Live Photo come back together.
      if (asset.pair) await ask(about(asset.pair, "/restore"), { method: "POST" }).catch(unlessThere);
      return ask(about(asset.id, "/restore"), { method: "POST" });
    });
    button.disabled = false;
    if (!back) return;
    for (const gone of list.children) if (gone !== row && gone.dataset.id === asset.pair) takeOut(gone);
    takeOut(row);
    if (!list.children.length) await attempt(fill);
    wall.show(back);
    say(make("span", {}, named(asset.source_name), " is back."));
  };
  return row;
}

more.addEventListener("click", () => attempt(load));

export const open = () => openSheet(dialog, fill);
