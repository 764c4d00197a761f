// What the reader looks at: where a thread begins to be read, jumps to quoted messages, and where the focus goes.

import { conversation, onOpen, thread } from "./panes.js";

let last = conversation();

/** Connect everything. */
export function start() {
  onOpen(opened);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-jump]");
    const message = link && document.getElementById(`m${link.dataset.jump}`);
    if (!message) return;
    event.preventDefault();
    jump(message);
  });
  addEventListener("hashchange", () => location.hash === "#brief" && document.getElementById("brief").focus());
  toWhatIsNew();
}

function opened() {
  const now = conversation();
  if (now) {
    const hasKeyboard = matchMedia("(pointer: fine)").matches;
    ((hasKeyboard && document.querySelector("#reply textarea")) || thread()).focus({ preventScroll: true });
    toWhatIsNew();
  } else {
    (document.querySelector(`[data-open="${last}"]`) ?? document.getElementById("cards")).focus();
  }
  last = now || last;
}

/** Show the first new message, unless all new ones fit on the screen anyway. */
function toWhatIsNew() {
  const asked = location.hash.startsWith("#m") && document.getElementById(location.hash.slice(1));
  if (asked) return jump(asked);
  const divider = document.getElementById("unread");
  const scroll = document.getElementById("scroll");
  if (!divider || divider.getBoundingClientRect().top >= scroll.getBoundingClientRect().top) return;
  divider.scrollIntoView({ block: "start" });
}

function jump(message) {
  message.scrollIntoView({ block: "center" });
  message.classList.add("jumped");
  message.focus({ preventScroll: true });
  setTimeout(() => message.classList.remove("jumped"), 1600);
}
