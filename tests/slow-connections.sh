#!/usr/bin/env bash
# What ten thousand connections that send their requests byte by byte cost others who ask taskqueue-web. docs/security.md has the figures.
# Everything that it starts is its own, and gone when it ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'END'
Usage: tests/slow-connections.sh INSTALLATION [CONNECTIONS]

INSTALLATION is a folder that ./publish.sh made; CONNECTIONS are 10,000 unless said. The exit code is 0 only when all of 200 requests beside them are answered, the 95th percentile within a second.
END
}

if [ $# -lt 1 ] || [ ! -x "$1/taskqueue-standalone" ]; then
    usage >&2
    exit 64
fi
installation=$(realpath "$1")
work=$(mktemp -d)
chmod 755 "$work"
trap 'kill "${service:-}" 2> /dev/null; wait; rm -rf "$work"' EXIT
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
mkdir "$work/plugins"
printf '[amqp]\nhost = embedded\n[broker]\nlisten = 127.0.0.1:%s\ndata_dir = %s/data\n[taskqueue]\nplugin_dir = %s/plugins\n[web]\nlisten = 127.0.0.1:%s\nrate = 0\ndata_dir = %s/web\n' \
    "$(free_port)" "$work" "$work" "$port" "$work" > "$work/config.ini"
"$installation/taskqueue-standalone" --config "$work/config.ini" > "$work/log" 2>&1 &
service=$!
if ! python3 - "$port" "${2:-10000}" "$service" <<'END'; then
import http.client, resource, selectors, socket, sys, threading, time

port, count, pid = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def ask():
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/queues")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"slow-connections.sh: answered {answer.status}")
    return time.monotonic() - began


def percentile(label):
    took = sorted(ask() for _ in range(200))
    memory = next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS")) // 1024
    print(f"{label}: median {took[100] * 1000:.0f} ms, 95th percentile {took[190] * 1000:.0f} ms, memory {memory} MiB", flush=True)
    return took[190]


for attempt in range(300):
    try:
        ask()
        break
    except OSError:
        time.sleep(0.2)
percentile("alone")

slow, opened, dropped = [], 0, 0
text = b"GET /api/v1/queues HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 1000


def connect():
    global opened
    one = socket.create_connection(("127.0.0.1", port), timeout=30)
    one.setblocking(False)
    opened += 1
    return [one, 0]


def trickle(stop):
    # Each sends a byte in turn, every two seconds or so, and is opened again when it is hung up on.
    global dropped
    while not stop.is_set():
        began = time.monotonic()
        for one in slow:
            try:
                one[0].send(text[one[1] % len(text):][:1])
                one[1] += 1
            except OSError:
                dropped += 1
                one[0].close()
                one[:] = connect()
        stop.wait(max(0.0, 2 - (time.monotonic() - began)))


for _ in range(count):
    slow.append(connect())
stop = threading.Event()
thread = threading.Thread(target=trickle, args=(stop,))
thread.start()
time.sleep(5)
beside = percentile(f"beside {count} slow connections")
time.sleep(15)
later = percentile("15 s later")
stop.set()
thread.join()
print(f"connections opened: {opened}; hung up on by the service: {dropped}")
sys.exit(0 if max(beside, later) < 1 else 1)
END
    tail -n 20 "$work/log" >&2
    exit 1
fi
