// One learner's conversation: what the server has stored, and what is still on its way to it.

import { inboundForm, post, readReport } from "./webhook.js";

const SOON = 400; // milliseconds between looks while an answer is expected
const IDLE = 2500; // while a chat is open and quiet
const CLOSED = 6000; // while no pane shows the chat
const MISSES = 2; // looks after which a message that was taken must have been seen

const ON_ITS_WAY = new Set(["queued", "sending"]);

/** Fires `change` whenever something that a pane shows is different. */
export class Thread extends EventTarget {
  shown = false;
  offline = false;
  loaded = false;
  #messages = new Map();
  #cursor = 0;
  #timer = 0;
  #looking = false;
  #stopped = false;
  #lastPost = Promise.resolve();
  #reported = new Set();

  /**
   * learner: lives in the page's list; its outbox holds what the server has not stored yet.
   * addresses: `messages`, `webhook` and `statusWebhook`. keep: saves the list of learners.
   */
  constructor(learner, addresses, keep) {
    super();
    this.learner = learner;
    this.addresses = addresses;
    this.keep = keep;
    learner.outbox = learner.outbox.filter((entry) => entry.state !== "erased");
    // Whether a post of an earlier page arrived shows at the first look.
    for (const entry of learner.outbox) entry.state = "unsure";
  }

  /** What stands in the chat, in order: stored messages, without bubbles that have not left yet, then the outbox. */
  get items() {
    return [...this.stored.filter((message) => !isOnItsWay(message)), ...this.learner.outbox];
  }

  get stored() {
    return [...this.#messages.values()];
  }

  /** Whether the school's side is at work on an answer. */
  get typing() {
    return this.learner.outbox.some((entry) => entry.state === "accepted") || this.stored.some(isOnItsWay);
  }

  get unread() {
    return this.stored.filter((message) => message.side === "out" && message.id > this.learner.seen).length;
  }

  /** The learner's message that `message` answers, or is; null if it answers none. */
  turnOf(message) {
    return message.side === "in" ? message : (this.#messages.get(message.in_reply_to) ?? null);
  }

  repliesTo(inbound) {
    return this.stored.filter((message) => message.in_reply_to === inbound.id);
  }

  /** Whether a stored message of the learner was left without a bubble, as when staff have the conversation. */
  isUnanswered(message) {
    return message.id !== undefined && !this.repliesTo(message).length;
  }

  /** How far a learner's message has come: unsure, posting, failed, accepted, erased, stored or answered. */
  progressOf(item) {
    if (item.id === undefined) return item.state;
    const settled = item.outcome !== "ignored" && !this.repliesTo(item).some(isOnItsWay);
    return settled ? "answered" : "stored";
  }

  send(what) {
    const form = inboundForm(this.learner, what);
    const entry = { sid: form.MessageSid, side: "in", form, at: new Date().toISOString(), state: "posting" };
    this.learner.outbox.push(entry);
    this.#post(entry);
  }

  /** Post a message again under its own id: the server takes it once, however often it arrives. */
  retry(sid) {
    const entry = this.learner.outbox.find((candidate) => candidate.sid === sid);
    if (entry?.state === "failed") this.#post(entry);
  }

  #post(entry) {
    entry.state = "posting";
    this.#changed();
    // One after another, as a phone does: two posts at once could arrive in the wrong order.
    this.#lastPost = this.#lastPost.then(async () => {
      try {
        await post(this.addresses.webhook, entry.form);
        entry.state = "accepted";
        entry.misses = 0;
      } catch {
        entry.state = "failed";
      }
      this.#changed();
      this.look();
    });
  }

  /** Tell the server, as a phone would, that the school's bubbles have been seen. */
  markSeen() {
    const newest = this.stored.at(-1)?.id ?? 0;
    if (newest > this.learner.seen) {
      this.learner.seen = newest;
      this.keep();
    }
    for (const message of this.stored) {
      const unseen = message.side === "out" && ["sent", "delivered"].includes(message.state);
      if (!unseen || !message.sid || this.#reported.has(message.sid)) continue;
      this.#reported.add(message.sid);
      // A lost report changes nothing: the next page load sends it again.
      post(this.addresses.statusWebhook, readReport(message, this.learner)).then(() => this.look(), () => {});
    }
  }

  /** Ask the server now, then again in a while. Pauses while the page is hidden. */
  async look() {
    clearTimeout(this.#timer);
    if (document.hidden || this.#looking || this.#stopped) return;
    this.#looking = true;
    try {
      await this.#fetch();
      this.#setOffline(false);
    } catch {
      this.#setOffline(true);
    }
    this.#looking = false;
    this.#timer = setTimeout(() => this.look(), this.#pause());
  }

  stop() {
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  async #fetch() {
    const url = `${this.addresses.messages.replace("LEARNER", this.learner.number)}?after=${this.#cursor}`;
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`The simulator answered ${answer.status}`);
    const { messages, cursor } = await answer.json();
    const news = messages.filter((message) => !same(message, this.#messages.get(message.id)));
    for (const message of news) this.#messages.set(message.id, message);
    this.#cursor = cursor;
    const before = JSON.stringify(this.learner.outbox);
    this.#settleOutbox();
    if (news.length || !this.loaded || JSON.stringify(this.learner.outbox) !== before) {
      this.loaded = true;
      this.#changed();
    }
  }

  #settleOutbox() {
    const arrived = new Set(this.stored.map((message) => message.sid));
    this.learner.outbox = this.learner.outbox.filter((entry) => !arrived.has(entry.sid));
    for (const entry of this.learner.outbox) {
      if (entry.state === "unsure") entry.state = "failed";
      // It was taken and is not there: the learner has asked to be forgotten.
      if (entry.state === "accepted" && ++entry.misses > MISSES) entry.state = "erased";
    }
  }

  #pause() {
    if (this.offline) return IDLE;
    if (this.typing) return SOON;
    return this.shown ? IDLE : CLOSED;
  }

  #setOffline(offline) {
    if (this.offline === offline) return;
    this.offline = offline;
    this.dispatchEvent(new Event("change"));
  }

  #changed() {
    this.keep();
    this.dispatchEvent(new Event("change"));
  }
}

function isOnItsWay(message) {
  return message.side === "out" && ON_ITS_WAY.has(message.state);
}

function same(message, other) {
  return JSON.stringify(message) === JSON.stringify(other);
}
