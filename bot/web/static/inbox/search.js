// Search while typing, and filters.

import { open } from "./panes.js";

const PAUSE = 300; // milliseconds

let waiting = 0;

/** Connect everything. */
export function start() {
  document.addEventListener("input", ({ target }) => {
    if (target.id !== "q") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => look(target.form), PAUSE);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "search") return;
    event.preventDefault();
    clearTimeout(waiting);
    document.getElementById("filters").open = false;
    look(event.target);
  });
}

/** Show what the form asks for; the open conversation stays where it is. */
function look(form) {
  const asked = [...new FormData(form)].filter(([, value]) => value);
  open(`${location.pathname}?${new URLSearchParams(asked)}`, { push: "replace", focus: false });
}
