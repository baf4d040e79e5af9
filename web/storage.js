// How much room everything takes, month by month, and how long there will be some.
import { ask } from "./archive.js";
import { open as openSheet } from "./sheet.js";
import { collectionWords, make, monthWords, shown, sizeWords } from "./text.js";

const dialog = document.getElementById("storage");
const names = { published: "To look at", originals: "The cameras’ own files", trash: "Trash", snapshots: "Snapshots of the ledger" };

const svg = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

/** Every month from the first to the last, also those in which nothing came. */
function allMonths(known) {
  if (!known.length) return [];
  const byMonth = new Map(known.map((one) => [one.month, one]));
  const keys = [...byMonth.keys()].sort();
  const all = [];
  let [year, number] = keys[0].split("-").map(Number);
  for (let key = keys[0]; key <= keys.at(-1); ) {
    all.push(byMonth.get(key) ?? { month: key, count: 0, bytes: 0 });
    [year, number] = number === 12 ? [year + 1, 1] : [year, number + 1];
    key = `${year}-${String(number).padStart(2, "0")}`;
  }
  return all;
}

function chart(months) {
  const [step, height] = [Math.max(26, Math.min(54, 600 / months.length)), 150];
  const most = Math.max(...months.map((one) => one.bytes), 1);
  const bars = months.flatMap((one, place) => {
    const tall = one.bytes ? Math.max(2, (one.bytes / most) * height) : 0;
    const bar = svg("rect", { class: "bar", x: place * step + 4, y: height - tall + 14, width: step - 8, height: tall, rx: 3 },
      svg("title", {}, `${monthWords(one.month)}: ${sizeWords(one.bytes)}`));
    const isYear = place === 0 || one.month.endsWith("-01");
    const label = svg("text", { x: place * step + step / 2, y: height + 30 }, monthWords(one.month)[0]);
    const year = isYear ? [svg("text", { class: "year", x: place * step + 4, y: height + 48 }, one.month.slice(0, 4))] : [];
    return [bar, label, ...year];
  });
  const wide = Math.max(months.length * step, 80);
  const words = `Bytes published by month, ${monthWords(months[0].month)} to ${monthWords(months.at(-1).month)}; the table below tells the same. The highest: ${sizeWords(most)}.`;
  return make("div", { class: "chart", tabindex: 0, role: "group", "aria-label": "Storage by month" },
    svg("svg", { role: "img", "aria-label": words, viewBox: `0 0 ${wide} ${height + 54}`, width: wide, height: height + 54 },
      svg("text", { class: "most", x: 0, y: 9 }, sizeWords(most)), ...bars));
}

function table(caption, rows) {
  const lines = rows.map(([name, count, bytes]) =>
    make("tr", {}, make("th", { scope: "row" }, make("bdi", {}, name)), make("td", {}, count.toLocaleString("en-GB")), make("td", {}, sizeWords(bytes))));
  const head = ["", "How many", "Size"].map((word) => (word ? make("th", { scope: "col" }, word) : make("td", {})));
  return make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines));
}

async function fill() {
  const usage = await ask("/v1/usage");
  const months = allMonths(usage.months);
  const classes = Object.entries(usage.classes).filter(([, one]) => one.bytes);
  const kinds = Object.entries(usage.kinds).filter(([, one]) => one.count).sort().reverse();
  const list = (rows) => rows.map((one) => [one.month ? monthWords(one.month) : collectionWords(one.collection), one.count, one.bytes]);
  dialog.querySelector(".body").replaceChildren(
    make("p", { class: "lead" }, `${sizeWords(usage.free_bytes)} are free.`, usage.forecast ? ` ${shown(usage.forecast.text)}` : ""),
    ...(months.length ? [chart(months)] : []),
    table("By what it is kept for", classes.map(([name, one]) => [names[name] ?? name, one.count, one.bytes])),
    table("By kind", kinds.map(([name, one]) => [`${name[0].toUpperCase()}${name.slice(1)}s`, one.count, one.bytes])),
    table("By collection", list(usage.top_level)),
    make("details", {}, make("summary", {}, "By month, as a table"), table("By month", list(months.reverse()))),
  );
}

export const open = () => openSheet(dialog, fill);
