// The simulator's page: learners on the left, one or two open chats, and the reasons for an answer.

import { preview } from "./simulator/bubble.js";
import { element } from "./simulator/dom.js";
import { load, newLearner, newNumber, readable, save } from "./simulator/learners.js";
import { Pane } from "./simulator/pane.js";
import { Thread } from "./simulator/thread.js";
import { explain } from "./simulator/why.js";

const find = (id) => document.getElementById(id);
const app = find("app");
const addresses = {
  messages: app.dataset.messages,
  webhook: app.dataset.webhook,
  statusWebhook: app.dataset.statusWebhook,
};

const threads = [];
const panes = [];
let active = null; // the pane that was used last
let edited = null; // the pane whose learner the dialog shows

const keep = () => save(threads.map((thread) => thread.learner));

function newThread(learner) {
  const thread = new Thread(learner, addresses, keep);
  thread.addEventListener("change", () => refresh(thread));
  thread.look();
  return thread;
}

function addLearner() {
  const thread = newThread(newLearner(threads.map((other) => other.learner)));
  threads.push(thread);
  keep();
  return thread;
}

function addPane(thread) {
  const pane = new Pane(find("pane-template"), {
    samples: { picture: app.dataset.picture, voiceNote: app.dataset.voiceNote },
    openList,
    explain: (from, message) => showWhy(from, message),
    act: (name, from) => actions[name](from),
  });
  pane.node.addEventListener("focusin", () => activate(pane));
  pane.node.addEventListener("pointerdown", () => activate(pane));
  panes.push(pane);
  find("panes").append(pane.node);
  showIn(pane, thread);
  return pane;
}

function showIn(pane, thread) {
  if (pane.thread) pane.thread.shown = false;
  thread.shown = true;
  pane.show(thread);
  thread.look();
  drawPeople();
  if (pane === active) drawWhy();
}

/** Open a learner's chat in the pane that was used last, or go to the pane that shows it already. */
function open(thread) {
  const pane = panes.find((candidate) => candidate.thread === thread) ?? active;
  if (pane.thread !== thread) showIn(pane, thread);
  app.dataset.screen = "chat";
  activate(pane);
  pane.focus();
}

function activate(pane) {
  if (pane === active) return;
  active = pane;
  for (const other of panes) other.node.classList.toggle("active", other === pane);
  drawPeople();
  drawWhy();
}

function refresh(thread) {
  drawPeople();
  if (active?.thread === thread) drawWhy();
}

function drawPeople() {
  const rows = threads.map((thread) => {
    const { learner } = thread;
    const last = thread.items.length ? preview(thread.items.at(-1)) : { when: "", words: readable(learner.number) };
    const button = element(
      "button",
      { type: "button", className: "person", onclick: () => open(thread) },
      element("span", { className: `avatar hue-${learner.hue}`, textContent: learner.name.slice(0, 1), "aria-hidden": "true" }),
      element("span", { className: "name", textContent: learner.name, dir: "auto" }),
      element("span", { className: "when", textContent: last.when }),
      element("span", { className: "last", textContent: last.words, dir: "auto" }),
      thread.unread && !thread.shown ? unread(thread.unread) : null,
    );
    if (thread.shown) button.setAttribute("aria-current", "true");
    return element("li", {}, button);
  });
  replaceKeepingFocus(find("people"), rows);
}

function unread(count) {
  return element("span", { className: "unread" }, String(count), element("span", { className: "unseen", textContent: " unread" }));
}

/** Replace the rows of a list; the keyboard's focus stays in the row of the same place. */
function replaceKeepingFocus(list, rows) {
  const place = [...list.children].findIndex((row) => row.contains(document.activeElement));
  list.replaceChildren(...rows);
  if (place >= 0) rows[Math.min(place, rows.length - 1)]?.querySelector("button").focus();
}

