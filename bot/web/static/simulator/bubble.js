// One message as a bubble.

import { element, icon } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

const PROGRESS = {
  unsure: ["clock", "not known whether it was sent"],
  posting: ["clock", "being sent"],
  failed: ["alert", "not sent"],
  erased: ["tick", "sent, no longer stored"],
  accepted: ["tick", "sent"],
  stored: ["ticks", "delivered"],
  answered: ["ticks", "read"],
};

const WITHOUT_WORDS = { image: "Picture", audio: "Voice note", location: "Location" };

const AUTHORS = { bot: "The school's bot", staff: "Staff of the school", system: "The school" };

/**
 * Make the bubble of a message.
 *
 * progress: how far a learner's own message has come, see Thread.progressOf; unused for the school's bubbles.
 * on: what happens on `choose(message, button)`, `openList(message)`, `retry(sid)` and `explain(message)`; without
 *   `explain` the bubble has no button for it.
 */
export function bubble(message, progress, on) {
  const mine = message.side === "in";
  const node = element("div", { className: `bubble ${mine ? "mine" : "theirs"}` });
  // The reader has just written this: no need to have it read out.
  if (mine) node.setAttribute("aria-live", "off");
  node.append(element("span", { className: "unseen", textContent: mine ? "You: " : `${AUTHORS[message.author]}: ` }));
  if (message.author === "staff") node.append(element("span", { className: "author", textContent: "Staff" }));
  node.append(...attachments(message), text(message), foot(message, progress));
  if (message.state === "failed" && !mine) node.append(notice(`Not delivered: ${message.error}`));
  if (message.state === "unknown") node.append(notice("Perhaps not delivered: nobody can tell."));
  if (message.buttons?.length) node.append(buttons(message, on));
  if (message.rows?.length) node.append(listButton(message, on));
  if (progress === "failed") node.append(retryButton(message, on));
  if (on.explain) node.append(whyButton(message, on));
  return node;
}

/** Return what a list of chats shows of a message: when, and what. */
export function preview(message) {
  const words = [...text(message).children].map((block) => block.textContent).join(" ").trim();
  return {
    when: clock.format(new Date(message.at)),
    words: words || (WITHOUT_WORDS[kindOf(message)] ?? "Message"),
  };
}

function kindOf(message) {
  return message.kind ?? message.form?.MessageType;
}

function text(message) {
  const node = element("div", { className: "text", dir: "auto" });
  if (message.html !== undefined) node.innerHTML = message.html;
  else node.append(element("p", { className: "raw", textContent: message.form.Body }));
  return node;
}

function attachments(message) {
  const source = message.media ?? message.form?.MediaUrl0;
  switch (kindOf(message)) {
    case "image":
      return source ? [element("img", { src: source, alt: "The picture that was sent", width: 640, height: 440 })] : [chip("picture", "Picture")];
    case "audio":
      return source
        ? [element("audio", { src: source, controls: true, preload: "metadata", "aria-label": "The voice note that was sent" })]
        : [chip("microphone", "Voice note")];
    case "location":
      return [chip("pin", "Location")];
    case "video":
    case "document":
    case "contact":
    case "sticker":
      return [chip("picture", message.kind)];
    default:
      return [];
  }
}

function chip(name, words) {
  return element("div", { className: "chip" }, icon(name), element("span", { textContent: words }));
}

/** Bring time, ticks and delivery up to date without touching what may hold the focus. */
export function refresh(node, message, progress) {
  node.querySelector(".foot").replaceWith(foot(message, progress));
}

function foot(message, progress) {
  const at = new Date(message.at);
  const node = element("div", { className: "foot" }, element("time", { dateTime: message.at, textContent: clock.format(at) }));
  node.setAttribute("aria-live", "off"); // a message is read out once, not again with each tick
  if (message.side === "in") {
    const [name, label] = PROGRESS[progress];
    const drawing = icon(name, label);
    drawing.classList.toggle("seen", progress === "answered");
    node.append(drawing);
  } else {
    node.title = `Delivery: ${message.state}`;
    node.append(element("span", { className: "unseen", textContent: `, delivery: ${message.state}` }));
  }
  return node;
}

function notice(words) {
  return element("p", { className: "notice" }, icon("alert"), element("span", { textContent: words }));
}

function buttons(message, on) {
  const made = message.buttons.map((button) =>
    element("button", { type: "button", onclick: () => on.choose(message, button) }, icon("reply"), button.title),
  );
  return element("div", { className: "choices" }, ...made);
}

function listButton(message, on) {
  const button = element("button", { type: "button", onclick: () => on.openList(message) }, icon("list"), "Choose");
  button.setAttribute("aria-haspopup", "dialog");
  return element("div", { className: "choices" }, button);
}

function retryButton(message, on) {
  return element("button", { type: "button", className: "retry", textContent: "Not sent. Tap to try again", onclick: () => on.retry(message.sid) });
}

function whyButton(message, on) {
  const button = element("button", { type: "button", className: "explain", title: "Why this answer", onclick: () => on.explain(message) }, icon("why"));
  button.setAttribute("aria-label", `Why this answer, ${clock.format(new Date(message.at))}`);
  return button;
}
