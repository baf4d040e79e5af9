// The small dialog that asks for a token. The token goes to flipd once and becomes a cookie that no script can read.

const dialog = document.getElementById("token");
const form = dialog.querySelector("form");
const word = dialog.querySelector("input");
const said = dialog.querySelector(".said");

/** Answers whether somebody is known now. `present` hands the token over, and throws what is to be said if it is wrong. */
export function askForToken(why, hasTokens, present) {
  return new Promise((resolve) => {
    let isKnown = false;
    dialog.querySelector("#token-why").textContent = hasTokens
      ? `${why} Whoever looks after the archive’s machine hands them out.`
      : `Changing something in the archive needs a token, and none is set up yet: whoever looks after the archive’s machine names a file of them as TokenFile= in [Status] of flipd.conf.`;
    // Without any there is nothing to enter.
    for (const part of form.querySelectorAll("label, input, .strong")) part.hidden = !hasTokens;
    said.textContent = "";
    word.value = "";
    form.onsubmit = async (event) => {
      event.preventDefault();
      const button = form.querySelector("[type=submit]");
      button.disabled = true;
      said.textContent = "One moment …";
      try {
        await present(word.value.trim());
        isKnown = true;
        dialog.close();
      } catch (error) {
        said.textContent = error.message;
        word.select();
      } finally {
        button.disabled = false;
      }
    };
    // Closing returns the focus to where it was.
    dialog.onclose = () => {
      word.value = "";
      resolve(isKnown);
    };
    dialog.showModal();
    word.focus();
  });
}
