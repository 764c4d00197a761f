// Keys. All with Alt, so that nothing happens by accident while somebody types, and everything works while they do.

import { choose } from "./composer.js";
import { showHelp } from "./menus.js";
import { announce } from "./say.js";

const KEYS = {
  KeyJ: () => step(1),
  KeyK: () => step(-1),
  KeyC: () => press('[data-keys="claim"]', "There is nothing to claim."),
  KeyE: (event) => (event.shiftKey || event.ctrlKey ? resolveAndNext() : resolve()),
  KeyL: () => choose("reply"),
  KeyP: () => choose("note"),
  KeyS: () => document.getElementById("q").select(),
  KeyH: showHelp,
};

/** Connect everything. */
export function start() {
  document.addEventListener("keydown", (event) => {
    const dialog = document.querySelector("dialog[open]");
    if (dialog) return;
    // By the place on the keyboard: with Alt some systems make another letter of it.
    const act = event.altKey && !event.metaKey ? KEYS[event.code] : null;
    if (act) {
      event.preventDefault();
      act(event);
    } else if (event.key === "?" && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      showHelp();
    }
  });
}

function step(by) {
  const cards = [...document.querySelectorAll(".card")];
  const here = cards.findIndex((card) => card.hasAttribute("aria-current"));
  const next = cards[here < 0 ? (by > 0 ? 0 : cards.length - 1) : here + by];
  if (!next) return announce(by > 0 ? "This is the last conversation." : "This is the first conversation.");
  next.scrollIntoView({ block: "nearest" });
  next.click();
}

function press(selector, otherwise) {
  const button = document.querySelector(selector);
  if (button) button.click();
  else announce(otherwise);
}

function resolve() {
  const menu = document.getElementById("resolve");
  if (!menu) return announce("There is nothing to resolve.");
  menu.open = true;
  menu.querySelector('[name="outcome"]:checked')?.focus();
}

function resolveAndNext() {
  press('#resolve [name="then"][value="next"]', "There is nothing to resolve.");
}
