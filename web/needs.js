// What needs somebody: the files that stand in Problems, with the words of their notes, and Try again.
import { about, ask, oneAtATime } from "./archive.js";
import { attempt, say } from "./said.js";
import { open as openSheet, takeOut } from "./sheet.js";
import { counted, make, momentWords, named, pathOf, shown } from "./text.js";

const dialog = document.getElementById("needs-list");
const list = dialog.querySelector(".rows");

export const fill = oneAtATime(async () => {
  const { files, more } = await ask("/v1/needs_you");
  const stood = document.activeElement?.closest("#needs-list li")?.dataset.id;
  list.replaceChildren(...files.map(row));
  if (more) list.append(make("li", {}, make("p", {}, `And ${counted(more, "older one")} more.`)));
  if (!files.length) list.append(make("li", {}, make("p", {}, "Nothing needs you any more.")));
  if (stood) list.querySelector(`[data-id="${CSS.escape(stood)}"] button`)?.focus();
});

function row(file) {
  const row = make("li", { "data-id": file.asset },
    make("div", {},
      make("strong", {}, pathOf(file)),
      file.since && make("span", { class: "hint" }, ` ${momentWords(file.since)}`),
      make("p", { class: "note" }, shown(file.text))));
  if (!file.asset) return row;
  const button = make("button", { type: "button" }, "Try again");
  button.setAttribute("aria-label", `Try ${shown(file.name)} again`);
  button.onclick = async () => {
    button.disabled = true;
    const retried = await attempt(() => ask(about(file.asset, "/retry"), { method: "POST" }));
    button.disabled = false;
    if (!retried) return;
    takeOut(row);
    say(make("span", {}, named(file.name), " is being tried again. It stands in its folder, and is taken in a moment."));
  };
  row.append(button);
  return row;
}

export const open = () => openSheet(dialog, fill);
