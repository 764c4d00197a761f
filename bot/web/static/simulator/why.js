// The panel that tells how a message was read and what followed from it.

import { element } from "./dom.js";

const percent = new Intl.NumberFormat(undefined, { style: "percent" });

const NEAR = 0.005; // readings below would be shown as 0 %

const ACTIONS = { answer: "Answer", handoff: "Handed over", clarify: "Asked back", fallback: "Did not know" };

/** Fill the panel for one turn: the learner's stored message and the bubbles that answered it; null for no turn. */
export function explain(panel, inbound, replies) {
  const parts = inbound ? [...turn(inbound), delivery(inbound, replies)] : [nothing()];
  panel.replaceChildren(...parts.filter((part) => part !== null));
  panel.scrollTop = 0;
}

function turn(inbound) {
  const quote = element("blockquote", { className: "asked", dir: "auto" });
  quote.innerHTML = inbound.html;
  if (!quote.textContent) quote.textContent = inbound.kind;
  const { decision } = inbound;
  if (!decision) return [quote, note("There is no decision for this message.")];
  return [
    quote,
    facts([
      ["Decision", ACTIONS[decision.action] ?? decision.action],
      ["Outcome", outcomeOf(inbound)],
      inbound.choice ? ["Tapped", inbound.choice] : null,
      decision.why?.read_as ? ["Read as", decision.why.read_as] : null,
      ["Knowledge", decision.knowledge],
    ]),
    ...(decision.why?.read_as ? reading(decision.why) : []),
    section("Answered with", answers(decision.answers)),
    section("Offered instead", suggestions(decision.suggestions)),
  ];
}

function outcomeOf({ outcome, reason }) {
  const words = [outcome, reason].map((word) => word.replaceAll("_", " "));
  return outcome === reason ? words[0] : `${words[0]} (${words[1]})`;
}

function reading(why) {
  return [section("Recognised", mentions(why)), section("Readings", candidates(why))];
}

function nothing() {
  return note("Send a message: here you see which names the bot recognised, what it might mean, and where the answer stands.");
}

function note(words) {
  return element("p", { className: "note", textContent: words });
}

function section(title, content) {
  return content && element("section", {}, element("h3", { textContent: title }), content);
}

function facts(pairs) {
  const rows = pairs.filter(Boolean).flatMap(([name, value]) => [
    element("dt", { textContent: name }),
    element("dd", { textContent: value, dir: "auto" }),
  ]);
  return element("dl", {}, ...rows);
}

function mentions(why) {
  const found = [...why.mentions, ...why.signs];
  if (!found.length) return note("No course, side or taste.");
  return element("ul", { className: "tags" }, ...found.map((words) => element("li", { textContent: words })));
}

function candidates(why) {
  const near = why.candidates.filter((candidate, place) => place === 0 || candidate.confidence >= NEAR);
  if (!near.length) return note("Nothing in the knowledge comes near.");
  const items = near.map((candidate) =>
    element(
      "li",
      {},
      scored(topicOf(candidate), candidate.confidence),
      candidate.phrase ? element("q", { textContent: candidate.phrase, dir: "auto" }) : null,
      candidate.place ? element("code", { textContent: candidate.place }) : null,
    ),
  );
  return element("ol", { className: "readings" }, ...items);
}

function answers(found) {
  if (!found?.length) return null;
  const items = found.map((answer) =>
    element(
      "li",
      {},
      scored(topicOf(answer), answer.confidence),
      element("code", { textContent: answer.entry }),
      answer.place ? element("code", { textContent: answer.place }) : null,
    ),
  );
  return element("ul", { className: "readings" }, ...items);
}

function suggestions(offered) {
  if (!offered?.length) return null;
  const items = offered.map((one) => element("li", { textContent: one.title }));
  return element("ul", { className: "tags" }, ...items);
}

function scored(words, confidence) {
  const meter = element("meter", { min: 0, max: 1, value: confidence });
  meter.setAttribute("aria-label", `Confidence of ${words}`);
  return element(
    "div",
    { className: "scored" },
    element("span", { textContent: words }),
    element("b", { textContent: percent.format(confidence) }),
    meter,
  );
}

function topicOf({ topic, side }) {
  return side ? `${topic} · ${side}` : topic;
}

function delivery(inbound, replies) {
  const items = replies.map((message) => {
    const words = message.error ? `${message.state}: ${message.error}` : message.state;
    return element("li", {}, element("b", { textContent: words }), " ", element("code", { textContent: message.sid }));
  });
  const list = items.length ? element("ul", { className: "delivery" }, ...items) : note("No bubble was sent.");
  return element(
    "section",
    {},
    element("h3", { textContent: "Delivery" }),
    list,
    element("p", { className: "note" }, "Received as ", element("code", { textContent: inbound.sid })),
  );
}
