// Menus, dialogs and forms of one button.

import { explain, open, send, thread } from "./panes.js";

const confirmation = document.getElementById("confirm");
const sending = new WeakSet(); // forms on their way

let confirmed = null; // the form that the dialog asks about

/** Connect everything. */
export function start() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const link = event.target.closest("[data-pane-link], [data-open]");
    if (link && isPlain(event)) follow(event, link);
    const opener = event.target.closest("summary");
    if (opener?.parentElement.querySelector("[data-confirm]")) askFirst(event, opener.parentElement.querySelector("[data-confirm]"));
    if (event.target.closest('[data-do="help"]')) showHelp();
    if (event.target.closest('[data-do="close-dialog"]') || event.target.localName === "dialog") event.target.closest("dialog").close();
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) closeMenu(menu);
    else if (event.key === "Escape" && location.hash === "#brief") location.replace("#main");
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-act]")) submit(event);
  });
  document.getElementById("confirm-yes").addEventListener("click", () => {
    confirmation.close();
    confirmed.elements.sure.checked = true;
    confirmed.requestSubmit();
  });
}

/** Show which keys there are. */
export function showHelp() {
  document.getElementById("help").showModal();
}

function closeMenu(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

const isPlain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

function follow(event, link) {
  event.preventDefault();
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  open(link.href, { keepPlace: "keepPlace" in link.dataset });
}

function askFirst(event, form) {
  event.preventDefault();
  confirmed = form;
  document.getElementById("confirm-words").textContent = form.querySelector("p").textContent;
  confirmation.showModal();
}

async function submit(event) {
  const form = event.target;
  event.preventDefault();
  if (sending.has(form)) return;
  sending.add(form);
  if ("localTime" in form.dataset) useReadersTime(form);
  try {
    await send(form, event.submitter);
    form.closest("details.menu")?.removeAttribute("open");
    form.closest(".toast")?.remove();
    form.reset();
    // The button is gone, as after a claim: on with what comes next.
    if (document.activeElement === document.body) (document.querySelector("#reply textarea") ?? thread()).focus({ preventScroll: true });
  } catch (failure) {
    explain(failure);
  } finally {
    sending.delete(form);
  }
}

/** The reader typed the time by their own clock; without script it would be read by the school's. */
function useReadersTime(form) {
  form.querySelector('[name="until"]')?.remove();
  const until = Object.assign(document.createElement("input"), { type: "hidden", name: "until" });
  until.value = new Date(form.elements.at.value).toISOString();
  form.append(until);
}
