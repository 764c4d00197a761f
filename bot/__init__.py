"""An admissions assistant for WhatsApp: answers from knowledge files, hands over to staff."""
