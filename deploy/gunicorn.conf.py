"""How gunicorn serves the site. In front it expects nginx, which keeps slow clients off it."""

import os

bind = "0.0.0.0:8000"  # of a container, reached by nginx only

# Threads, so that a few slow requests do not stop a whole worker.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)

# Loaded once, so that all workers share the index of the archive that is built before they start.
preload_app = True


def when_ready(server):
    from press.facets import warm

    warm()


timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than nginx keeps its idle connections, so that nginx is the one to close

# A slow leak never grows old; the jitter keeps workers from restarting together.
max_requests = 5000
max_requests_jitter = 500

# Whom to believe about X-Forwarded-Proto. Everybody, because nobody but nginx can reach the port;
# where that is not so, set FORWARDED_ALLOW_IPS to the address of the proxy.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS") or "*"

# Nothing that a client sends may set SCRIPT_NAME or the like.
forwarder_headers = ""

# The container's disk is read-only: heartbeat files go to memory, there is no control socket.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True

errorlog = "-"
accesslog = None  # nginx writes one
