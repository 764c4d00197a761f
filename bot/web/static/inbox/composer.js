// Writing: Enter sends, drafts stay, long replies show how they will be split, and nothing is lost or sent twice.

import { Failure, conversation, explain, onChange, send, token } from "./panes.js";
import { signInLink } from "./say.js";
import { stopTyping } from "./typing.js";

const frame = document.getElementById("panes");
const ONE_MESSAGE = 1600; // characters
const COUNTED_FROM = 1200;
const DRAFTS = "inbox-draft:";

const sending = new WeakSet(); // forms on their way

const keyOf = ({ id }) => `${DRAFTS}${frame.dataset.me}:${conversation()}:${id}`;
const boxOf = (form) => form.querySelector("textarea");

/** Connect everything; the forms themselves come and go. */
export function start() {
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("[data-write]");
    if (form && target.localName === "textarea") written(form);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-write]");
    // While letters are composed, as in Hindi, Enter ends the composition. Some browsers say so only by the number 229.
    const composes = event.isComposing || event.keyCode === 229;
    if (!form || event.key !== "Enter" || event.shiftKey || event.altKey || composes || event.defaultPrevented) return;
    event.preventDefault();
    if (boxOf(form).value.trim()) form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-write]")) return;
    event.preventDefault();
    submit(event.target);
  });
  document.addEventListener("submit", ({ target }) => target.matches('[action$="/logout"]') && forgetDrafts(), true);
  onChange(bringBack);
  bringBack();
}

/** Show the form of a kind, `reply` or `note`, with the focus in it. */
export function choose(kind) {
  const mode = document.getElementById(`mode-${kind}`);
  if (!mode) return;
  mode.checked = true;
  (document.querySelector(`#${kind} textarea`) ?? document.querySelector(`#${kind} button`) ?? mode).focus();
}

/** Take note that a form's text has changed. */
export function written(form) {
  const box = boxOf(form);
  if (box.value) localStorage.setItem(keyOf(form), box.value);
  else localStorage.removeItem(keyOf(form));
  grow(box);
  count(form);
}

function bringBack() {
  for (const form of document.querySelectorAll("[data-write]")) {
    const box = boxOf(form);
    const draft = localStorage.getItem(keyOf(form));
    if (!box.value && draft) box.value = draft;
    grow(box);
    count(form);
  }
  showUnsent();
}

/** A reply that cannot be sent now, because a colleague took over say, is still there to be copied. */
function showUnsent() {
  const unsent = document.querySelector("#reply .unsent");
  const draft = unsent && localStorage.getItem(keyOf({ id: "reply" }));
  if (!draft) return;
  unsent.hidden = false;
  unsent.querySelector("textarea").value = draft;
}

function grow(box) {
  box.style.height = "auto";
  if (box.scrollHeight > box.clientHeight) box.style.height = `${box.scrollHeight + 2}px`;
}

async function submit(form) {
  if (sending.has(form)) return; // the second click of a double click
  const box = boxOf(form);
  const text = box.value;
  const key = keyOf(form);
  sending.add(form);
  complain(form, null);
  try {
    await send(form);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (form.isConnected) complain(form, failure);
    else explain(failure);
    return;
  } finally {
    sending.delete(form);
  }
  if (form.elements.submission) form.elements.submission.value = newMark();
  if (form.id === "reply") stopTyping();
  localStorage.removeItem(key);
  if (form.isConnected) sent(form, text);
}

/** Empty the form; what was typed while it was on its way stays. */
function sent(form, text) {
  const box = boxOf(form);
  if (box.value.startsWith(text)) box.value = box.value.slice(text.length);
  written(form);
  if (form.contains(document.activeElement) || document.activeElement === document.body) box.focus();
  document.getElementById("scroll").scrollTop = 0;
}

/** Say below the text that it was not sent; trying again with the same mark cannot send it twice. */
function complain(form, failure) {
  const line = form.querySelector(".not-sent");
  line.hidden = failure === null;
  if (failure === null) return;
  const unreachable = "Not sent: the server cannot be reached. Your text is kept here; send it again, it cannot arrive twice.";
  line.replaceChildren(failure.status ? failure.message : unreachable, " ");
  if (failure.status === 401) line.append(signInLink());
}

const newMark = () => [...crypto.getRandomValues(new Uint8Array(18))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Drafts hold words about learners: they do not stay on a computer that somebody else uses next, nor after an erasure. */
export function forgetDrafts(erased = null) {
  for (const key of Object.keys(localStorage)) {
    const [, , id] = key.split(":"); // see `keyOf`
    if (key.startsWith(DRAFTS) && (erased === null || Number(id) === erased)) localStorage.removeItem(key);
  }
}

// Length and split of a reply

let counting = 0;

function count(form) {
  const output = form.querySelector(".length");
  if (!output) return;
  const { length } = boxOf(form).value;
  output.textContent = length >= COUNTED_FROM ? `${length.toLocaleString()} characters` : "";
  output.classList.toggle("long", length > ONE_MESSAGE);
  clearTimeout(counting);
  if (length > ONE_MESSAGE) counting = setTimeout(() => showPieces(form), 250);
  else form.querySelector(".split").hidden = true;
}

/** Ask the server how it would split the reply: it alone decides. */
async function showPieces(form) {
  const shown = conversation();
  const text = boxOf(form).value;
  const body = new URLSearchParams({ text });
  let answer;
  try {
    const response = await fetch(form.dataset.split, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() } });
    if (!response.ok) return; // the number of characters still stands there
    answer = await response.json();
  } catch {
    return;
  }
  if (conversation() !== shown || boxOf(form).value !== text) return;
  const details = form.querySelector(".split");
  details.hidden = false;
  details.querySelector("summary").textContent = `Will be sent as ${answer.pieces.length} messages`;
  details.querySelector("ol").replaceChildren(
    ...answer.pieces.map((piece) => Object.assign(document.createElement("li"), { textContent: piece, dir: "auto" })),
  );
}
