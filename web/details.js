// What is known about one asset, and what can be done with it.
import { about, ask } from "./archive.js";
import { healButton } from "./heal.js";
import { attempt, say } from "./said.js";
import { collectionWords, lengthWords, make, momentWords, named, recordedWords, shown, sizeWords, titleOf, untilWords } from "./text.js";
import { picture } from "./tile.js";

/** Draws `asset` into `place`. While somebody edits, the form stays as it is. */
export function showDetails(place, asset, act) {
  if (place.dataset.id === asset.id && place.querySelector("form")) return;
  const kept = place.dataset.id === asset.id && place.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  place.dataset.id = asset.id;
  place.replaceChildren(
    make("h2", { id: "viewer-title" }, named(titleOf(asset))),
    ...damage(asset, act),
    facts(asset),
    buttons(place, asset, act),
  );
  if (kept) place.querySelector(`[data-act="${kept}"]`)?.focus();
}

function facts(asset) {
  const rows = [
    ["Recorded", recordedWords(asset)],
    ["Received", momentWords(asset.received_at)],
    ["From", asset.source_owner && named(asset.source_owner)],
    ["Collection", make("bdi", {}, collectionWords(asset.collection))],
    ["Reference", asset.ref && named(asset.ref)],
    ["Camera", asset.device && named(asset.device)],
    ["Length", asset.duration && lengthWords(asset.duration)],
    ["Picture", asset.width && `${asset.width} × ${asset.height}`],
    ["File", make("span", {}, named(asset.source_name), `, ${sizeWords(asset.source_bytes)}`)],
  ].filter(([, value]) => value);
  const list = make("dl", {}, ...rows.map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value))));
  const remarks = asset.remarks.map((remark) => make("p", { class: "remark" }, shown(remark)));
  return make("div", {}, list, ...remarks);
}

function damage(asset, act) {
  if (!asset.damage) return [];
  const lines = asset.damage.map((one) => make("p", {}, shown(one.text)));
  return [make("div", { class: "damage" }, ...lines, healButton(asset, act.changed))];
}

function buttons(place, asset, act) {
  const row = make("div", { class: "buttons" });
  const main = picture(asset, "main");
  if (main) row.append(make("a", { class: "button", href: main, download: downloadName(asset, main), "data-act": "download" }, "Download"));
  if (main && asset.pair) {
    const moment = about(asset.pair, "/main");
    row.append(make("a", { class: "button", href: moment, download: downloadName(asset, ".mp4") }, "Download the moment"));
  }
  row.append(make("button", { type: "button", "data-act": "link", onclick: (event) => copyLink(asset, event.target) }, "Copy link"));
  row.append(make("button", { type: "button", "data-act": "edit", onclick: () => edit(place, asset, act) }, "Caption and collection"));
  if (asset.state === "ready") {
    row.append(make("button", { type: "button", "data-act": "delete", class: "risky", onclick: () => remove(asset, act) }, "Delete"));
  }
  return row;
}

/** The camera's name, with the ending of what is downloaded. */
function downloadName(asset, file) {
  const stem = shown(asset.source_name).replace(/\.[^.]*$/, "") || "download";
  return stem + file.slice(file.lastIndexOf("."));
}

async function copyLink(asset, button) {
  const link = `${location.origin}/#${asset.id}`;
  try {
    await navigator.clipboard.writeText(link);
  } catch {
    // Browsers keep the clipboard from pages that came without encryption; this older way is open to them.
    const field = make("textarea", { readonly: true, class: "unseen" });
    field.value = link;
    button.after(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    button.focus();
    if (!isCopied) return say(`Its link is ${link}`);
  }
  say("The link is copied.");
}

function edit(place, asset, act) {
  const caption = make("textarea", { id: "caption", rows: 3, maxlength: 2000, dir: "auto" });
  caption.value = asset.caption ?? "";
  const collection = make("input", { id: "its-collection", list: "collections", dir: "auto", maxlength: 500, autocomplete: "off" });
  collection.value = asset.collection;
  const done = () => {
    form.remove();
    showDetails(place, asset, act);
    place.querySelector('[data-act="edit"]')?.focus();
  };
  const form = make("form", { class: "edit" },
    make("label", { for: "caption" }, "Caption"), caption,
    make("label", { for: "its-collection" }, "Collection"), collection,
    make("p", { class: "hint" }, "Such as Loom/1905. Left empty, it is the folder the file was dropped into."),
    make("div", { class: "buttons" },
      make("button", { type: "submit", class: "strong" }, "Save"),
      make("button", { type: "button", onclick: done }, "Leave as it was")));
  form.onsubmit = async (event) => {
    event.preventDefault();
    // What nobody touched is not sent: a folder may have a name that nobody could write here.
    const body = { caption: caption.value.trim() };
    if (collection.value !== asset.collection) body.collection = collection.value.trim();
    const changed = await attempt(() => ask(about(asset.id), { method: "PATCH", body }));
    if (!changed) return;
    asset = { ...changed, damage: asset.damage };
    act.changed(asset);
    done();
    say("Saved.");
  };
  place.querySelector(".buttons").replaceWith(form);
  caption.focus();
}

/** The other half may be there already, or be gone: then this one goes its way alone. */
export function unlessThere(error) {
  if (![404, 409, 410].includes(error.status)) throw error;
}

async function remove(asset, act) {
  // Both halves of a Live Photo go and come back together.
  const both = (path, method) => attempt(async () => {
    if (asset.pair) await ask(about(asset.pair, path), { method }).catch(unlessThere);
    return ask(about(asset.id, path), { method });
  });
  const deleted = await both("", "DELETE");
  if (!deleted) return;
  act.close();
  act.changed(deleted);
  const until = deleted.trash_until ? ` until ${untilWords(deleted.trash_until)}` : "";
  const undo = async () => {
    const back = await both("/restore", "POST");
    if (!back) return;
    act.changed(back);
    say(`${shown(titleOf(asset))} is back.`);
  };
  say(`${shown(titleOf(asset))} is in the trash${until}.`, undo);
}
