// Short words for the reader: on the screen, and for screen readers.

const toasts = document.getElementById("toasts");
const announcer = document.getElementById("announcer");

/** Show words for a while. `more`: an element to act on them. An alarm stays until it is closed. */
export function toast(words, { alarm = false, more = null } = {}) {
  const node = document.createElement("div");
  node.className = alarm ? "toast alarm" : "toast";
  node.setAttribute("role", alarm ? "alert" : "status");
  const text = document.createElement("span");
  text.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "round";
  close.setAttribute("aria-label", "Close");
  close.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#icon-close"></use></svg>';
  close.addEventListener("click", () => node.remove());
  node.append(text, ...(more ? [more] : []), close);
  for (const other of [...toasts.children].slice(0, -1)) other.remove();
  toasts.append(node);
  if (!alarm) setTimeout(() => node.remove(), 8000);
}

/** Say words to screen readers only. */
export function announce(words) {
  announcer.textContent = words;
}

/** Make the link that a reader who is signed out needs; what they typed stays on this page. */
export function signInLink() {
  const link = document.createElement("a");
  link.className = "button";
  link.textContent = "Sign in";
  link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.target = "_blank";
  return link;
}
