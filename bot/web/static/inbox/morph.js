// Makes a part of the page like a fresh one from the server, and leaves alone what the reader is in the middle of:
// focus, selection, what was typed, what was opened, and how far it was scrolled.

/** Make `old` like `fresh`. Elements with the same id are the same; what has `data-kept` stays as it is. */
export function morph(old, fresh) {
  const focused = document.activeElement;
  morphElement(old, fresh);
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}

function morphElement(old, fresh) {
  if (old.hasAttribute("data-kept") && fresh.hasAttribute("data-kept")) return;
  morphValue(old, fresh);
  morphAttributes(old, fresh);
  // What was typed into it is not among its children.
  if (old.localName === "textarea") old.textContent = fresh.textContent;
  else morphChildren(old, fresh);
}

/** Take over what the server says of a field only if it says something else than before. */
function morphValue(old, fresh) {
  if (old.localName === "textarea") {
    if (old.defaultValue !== fresh.defaultValue) old.value = fresh.defaultValue;
  } else if (old.localName === "input") {
    if (old.defaultValue !== fresh.defaultValue) old.value = fresh.defaultValue;
    if (old.defaultChecked !== fresh.defaultChecked) old.checked = fresh.defaultChecked;
  } else if (old.localName === "option" && old.defaultSelected !== fresh.defaultSelected) {
    old.selected = fresh.defaultSelected;
  }
}

// Attributes that the server knows nothing of: what the reader has opened, how far a field has grown, what is picked.
const OF_THE_READER = { details: ["open"], dialog: ["open"], textarea: ["style", "aria-activedescendant", "aria-autocomplete"] };

function morphAttributes(old, fresh) {
  const belongsToReader = (name) => OF_THE_READER[old.localName]?.includes(name);
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !belongsToReader(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !belongsToReader(name)) old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh) {
  const named = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const same = matching(wanted, place, named);
    if (same === null) {
      old.insertBefore(document.importNode(wanted, true), place);
    } else {
      if (same === place) place = place.nextSibling;
      else old.insertBefore(same, place);
      if (same.nodeType === Node.ELEMENT_NODE) morphElement(same, wanted);
      else if (same.data !== wanted.data) same.data = wanted.data;
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Return the node that stands for the wanted one already: of its id wherever it is, else the next one of its kind. */
function matching(wanted, place, named) {
  if (wanted.id) {
    const same = named.get(wanted.id);
    return same?.localName === wanted.localName ? same : null;
  }
  return place && place.nodeName === wanted.nodeName && !place.id ? place : null;
}
