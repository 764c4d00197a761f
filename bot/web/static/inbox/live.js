// Keeps the page equal to the server: asks every second what has changed, and says when the line is lost.

import { forgetDrafts } from "./composer.js";
import { heard } from "./notices.js";
import { Busy, Failure, conversation, onChange, open, refresh, thread, token } from "./panes.js";
import { signInLink, toast } from "./say.js";
import { localise, timeOfDay } from "./times.js";
import { isTyping } from "./typing.js";

const frame = document.getElementById("panes");
const TELL_EVERY = 20_000; // milliseconds between two words that this page shows a conversation
const TELL_TYPING_EVERY = 4_000;
const REDRAW_EVERY = 60_000; // waits grow and windows close without anybody doing anything
const PATIENCE = 10_000; // milliseconds until a line is taken for lost
const SLOWEST = 8; // seconds between two attempts while the line is lost

let cursor = frame.dataset.cursor;
let asking = false;
let failures = 0;
let drawn = Date.now();
let wait = 0;
let told = { at: 0, conversation: 0, typing: false };
let read = { conversation: 0, message: 0 };
let knowsWaiting = false;
let signedOut = false;

/** Begin to ask. */
export function start() {
  const worker = new Worker(frame.dataset.ticks);
  worker.addEventListener("message", tick);
  addEventListener("online", () => (wait = 0));
  setInterval(() => localise(document), 15_000);
  onChange(showLine);
  tick();
}

async function tick() {
  if (asking || wait-- > 0) return;
  asking = true;
  try {
    await look();
    failures = 0;
    wait = 0;
    if (signedOut) await refresh();
    signedOut = false;
  } catch (failure) {
    if (failure instanceof Busy) return; // told again in a second: the cursor has not moved
    if (!(failure instanceof Failure)) throw failure;
    failures += 1;
    wait = Math.min(failures, SLOWEST);
    if (failure.status === 401) tellSignedOut();
    if (failure.status === 404) await leave(failure);
    // Signed in again in another window: the token of this page is of the session before.
    if (failure.status === 400) await refresh().catch(() => {});
  } finally {
    asking = false;
    showLine();
  }
}

/** Ask once, and fetch what has changed. The cursor moves on only when all of it is on the screen. */
async function look() {
  const { form, readNow } = question();
  const answer = await post(form);
  if (answer.waiting) heard(answer.waiting, knowsWaiting);
  knowsWaiting ||= Boolean(answer.waiting);
  const stale = new Set();
  if (answer.changed?.length) {
    stale.add("list");
    const ours = answer.changed.find(([id]) => id === conversation());
    if (ours && String(ours[1]) !== thread().dataset.revision) stale.add("thread").add("brief");
  }
  if (readNow) {
    read = readNow;
    stale.add("list");
  }
  if (Date.now() - drawn > REDRAW_EVERY) stale.add("list");
  if (windowHasClosed()) stale.add("list").add("thread");
  if (stale.size) await refresh([...stale]);
  if (stale.has("list")) drawn = Date.now();
  if (answer.presence !== undefined) showPresence(answer.presence);
  if (answer.knowledge) showKnowledge(answer.knowledge);
  cursor = answer.cursor;
}

function question() {
  const form = new URLSearchParams({ cursor, trouble: knowledge().dataset.trouble });
  if (!knowsWaiting) form.set("waiting", "1");
  const shown = conversation();
  let readNow = null;
  if (shown) {
    form.set("open", shown);
    form.set("presence", document.getElementById("presence").textContent);
    const typing = isTyping();
    const since = Date.now() - told.at;
    if (told.conversation !== shown || told.typing !== typing || since > (typing ? TELL_TYPING_EVERY : TELL_EVERY)) {
      form.set("tell", "1");
      if (typing) form.set("typing", "1");
      told = { at: Date.now(), conversation: shown, typing };
    }
    const message = Number(thread().dataset.lastMessage);
    const isNew = read.conversation !== shown || read.message !== message;
    if (isNew && message && document.visibilityState === "visible") {
      form.set("read", message);
      readNow = { conversation: shown, message };
    }
  }
  return { form, readNow };
}

async function post(form) {
  let response;
  try {
    response = await fetch(frame.dataset.live, { method: "POST", body: form, signal: AbortSignal.timeout(PATIENCE), headers: { Accept: "application/json", "X-CSRFToken": token() } });
  } catch {
    throw new Failure(0, "");
  }
  if (response.status === 204) return { cursor: response.headers.get("X-Cursor") };
  if (!response.ok) throw new Failure(response.status, await response.text());
  return response.json();
}

function windowHasClosed() {
  const left = thread().querySelector('.standing time[data-show="left"]');
  return left !== null && new Date(left.dateTime) <= new Date();
}

function showPresence(words) {
  const node = document.getElementById("presence");
  if (!node) return;
  node.textContent = words;
  node.classList.toggle("typing", words.endsWith("typing"));
}

const knowledge = () => document.getElementById("knowledge-state");

/** Tell of an edit of the knowledge that cannot be served, or that it was mended. */
function showKnowledge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("knowledge-state");
  knowledge().dataset.trouble = fresh.dataset.trouble;
  knowledge().replaceChildren(...fresh.childNodes);
}

/** The conversation is not there any more: its learner had it erased. */
async function leave(failure) {
  failures = 0;
  forgetDrafts(conversation());
  toast(failure.message);
  await open(frame.dataset.home, { push: "replace" });
}

function tellSignedOut() {
  if (signedOut) return;
  signedOut = true;
  toast("You are signed out. What you typed stays here: sign in, then go on.", { alarm: true, more: signInLink() });
}

function showLine() {
  const node = document.getElementById("line-state");
  const lost = failures > 0;
  if (!lost) node.dataset.at = timeOfDay(new Date());
  node.classList.toggle("lost", lost);
  const words = lost ? `Reconnecting… as of ${node.dataset.at}` : "Live";
  if (node.textContent !== words) node.textContent = words;
}
