// One open chat: header, bubbles, composer.

import { bubble, refresh } from "./bubble.js";
import { element } from "./dom.js";
import { picture, place, tappedButton, tappedRow, typed, voiceNote } from "./webhook.js";

const NEAR_END = 80; // pixels

const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export class Pane {
  #drawn = new Map();
  #pinned = true; // the reader is at the newest message and wants to see the next one
  #onChange = () => this.draw();

  /**
   * page: what a chat needs from the page around it: `samples` (addresses), `openList(message, choose)`,
   * `explain(pane, message)` and `act(name, pane)` for the buttons of the header.
   */
  constructor(template, page) {
    this.page = page;
    this.node = template.content.firstElementChild.cloneNode(true);
    this.log = this.node.querySelector(".log");
    this.presence = this.node.querySelector(".presence");
    this.box = this.node.querySelector("textarea");
    this.toEnd = this.node.querySelector(".to-end");
    this.#listen();
  }

  /** Show a learner's chat instead of the one shown now. */
  show(thread) {
    this.thread?.removeEventListener("change", this.#onChange);
    this.thread = thread;
    thread.addEventListener("change", this.#onChange);
    this.selected = null;
    this.#drawn.clear();
    this.#pinned = true;
    this.log.replaceChildren();
    this.rename();
  }

  rename() {
    const { name } = this.thread.learner;
    this.node.setAttribute("aria-label", `Chat of ${name}`);
    this.log.setAttribute("aria-label", `Messages of ${name}`);
    this.draw();
  }

  close() {
    this.thread.removeEventListener("change", this.#onChange);
    this.node.remove();
  }

  focus() {
    // On a touch screen the focus would open the keyboard over the chat.
    if (matchMedia("(hover: hover)").matches) this.box.focus();
  }

  scrollToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  draw() {
    const nodes = this.#nodes();
    nodes.forEach((node, place) => {
      if (this.log.children[place] !== node) this.log.insertBefore(node, this.log.children[place] ?? null);
    });
    while (this.log.children.length > nodes.length) this.log.lastElementChild.remove();
    if (this.#pinned) this.scrollToEnd();
    this.log.ariaBusy = String(!this.thread.loaded);
    const { name } = this.thread.learner;
    this.presence.textContent = this.thread.typing ? "typing…" : `You are ${name}`;
    this.node.querySelector(".offline").hidden = !this.thread.offline;
    if (!document.hidden) this.thread.markSeen();
  }

  select(message) {
    this.selected = message?.id ?? null;
    this.draw();
  }

  /** The elements of the log in order. A bubble whose message is unchanged keeps its element, and the focus in it. */
  #nodes() {
    const nodes = [];
    let lastDay = "";
    let lastSide = "";
    for (const item of this.thread.items) {
      const today = new Date(item.at).toDateString();
      if (today !== lastDay) nodes.push(this.#kept(`day ${today}`, today, () => divider(item.at)));
      const leads = today !== lastDay || item.side !== lastSide;
      const node = this.#bubbleOf(item);
      node.classList.toggle("leads", leads);
      node.classList.toggle("selected", item.id !== undefined && item.id === this.selected);
      nodes.push(node);
      [lastDay, lastSide] = [today, item.side];
    }
    if (!nodes.length && this.thread.loaded) nodes.push(this.#kept("empty", "", invitation));
    if (this.thread.typing) nodes.push(this.#kept("typing", "", typingDots));
    return nodes;
  }

  #bubbleOf(item) {
    const progress = item.side === "in" ? this.thread.progressOf(item) : "";
    const { state, misses, ...content } = item;
    const trouble = ["failed", "unknown"].includes(state) && state;
    const explained = item.side === "out" ? item.in_reply_to !== null : this.thread.isUnanswered(item);
    const node = this.#kept(item.id ?? item.sid, JSON.stringify([content, trouble, explained]), () =>
      bubble(item, progress, {
        choose: (message, button) => this.#send(tappedButton(button, message.sid)),
        openList: (message) => this.page.openList(message, (row) => this.#send(tappedRow(row, message.sid))),
        retry: (sid) => this.thread.retry(sid),
        explain: explained ? (message) => this.page.explain(this, message) : null,
      }),
    );
    refresh(node, item, progress);
    return node;
  }

  #kept(key, state, make) {
    const drawn = this.#drawn.get(key);
    if (drawn?.state === state) return drawn.node;
    const node = make();
    drawn?.node.replaceWith(node);
    this.#drawn.set(key, { state, node });
    return node;
  }

  #listen() {
    const form = this.node.querySelector("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendTyped();
    });
    this.box.addEventListener("keydown", (event) => {
      // An input method uses Enter to pick a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#sendTyped();
    });
    this.box.addEventListener("input", () => this.#fit());
    for (const button of this.node.querySelectorAll(".bar [data-do]")) {
      button.addEventListener("click", () => this.page.act(button.dataset.do, this));
    }
    this.toEnd.addEventListener("click", () => this.scrollToEnd());
    this.log.addEventListener("scroll", () => {
      const rest = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight;
      this.#pinned = rest < NEAR_END;
      this.toEnd.hidden = rest < 2 * NEAR_END;
    });
    // A keyboard on the screen, a longer draft or a notice takes room from the log.
    new ResizeObserver(() => this.#pinned && this.scrollToEnd()).observe(this.log);
    this.#listenToSamples();
  }

  #listenToSamples() {
    const menu = this.node.querySelector("details");
    const samples = {
      picture: () => picture(this.page.samples.picture),
      "voice-note": () => voiceNote(this.page.samples.voiceNote),
      location: place,
    };
    for (const button of menu.querySelectorAll("[data-sample]")) {
      button.addEventListener("click", () => {
        menu.open = false;
        this.#send(samples[button.dataset.sample]());
      });
    }
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (!menu.contains(event.relatedTarget)) menu.open = false;
    });
  }

  #sendTyped() {
    if (!this.box.value.trim()) return;
    this.#send(typed(this.box.value));
    this.box.value = "";
    this.#fit();
  }

  #send(what) {
    this.selected = null;
    this.thread.send(what);
    this.scrollToEnd();
    this.focus();
  }

  /** Let the box grow with its text, up to the height that the style sheet allows. */
  #fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }
}

function divider(at) {
  const date = new Date(at);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  const words = days < 2 ? relative.format(-days, "day") : day.format(date);
  return element("div", { className: "day", textContent: words });
}

function invitation() {
  return element("p", { className: "invitation", textContent: "Write as a learner would. For example: hi" });
}

function typingDots() {
  const dots = element("div", { className: "bubble theirs leads typing" });
  dots.setAttribute("aria-hidden", "true");
  dots.append(element("i"), element("i"), element("i"));
  return dots;
}
