"""An admissions assistant for WhatsApp: answers from knowledge files, hands over to staff."""

import os

# The matcher multiplies many small matrices; threads inside one multiplication only get into each other's way.
# The library reads this while it is imported, hence here, before anything else.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
