// "Where is my file?": a camera's name, or part of it, and one sentence for an answer.
import { ask, Cancelled } from "./archive.js";
import { make, pathOf, shown } from "./text.js";

const form = document.getElementById("finder");
const field = document.getElementById("camera-name");
const found = document.getElementById("found");
const title = document.getElementById("found-title");
const list = found.querySelector(".rows");

const pause_ms = 350;
const shortest = 2;

let timer = 0;
let asked = "";

async function find() {
  clearTimeout(timer);
  const name = field.value.trim();
  if (name === asked) return;
  asked = name;
  if (name.length < shortest) return hide();
  let answer;
  try {
    answer = await ask(`/v1/find?name=${encodeURIComponent(name)}`);
  } catch (error) {
    if (error instanceof Cancelled) {
      asked = "";
      return hide();
    }
    answer = { text: error.message, files: [] };
    if (name === asked) asked = null;
  }
  // Somebody typed on meanwhile.
  if (name !== field.value.trim()) return;
  found.hidden = false;
  title.textContent = shown(answer.text);
  list.replaceChildren(...answer.files.map(row));
}

function row(file) {
  const isShown = file.asset && ["published", "already-here", "waiting"].includes(file.answer);
  return make("li", {},
    make("div", {},
      make("strong", {}, pathOf(file)),
      make("p", { class: "answer", "data-answer": file.answer }, shown(file.text))),
    isShown && make("a", { class: "button", href: `#${file.asset}`, "aria-label": `Show ${shown(file.name)}` }, "Show"));
}

function hide() {
  found.hidden = true;
  list.replaceChildren();
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(find, pause_ms);
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await find();
  if (!found.hidden) title.focus();
});
document.getElementById("close-found").addEventListener("click", () => {
  field.value = asked = "";
  hide();
  field.focus();
});
