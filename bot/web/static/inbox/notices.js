// Notices for a new handoff: on the desktop and as a sound, each switched on or off for this browser.

const known = new Set();
let audio = null;

const isOn = (name) => localStorage.getItem(`inbox-${name}`) === "on";

/** Connect the two switches. */
export function start() {
  document.addEventListener("change", async (event) => {
    const name = event.target.dataset.setting;
    if (!name) return;
    let on = event.target.checked;
    if (on && name === "notices") on = "Notification" in window && (await Notification.requestPermission()) === "granted";
    if (on && name === "sound") beep();
    localStorage.setItem(`inbox-${name}`, on ? "on" : "off");
    draw();
  });
  draw();
}

/** Show how the switches stand. */
export function draw() {
  for (const box of document.querySelectorAll("[data-setting]")) box.checked = isOn(box.dataset.setting);
}

/** Take note of who waits; tell of those who were not there before, unless it is the first time. */
export function heard(waiting, tell) {
  const fresh = waiting.filter(({ id }) => !known.has(id));
  known.clear();
  for (const { id } of waiting) known.add(id);
  if (!tell || !fresh.length) return;
  if (isOn("sound")) beep();
  if (isOn("notices") && Notification.permission === "granted") fresh.forEach(notify);
}

function notify({ id, name, why }) {
  let notice;
  try {
    // The tag: of several open inboxes of one browser only one notice is seen.
    notice = new Notification(`${name} waits`, { body: why, tag: `handoff-${id}` });
  } catch {
    return; // browsers of some phones have the name of it and nothing behind
  }
  notice.addEventListener("click", () => {
    focus();
    document.querySelector(`[data-open="${id}"]`)?.click();
    notice.close();
  });
}

/** Two soft notes. Browsers are silent until the reader has touched the page. */
function beep() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  [660, 880].forEach((pitch, number) => {
    const begin = audio.currentTime + number * 0.14;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.14, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + 0.32);
  });
}
