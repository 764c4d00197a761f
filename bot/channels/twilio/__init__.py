"""WhatsApp by Twilio: signed webhooks in, REST calls out. The wire format stays in this folder."""
