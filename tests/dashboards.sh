#!/usr/bin/env bash
# What open dashboards cost taskqueue-web, and how soon they show a change. docs/web.md has the figures.
# Everything that it starts is its own, and gone when it ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'END'
Usage: tests/dashboards.sh INSTALLATION [DASHBOARDS]

INSTALLATION is a folder that ./publish.sh made; DASHBOARDS are 50 unless said. Everything runs in one process, with a history, and does 20 tasks a second meanwhile. Six times in turn, for 30 s
each, nobody looks, or all do: at the overview, tasks, queues and workers. Then a worker type is paused and resumed. The exit code is 0 only when the dashboards take less than 3 % of a core, and the
slowest of them shows each change within a second.
END
}

if [ $# -lt 1 ] || [ ! -x "$1/taskqueue-standalone" ]; then
    usage >&2
    exit 64
fi
installation=$(realpath "$1")
work=$(mktemp -d)
chmod 755 "$work"
trap 'touch "$work/enough"; kill "${service:-}" 2> /dev/null; wait; rm -rf "$work"' EXIT
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
printf '[amqp]\nhost = embedded\n[broker]\nlisten = 127.0.0.1:%s\ndata_dir = %s/data\n[taskqueue]\nplugin_dir = %s\nworkers = echo\nresults_keep = 100\n[web]\nlisten = 127.0.0.1:%s\nrate = 0\ndata_dir = %s/web\n' \
    "$(free_port)" "$work" "$installation/plugins" "$port" "$work" > "$work/config.ini"
[ "$(id -u)" -ne 0 ] || sed -i 's/^workers = echo$/&\nworker_user = nobody/' "$work/config.ini"
"$installation/taskqueue-standalone" --config "$work/config.ini" > "$work/log" 2>&1 &
service=$!
until grep -q 'Keeping the history' "$work/log" && grep -q 'Serving echo' "$work/log"; do
    sleep 0.2
done
until [ -e "$work/enough" ]; do
    "$installation/taskqueue" --config "$work/config.ini" send echo hello --count 20
    sleep 0.9
done > "$work/sent" 2> "$work/sent.error" &
if ! python3 - "$port" "${2:-50}" "$service" <<'END'; then
import http.client, os, selectors, socket, statistics, sys, time

port, count, pid = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
pages = ["/", "/tasks", "/queues", "/workers"]
ticks = os.sysconf("SC_CLK_TCK")


def used():
    # The process alone, without the workers that it has started.
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / ticks


def act(action):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/api/v1/types/echo/{action}", body=b"", headers={"Content-Length": "0"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status not in (200, 202, 204):
        raise SystemExit(f"dashboards.sh: {action} was answered {answer.status}")


class Dashboard:
    def __init__(self, page):
        self.page, self.text, self.parts = page, "", 0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(f"GET /live{page} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode())
        self.socket.setblocking(False)

    def read(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise SystemExit(f"dashboards.sh: {self.page} was hung up on")
        text = data.decode(errors="replace")
        self.parts += text.count("event: part")
        self.text = (self.text + text)[-400_000:]


def watch(dashboards, seconds, until=None):
    selector = selectors.DefaultSelector()
    for one in dashboards:
        selector.register(one.socket, selectors.EVENT_READ, one)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            key.data.read()
        if until and until():
            return True
    return False


def open_all():
    return [Dashboard(pages[i % len(pages)]) for i in range(count)]


# The code that is compiled while it runs is, after that.
warm = open_all()
watch(warm, 120)
for one in warm:
    one.socket.close()
time.sleep(10)

shares = {False: [], True: []}
for turn in range(6):
    looks = turn % 2 == 1
    dashboards = open_all() if looks else []
    watch(dashboards, 5) if looks else time.sleep(5)
    before, began = used(), time.monotonic()
    watch(dashboards, 30) if looks else time.sleep(30)
    shares[looks].append((used() - before) / (time.monotonic() - began) * 100)
    for one in dashboards:
        one.socket.close()
    print(f"{count if looks else 'no'} dashboards: {shares[looks][-1]:.2f} % of a core" + (f", {sum(one.parts for one in dashboards)} changes shown" if looks else ""), flush=True)
more = statistics.median(shares[True]) - statistics.median(shares[False])
print(f"the dashboards: {more:.2f} % of a core", flush=True)

# Pages that say of a type that it is paused.
dashboards = open_all()
watch(dashboards, 5)
took = []
for turn in range(10):
    paused = turn % 2 == 0
    showing = [one for one in dashboards if one.page in ("/", "/workers")]
    for one in dashboards:
        one.text = ""
    began = time.monotonic()
    act("pause" if paused else "resume")
    word = "paused"
    seen = {}

    def all_show():
        for one in showing:
            last = one.text.rfind("event: part")
            if one not in seen and last >= 0 and (word in one.text[last:]) == paused:
                seen[one] = time.monotonic() - began
        return len(seen) == len(showing)

    if not watch(dashboards, 20, all_show):
        raise SystemExit(f"dashboards.sh: {len(showing) - len(seen)} dashboards do not show that echo is {'paused' if paused else 'resumed'}")
    took.append(max(seen.values()))
    watch(dashboards, 3)
print(f"a change is on the slowest of them after {statistics.median(took):.2f} s (median of 10; at most {max(took):.2f} s)")
sys.exit(0 if more < 3 and max(took) < 1 else 1)
END
    tail -n 20 "$work/log" >&2
    exit 1
fi
