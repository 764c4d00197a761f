// Speaks to the real webhooks as Twilio does: form-encoded, with Twilio's names.

const ACCOUNT = `AC${"0".repeat(32)}`;
const SCHOOL = "whatsapp:+999000000000";
const PATIENCE = 15_000; // milliseconds, Twilio's own limit

/** Return the form of a new message. `what` holds the fields that depend on what was sent. */
export function inboundForm(learner, what) {
  const sid = `SM${hex(16)}`;
  return {
    MessageSid: sid,
    SmsSid: sid,
    SmsMessageSid: sid,
    AccountSid: ACCOUNT,
    From: `whatsapp:+${learner.number}`,
    To: SCHOOL,
    WaId: learner.number,
    ProfileName: learner.name,
    NumMedia: "0",
    NumSegments: "1",
    SmsStatus: "received",
    ApiVersion: "2010-04-01",
    Body: "",
    ...what,
  };
}

export const typed = (text) => ({ MessageType: "text", Body: text });

export const tappedButton = (button, onSid) => ({
  MessageType: "interactive",
  Body: button.title,
  ButtonText: button.title,
  ButtonPayload: button.id,
  OriginalRepliedMessageSid: onSid,
});

export const tappedRow = (row, onSid) => ({
  MessageType: "interactive",
  Body: row.title,
  ListId: row.id,
  ListTitle: row.title,
  OriginalRepliedMessageSid: onSid,
});

export const picture = (url) => ({ MessageType: "image", NumMedia: "1", MediaUrl0: url, MediaContentType0: "image/jpeg" });

export const voiceNote = (url) => ({ MessageType: "audio", NumMedia: "1", MediaUrl0: url, MediaContentType0: "audio/ogg" });

export const place = () => ({
  MessageType: "location",
  Latitude: "28.6129",
  Longitude: "77.2295",
  Label: "India Gate",
  Address: "Kartavya Path, New Delhi",
});

/** Post a form. Resolves when the server has taken it; rejects when it has not, or nobody can tell. */
export async function post(url, form) {
  const answer = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!answer.ok) throw new Error(`The webhook answered ${answer.status}`);
}

/** Return the delivery report that Twilio sends when a message has been seen on the phone. */
export function readReport(message, learner) {
  return {
    MessageSid: message.sid,
    SmsSid: message.sid,
    MessageStatus: "read",
    SmsStatus: "read",
    EventType: "READ",
    ChannelPrefix: "whatsapp",
    AccountSid: ACCOUNT,
    From: SCHOOL,
    To: `whatsapp:+${learner.number}`,
    ApiVersion: "2010-04-01",
  };
}

function hex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