function drawWhy() {
  const { thread, selected } = active;
  const chosen = thread.stored.find((message) => message.id === selected) ?? thread.stored.findLast((message) => message.side === "in");
  const inbound = chosen ? thread.turnOf(chosen) : null;
  explain(find("why-body"), inbound, inbound ? thread.repliesTo(inbound) : []);
}

function showWhy(pane, message) {
  activate(pane);
  pane.select(message);
  drawWhy();
  app.dataset.why = "open";
  find("why-body").focus();
}

function closeWhy() {
  delete app.dataset.why;
  active.focus();
}

function openList(message, choose) {
  const sheet = find("choices");
  const rows = message.rows.map((row) =>
    element(
      "li",
      {},
      element(
        "button",
        {
          type: "button",
          onclick: () => {
            sheet.close();
            choose(row);
          },
        },
        element("b", { textContent: row.title }),
        element("span", { textContent: row.description }),
      ),
    ),
  );
  sheet.querySelector("ul").replaceChildren(...rows);
  sheet.showModal();
}

const actions = {
  back() {
    app.dataset.screen = "people";
    find("people").querySelector("[aria-current]")?.focus();
  },
  edit(pane) {
    const dialog = find("person");
    const { name, number } = dialog.querySelector("form").elements;
    edited = pane;
    name.value = pane.thread.learner.name;
    number.value = readable(pane.thread.learner.number);
    dialog.showModal();
    name.select();
  },
  restart(pane) {
    const old = pane.thread;
    const thread = newThread({ ...old.learner, number: newNumber(), outbox: [], seen: 0 });
    threads.splice(threads.indexOf(old), 1, thread);
    old.stop();
    keep();
    showIn(pane, thread);
    pane.focus();
  },
  why(pane) {
    showWhy(pane, null);
  },
};

function rename(pane, name) {
  pane.thread.learner.name = name.trim() || pane.thread.learner.name;
  keep();
  pane.rename();
  drawPeople();
}

function remove(thread) {
  thread.stop();
  threads.splice(threads.indexOf(thread), 1);
  if (!threads.length) addLearner();
  keep();
  for (const pane of [...panes]) if (pane.thread === thread) fillOrClose(pane);
  drawPeople();
}

function fillOrClose(pane) {
  const other = threads.find((thread) => !thread.shown);
  if (other) showIn(pane, other);
  else setSplit(false, pane);
}

/** Show two chats, or close one: the given pane, or else the second. */
function setSplit(split, closing = panes[1]) {
  if (split && panes.length < 2) {
    addPane(threads.find((thread) => !thread.shown) ?? addLearner());
  } else if (!split && closing && panes.length > 1) {
    closing.thread.shown = false;
    closing.close();
    panes.splice(panes.indexOf(closing), 1);
    activate(panes[0]);
  }
  app.toggleAttribute("data-split", panes.length > 1);
  find("split").setAttribute("aria-pressed", String(panes.length > 1));
  drawPeople();
}

function listen() {
  find("add").addEventListener("click", () => open(addLearner()));
  find("split").addEventListener("click", () => setSplit(panes.length < 2));
  find("why-close").addEventListener("click", closeWhy);
  find("why").addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeWhy();
  });
  for (const dialog of document.querySelectorAll("dialog")) {
    // The dialog itself is hit only outside its content.
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
  find("choices").querySelector("[data-do=close]").addEventListener("click", () => find("choices").close());
  listenToPerson(find("person"));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const thread of threads) thread.look();
    for (const pane of panes) pane.draw();
  });
}

function listenToPerson(dialog) {
  const form = dialog.querySelector("form");
  form.addEventListener("submit", () => rename(edited, form.elements.name.value));
  form.querySelector("[data-do=cancel]").addEventListener("click", () => dialog.close());
  form.querySelector("[data-do=remove]").addEventListener("click", () => {
    dialog.close();
    remove(edited.thread);
  });
}

function start() {
  for (const learner of load()) threads.push(newThread(learner));
  if (!threads.length) addLearner();
  activate(addPane(threads[0]));
  active.focus();
  listen();
}

start();
