// What of the archive the wall shows: one collection, or everything from a month backwards.
import { ask } from "./archive.js";
import { attempt } from "./said.js";
import { collectionWords, make, monthWords } from "./text.js";
import * as wall from "./wall.js";

const [collection, month] = ["collection", "month"].map((id) => document.getElementById(id));

function offer(select, entries) {
  const chosen = select.value;
  select.replaceChildren(select.options[0], ...entries.map(([value, words]) => make("option", { value }, words)));
  select.value = chosen;
}

export const refresh = () => attempt(async () => {
  const usage = await ask("/v1/usage");
  const collections = usage.collections.map((one) => one.collection).filter(Boolean);
  // "Loom/1905" is also found under "Loom".
  const all = new Set(collections.flatMap((one) => one.split("/").map((_, place, parts) => parts.slice(0, place + 1).join("/"))));
  offer(collection, [...all].sort((a, b) => a.localeCompare(b)).map((one) => [one, collectionWords(one)]));
  offer(month, usage.months.map((one) => one.month).sort().reverse().map((key) => [key, monthWords(key)]));
  document.getElementById("collections").replaceChildren(...collections.map((value) => make("option", { value })));
});

export const offers = (asset) => [...collection.options].some((one) => one.value === asset.collection);

/** The id of what would have come in the very moment in which this month was over: ids begin with their moment. */
function endOf(key) {
  if (!key) return "";
  const [year, number] = key.split("-").map(Number);
  const moment = new Date(year, number, 1).getTime().toString(16).padStart(12, "0");
  return `${moment.slice(0, 8)}-${moment.slice(8)}-7000-8000-000000000000`;
}

for (const select of [collection, month]) {
  select.addEventListener("change", () => wall.begin({ collection: collection.value, from: endOf(month.value) }));
}
