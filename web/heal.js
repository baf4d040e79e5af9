// "Bring back from the backup": the same in the list of what is damaged and beside the asset itself.
import { about, ask } from "./archive.js";
import { attempt, say } from "./said.js";
import { make, shown, titleOf } from "./text.js";

/** Published files never change, so that the browser would keep what it saw while they were damaged. */
async function forget(folder, { file }) {
  const answer = await fetch(`/${folder}/${file}`, { cache: "reload" }).catch(() => null);
  await answer?.body?.cancel();
}

export function healButton(asset, changed) {
  const button = make("button", { type: "button", "data-act": "heal" }, "Bring back from the backup");
  button.onclick = async () => {
    button.disabled = true;
    say("Bringing it back …");
    const healed = await attempt(() => ask(about(asset.id, "/heal"), { method: "POST" }));
    button.disabled = false;
    if (!healed) return;
    await Promise.all(healed.renditions.map(forget.bind(null, healed.folder)));
    say(`${shown(titleOf(asset))} is as it was again.`);
    changed({ ...healed, damage: null });
  };
  return button;
}
