// What the page says after something was done: one line at the foot of whatever is in front, perhaps with a way back.
import { Cancelled } from "./archive.js";
import { make } from "./text.js";

const short_ms = 9000;
const long_ms = 40000;

let timer = 0;
let wayBack = null;

/** `undo` is done by its button or Ctrl+Z. */
export function say(words, undo) {
  clearTimeout(timer);
  for (const place of document.querySelectorAll(".said")) place.replaceChildren();
  wayBack = undo ?? null;
  if (!words) return;
  const place = [...document.querySelectorAll("dialog:modal > .said")].at(-1) ?? document.getElementById("said");
  place.append(make("span", {}, words));
  if (undo) place.append(make("button", { type: "button", title: "Ctrl+Z", onclick: goBack }, "Undo"));
  place.append(make("button", { type: "button", class: "round", "aria-label": "Close this line", onclick: () => say("") }, "×"));
  clearLater(place, undo ? long_ms : short_ms);
}

/** It stays as long as somebody points at it or stands on it. */
function clearLater(place, delay_ms) {
  timer = setTimeout(() => (place.matches(":hover, :focus-within") ? clearLater(place, short_ms) : say("")), delay_ms);
}

function goBack() {
  const undo = wayBack;
  say("");
  undo?.();
}

addEventListener("keydown", (event) => {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || !wayBack || event.target.closest("input, textarea")) return;
  event.preventDefault();
  goBack();
});

/** Does something, and says the archive's own words if it refuses; nothing where somebody only thought better of it. */
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Cancelled)) say(error.message);
    return undefined;
  }
}
