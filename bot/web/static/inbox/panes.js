// The three panes: fetched in one request, and put in place without a reload. Addresses stay what they are without
// script, so that reloading, going back and sending a link to a colleague work.

import { morph } from "./morph.js";
import { announce, signInLink, toast } from "./say.js";
import { localise } from "./times.js";

const frame = document.getElementById("panes");
const PLACES = { list: "#list", thread: "#main", brief: "#brief" };
const ALL = ["list", "thread", "brief"];
const PATIENCE = 20_000; // milliseconds until a line is taken for lost
const events = new EventTarget();

let latest = 0; // number of the last thing that the reader did
let acting = 0; // how many things the reader did are on their way
let refreshing = null; // what ends the request of a refresh
const owed = new Set(); // panes that are to be brought up to date, also by refreshes that were cut short
let address = location.pathname + location.search;

/** Call `listener` after panes have changed; `event.detail.opened` tells whether another conversation was opened. */
export const onChange = (listener) => events.addEventListener("change", listener);

export const thread = () => document.querySelector(PLACES.thread);
export const conversation = () => Number(thread().dataset.conversation ?? 0);
export const token = () => frame.dataset.token;

/** What the server refused, or that it could not be reached. `status` is 0 then. */
export class Failure extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** The reader did something meanwhile, whose answer must not be covered by an older one: try again. */
export class Busy extends Error {}

/** Ask the server for panes; returns its answer. Raises Failure, or Busy if `signal` ends it. */
async function ask(url, { panes = ALL, signal = AbortSignal.timeout(PATIENCE), ...more } = {}) {
  const headers = { Accept: "application/json", "X-Panes": panes.join(" ") };
  try {
    const response = await fetch(url, { ...more, signal, headers });
    if (response.ok) return await response.json();
    throw new Failure(response.status, (await response.text()).trim());
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error.name === "AbortError") throw new Busy();
    throw new Failure(0, "The server cannot be reached. Check your connection and try again.");
  }
}

/** Open an address of the inbox. `push`: true for a step that the reader can go back, `replace`, or false. */
export async function open(url, { push = true, keepPlace = false, focus = true } = {}) {
  try {
    await act(
      () => ask(url),
      (answer) => show(answer, { push, keepPlace, focus }),
    );
  } catch (failure) {
    explain(failure);
  }
}

/** Send a form and show what comes back. Raises Failure, after which nothing has changed in the page. */
export async function send(form, submitter = null) {
  const body = new FormData(form, submitter);
  await act(
    () => ask(form.action, { method: "POST", body }),
    (answer) => show(answer, { push: true }),
  );
}

/** Do what the reader wants; its answer is shown unless they did something else meanwhile. */
async function act(question, put) {
  const number = ++latest;
  acting += 1;
  refreshing?.abort();
  try {
    const answer = await question();
    if (number === latest) put(answer);
    for (const { kind, words } of answer.said) toast(words, { more: undo(kind) });
  } finally {
    acting -= 1;
  }
}

/** Bring panes up to date; nothing moves under the reader. Raises Failure or Busy. */
export async function refresh(panes = ALL) {
  for (const pane of panes) owed.add(pane);
  // Of two answers nobody knows which one is newer: so they come one after the other, and the reader goes first.
  if (acting) throw new Busy();
  refreshing?.abort();
  const own = (refreshing = new AbortController());
  const url = new URL(frame.dataset.panes, location);
  for (const [name, value] of new URL(address, location).searchParams) url.searchParams.set(name, value);
  if (conversation()) {
    url.searchParams.set("conversation", conversation());
    url.searchParams.set("read_up_to", thread().dataset.readUpTo);
  }
  const answer = await ask(url, { panes: [...owed], signal: own.signal });
  if (own.signal.aborted) throw new Busy();
  put(answer, { keepPlace: true });
}

/** Tell why something did not work, and bring the panes up to date, because the server knows better. */
export function explain(failure) {
  if (!(failure instanceof Failure)) throw failure;
  const signedOut = failure.status === 401;
  toast(failure.message, { alarm: true, more: signedOut ? signInLink() : null });
  if (failure.status && !signedOut) refresh().catch(() => {});
}

function show(answer, { push, keepPlace = false, focus = true }) {
  const opened = put(answer, { keepPlace });
  if (push && answer.address !== address) history[push === "replace" ? "replaceState" : "pushState"](null, "", answer.address);
  address = answer.address;
  if (focus && opened) events.dispatchEvent(new Event("opened"));
}

/** Call `listener` when the reader has opened another conversation, or gone back to the list. */
export const onOpen = (listener) => events.addEventListener("opened", listener);

/** Put panes in place; true if another conversation is on the screen now. */
function put(answer, { keepPlace }) {
  const before = conversation();
  const known = new Set([...document.querySelectorAll(".bubble")].map((node) => node.id));
  const scroll = document.getElementById("scroll");
  const anchor = keepPlace || before ? anchorOf(scroll) : null;
  for (const [name, html] of Object.entries(answer.panes)) {
    owed.delete(name);
    const old = document.querySelector(PLACES[name]);
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(PLACES[name]);
    prepare(fresh);
    const isOther = name !== "list" && (fresh.dataset.conversation ?? "") !== (old.dataset.conversation ?? "");
    if (isOther) old.replaceWith(document.adoptNode(fresh));
    else morph(old, fresh);
  }
  document.title = answer.title;
  frame.dataset.token = answer.token;
  frame.dataset.screen = conversation() ? "thread" : "list";
  const opened = conversation() !== before;
  if (!opened) {
    hold(anchor);
    announceNew(known);
  }
  events.dispatchEvent(new CustomEvent("change", { detail: { opened } }));
  return opened;
}

/** Make HTML of the server ready for a reader with script. */
export function prepare(root) {
  for (const node of root.querySelectorAll("[data-script-only]")) node.hidden = false;
  localise(root);
}

/** Return what stands at the top of the thread and where, so that it can stay there. None if the end is shown. */
function anchorOf(scroll) {
  if (!scroll || scroll.scrollTop > -8) return null; // turned round: 0 is the end
  const top = scroll.getBoundingClientRect().top;
  const node = [...scroll.querySelectorAll(".bubble")].find((one) => one.getBoundingClientRect().bottom > top);
  return node ? { node, offset: node.getBoundingClientRect().top - top } : null;
}

function hold(anchor) {
  const scroll = document.getElementById("scroll");
  if (!scroll || !anchor?.node.isConnected) return;
  scroll.scrollTop += anchor.node.getBoundingClientRect().top - scroll.getBoundingClientRect().top - anchor.offset;
}

function announceNew(known) {
  const fresh = [...document.querySelectorAll(".bubble.learner, .bubble.note")].filter((node) => !known.has(node.id));
  if (known.size && fresh.length) announce(fresh.map((node) => `New: ${node.querySelector(".text").textContent || "a file"}`).join(". "));
}

function undo(kind) {
  const id = /^undo-(\d+)$/.exec(kind)?.[1];
  if (!id) return null;
  const form = document.getElementById("undo").content.firstElementChild.cloneNode(true);
  form.action = `${frame.dataset.home}/${id}/reopen${new URL(address, location).search}`;
  form.elements.csrf_token.value = token();
  return form;
}

addEventListener("popstate", () => {
  const now = location.pathname + location.search;
  if (now === address) return; // only what stands behind the # has changed
  open(now, { push: false });
});
