"""Exit code 0 when the web server of this container answers."""

import sys
from http.client import HTTPConnection

# Not urllib: it would send the question to a proxy that the environment names.
server = HTTPConnection("127.0.0.1", 8000, timeout=4)
try:
    server.request("GET", "/livez")
    status = server.getresponse().status
except OSError as error:
    sys.exit(f"/livez: {error}")
sys.exit(0 if status == 200 else f"/livez: status {status}")
