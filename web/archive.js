// How the page speaks with flipd: questions, changes, and what it tells by itself.
/** What flipd refused, in its own sentence. */
export class Refused extends Error {}
/** Somebody thought better of it; nothing needs to be said. */
export class Cancelled extends Error {}

export const unreachable = "The archive cannot be reached just now.";

let session = { may_read: true, may_change: false, name: null, has_tokens: true };

async function send(path, { method = "GET", body } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body: body && JSON.stringify(body),
      headers: body ? { "Content-Type": "application/json" } : {},
      cache: "no-store",
    });
  } catch {
    throw new Refused(`${unreachable} Try again in a moment.`);
  }
  if (response.status === 204) return null;
  const said = await response.json().catch(() => null);
  if (response.ok && said) return said;
  const refused = new Refused(said?.error?.text ?? "The archive gave no clear answer. Try again in a moment.");
  refused.status = response.status;
  refused.code = said?.error?.code;
  throw refused;
}

/** Who one is here. Asked once at the beginning, and after each token. */
export async function meet() {
  session = await send("/v1/session");
  return session;
}

export const knownAs = () => session.name;

/** On a computer that several people use: the next one is asked again. */
export async function forgetMe() {
  await send("/v1/session", { method: "DELETE" });
  await meet();
  document.dispatchEvent(new CustomEvent("known"));
}

/** Nobody is asked twice at once: whoever comes meanwhile waits for the same token. */
let asking = null;
function becomeKnown(why) {
  asking ??= letIn(why).finally(() => (asking = null));
  return asking;
}

async function letIn(why) {
  const { askForToken } = await import("./token.js").catch(() => {
    throw new Refused(`${unreachable} Try again in a moment.`);
  });
  return askForToken(why, session.has_tokens, async (token) => {
    await send("/v1/session", { method: "POST", body: { token } });
    await meet();
    document.dispatchEvent(new CustomEvent("known"));
  });
}

export const mayRead = async () => session.may_read || becomeKnown("Reading this archive needs a token.");

/** Asks flipd. What needs a token is preceded by asking for one, and then goes on by itself. */
export async function ask(path, options = {}) {
  const isChange = (options.method ?? "GET") !== "GET";
  const why = isChange ? "Changing something in the archive needs a token. You are asked once." : "Reading this archive needs a token.";
  if (!(isChange ? session.may_change : session.may_read) && !(await becomeKnown(why))) throw new Cancelled();
  try {
    return await send(path, options);
  } catch (error) {
    if (error.code !== "token-needed") throw error;
    if (!(await becomeKnown(why))) throw new Cancelled();
    return send(path, options);
  }
}

/** Never twice at once, so that no older answer is drawn last: whoever wants it meanwhile has it done once more afterwards. */
export function oneAtATime(act) {
  let running = null;
  let isWantedAgain = false;
  const run = async () => {
    try {
      do {
        isWantedAgain = false;
        await act().catch((error) => {
          if (!isWantedAgain) throw error;
        });
      } while (isWantedAgain);
    } finally {
      running = null;
    }
  };
  return () => {
    isWantedAgain = true;
    return (running ??= run());
  };
}

export const about = (id, act = "") => `/v1/assets/${encodeURIComponent(id)}${act}`;

const retry_ms = 4000;

/** What flipd tells by itself. After a break `opened` is called again: whoever listens then looks anew. */
export function listen({ opened, lost, asset, status }) {
  let source;
  const begin = () => {
    source = new EventSource("/v1/events");
    source.onopen = opened;
    source.addEventListener("asset", (event) => asset(JSON.parse(event.data)));
    source.addEventListener("status", (event) => status(JSON.parse(event.data)));
    source.onerror = () => {
      lost();
      // A browser gives up for good after a clear refusal, such as a proxy's while flipd starts.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => source.readyState === EventSource.CLOSED && again(), retry_ms);
    };
  };
  const again = () => {
    source.close();
    if (!document.hidden) begin();
  };
  begin();
  document.addEventListener("known", again);
  // A page that nobody sees holds no connection: a browser has only six of them for one address.
  document.addEventListener("visibilitychange", again);
}
