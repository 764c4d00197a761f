// Ready-made replies: `/` at the beginning of a word opens them, what is typed after it narrows them.

import { written } from "./composer.js";
import { conversation, onChange } from "./panes.js";
import { announce } from "./say.js";

const frame = document.getElementById("panes");
const TYPED = /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u;

let replies = null; // of the conversation on the screen
let found = [];
let chosen = 0;

const box = () => document.querySelector("#reply textarea");
const list = () => document.querySelector("#reply .picker");
const isOpen = () => Boolean(list() && !list().hidden);

/** Connect everything. */
export function start() {
  document.addEventListener("input", ({ target }) => target === box() && look());
  document.addEventListener("keydown", (event) => isOpen() && event.target === box() && press(event), true);
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-do="pick"]')) return openByHand();
    const option = event.target.closest('.picker [role="option"]');
    if (option) insert(Number(option.dataset.place));
    else if (!event.target.closest("#reply .box")) close();
  });
  onChange(({ detail }) => detail.opened && (replies = null));
}

function openByHand() {
  const field = box();
  const before = field.value.slice(0, field.selectionStart);
  field.setRangeText(/(^|\s)$/.test(before) ? "/" : " /", field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** What stands between a slash and the cursor; null without a slash. */
function typed() {
  return TYPED.exec(box()?.value.slice(0, box().selectionStart) ?? "");
}

async function look() {
  if (typed() && replies === null) await load();
  const word = typed(); // while the replies were loaded one of them may have been picked, or the reply sent
  if (!word || replies === null) return close();
  const wanted = word[1].toLowerCase();
  found = replies.filter(({ shortcut, text }) => shortcut.includes(wanted) || (wanted.length > 2 && text.toLowerCase().includes(wanted)));
  chosen = 0;
  draw();
}

async function load() {
  const shown = conversation();
  try {
    const response = await fetch(`${frame.dataset.readyMade}?conversation=${shown}`, { headers: { Accept: "application/json" } });
    if (response.ok && conversation() === shown) replies = (await response.json()).replies;
  } catch {
    replies = null; // the next letter asks again
  }
}

function draw() {
  const node = list();
  const options = found.map(({ shortcut, text }, place) => {
    const option = document.createElement("div");
    option.id = `ready-made-${place}`;
    option.dataset.place = place;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(place === chosen));
    option.append(Object.assign(document.createElement("b"), { textContent: `/${shortcut}` }), Object.assign(document.createElement("span"), { textContent: text, dir: "auto" }));
    return option;
  });
  const nothing = Object.assign(document.createElement("p"), { textContent: "No ready-made reply has this. They stand in canned_replies.yaml of the knowledge." });
  node.setAttribute("role", found.length ? "listbox" : "status");
  node.setAttribute("aria-label", "Ready-made replies");
  node.replaceChildren(...(options.length ? options : [nothing]));
  if (node.hidden) announce(`${found.length} ready-made replies: arrow keys choose, Enter takes.`);
  node.hidden = false;
  box().setAttribute("aria-autocomplete", "list");
  if (found.length) box().setAttribute("aria-activedescendant", `ready-made-${chosen}`);
  node.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function press(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.isComposing) return;
  if (step && found.length) {
    chosen = (chosen + step + found.length) % found.length;
    draw();
  } else if ((event.key === "Enter" || event.key === "Tab") && found.length) {
    insert(chosen);
  } else if (event.key === "Escape") {
    close();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** Put a reply in the place of `/word`; everything else of the draft stays. */
function insert(place) {
  const field = box();
  const end = field.selectionStart;
  const word = typed();
  const begin = word ? end - word[1].length - 1 : end;
  field.setRangeText(found[place].text, begin, end, "end");
  close();
  field.focus();
  written(field.form);
}

function close() {
  if (!isOpen()) return;
  list().hidden = true;
  box().removeAttribute("aria-activedescendant");
}
