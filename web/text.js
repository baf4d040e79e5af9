// Words and numbers for people, and elements made of them. Names come from strangers: they only ever become text.

/** An element with attributes and listeners ("onclick"), holding text and other elements. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** A name as it can be shown: what would turn the line around, or break it, becomes visible. */
export const shown = (name) => name.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");

/** A name with a direction of its own, so that it cannot reorder the words around it. */
export const named = (name) => make("bdi", {}, shown(name));

export const titleOf = (asset) => asset.caption?.trim() || asset.source_name;
export const collectionWords = (collection) => (collection ? shown(collection).split("/").join(" / ") : "No collection");
export const pathOf = ({ name, collection }) => make("span", { class: "path" }, collection ? make("span", { class: "folder" }, named(collection), "/") : "", named(name));

const english = (options) => new Intl.DateTimeFormat("en-GB", options);
const longDay = english({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const plainDay = english({ day: "numeric", month: "long", year: "numeric" });
const shortDay = english({ day: "numeric", month: "long" });
const clock = english({ hour: "2-digit", minute: "2-digit" });
const month = english({ month: "long", year: "numeric", timeZone: "UTC" });
const plainDayThere = english({ day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const clockThere = english({ hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

/** The day a moment belongs to here, as a key that sorts. */
export function dayKey(at) {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

export function dayWords(at) {
  const key = dayKey(at);
  if (key === dayKey(Date.now())) return `Today, ${plainDay.format(new Date(at))}`;
  if (key === dayKey(Date.now() - 864e5)) return `Yesterday, ${plainDay.format(new Date(at))}`;
  return longDayWords(at);
}

export const longDayWords = (at) => longDay.format(new Date(at)).replace(",", "");

export const momentWords = (at) => `${plainDay.format(new Date(at))}, ${clock.format(new Date(at))}`;
export const monthWords = (key) => month.format(new Date(`${key}-01T00:00:00Z`));

/** "20 December", with the year only where it is another one. */
export function untilWords(at) {
  const date = new Date(at);
  return (date.getFullYear() === new Date().getFullYear() ? shortDay : plainDay).format(date);
}

/** When it was recorded: by the clock of the place where that was, as far as the file tells. */
export function recordedWords(asset) {
  if (!asset.captured_at) return null;
  const source = asset.captured_at_source ?? "";
  const zone = /^([+-])(\d\d):(\d\d)$/.exec(asset.captured_at_offset ?? "");
  if (!zone && !source.endsWith(")")) {
    const words = momentWords(asset.captured_at);
    return source === "file time" ? `${words} (the file’s own date)` : words;
  }
  const minutes = zone ? (zone[1] + 1) * (zone[2] * 60 + +zone[3]) : 0;
  const there = new Date(Date.parse(asset.captured_at) + minutes * 6e4);
  if (source.endsWith("(day only)")) return plainDayThere.format(there);
  return `${plainDayThere.format(there)}, ${clockThere.format(there)} ${zone ? `(UTC${zone[0]})` : "(the camera’s clock)"}`;
}

export function sizeWords(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 999.5 && unit < 4) [bytes, unit] = [bytes / 1000, unit + 1];
  return `${unit > 1 && bytes < 9.95 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** "1:02:03", as players show it. */
export function lengthClock(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

/** "1 minute 5 seconds", as it is said. */
export function lengthWords(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  const parts = [[Math.floor(whole / 3600), "hour"], [Math.floor(whole / 60) % 60, "minute"], [whole % 60, "second"]];
  return parts.filter(([count]) => count).map(([count, word]) => counted(count, word)).join(" ");
}

export function leftWords(seconds) {
  if (seconds < 50) return "less than a minute left";
  if (seconds < 5400) return `about ${Math.max(1, Math.round(seconds / 60))} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

export const counted = (count, word, many = `${word}s`) => `${count.toLocaleString("en-GB")} ${count === 1 ? word : many}`;
