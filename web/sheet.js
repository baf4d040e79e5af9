// The dialogs that come from the side: closed by Esc, their own button, or a click beside them.
import { attempt } from "./said.js";

/** `fill` draws what is in it, each time. */
export function open(dialog, fill) {
  dialog.onclick = ({ target, clientX }) => {
    const isBeside = target === dialog && clientX && clientX < dialog.getBoundingClientRect().left;
    // A link leads to something on the page behind.
    if (isBeside || target.closest(".close, a[href^='#']")) dialog.close();
  };
  dialog.showModal();
  return attempt(fill);
}

/** Takes a row that is done with out of its list; the focus goes to the next one. */
export function takeOut(row) {
  const hadFocus = row.contains(document.activeElement);
  const near = row.nextElementSibling ?? row.previousElementSibling;
  const dialog = row.closest("dialog");
  row.remove();
  if (hadFocus) (near?.querySelector("button") ?? dialog?.querySelector(".close"))?.focus();
}
