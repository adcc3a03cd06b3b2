#!/usr/bin/env bash
# What docs/http.md tells whoever has curl alone, in its order.
# shellcheck source=tests/walks/walk.sh
source "$(dirname "${BASH_SOURCE[0]}")/walk.sh"
demo

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
here() {
    sed "s/127\.0\.0\.1:8080/127.0.0.1:$port/g"
}

# curls NAME: runs a block with curl that says when it fails, against the service of this walk.
curls() {
    local code
    code=$(block docs/http.md "$1" | here)
    echo "-- docs/http.md: $1"
    # The text of a block is run.
    # shellcheck disable=SC2317
    curl() {
        command curl --silent --show-error --fail-with-body "$@" && echo
    }
    eval "$code" > "$work/http" || die "$1: $(cat "$work/http")"
    unset -f curl
}

# answers NAME TEXT...: the texts are in what a block prints.
answers() {
    local text
    curls "$1"
    for text in "${@:2}"; do
        grep -qF -- "$text" "$work/http" || die "$1: expected \"$text\", found: $(cat "$work/http")"
    done
}

{
    printf '[web]\nlisten = 127.0.0.1:%s\ndata_dir = %s/web\n' "$port" "$work"
    block docs/http.md routes
} > "$settings/web.ini"
"$installation/taskqueue-web" --config "$TASKQUEUE_CONFIG" 2> "$work/web.log" &
service=$!
trap 'kill "$service" 2> /dev/null || true; rm -f "$settings/web.ini"' EXIT
eventually '"ok"' command curl --silent "http://127.0.0.1:$port/readyz"

answers send 'HTTP/1.1 202 Accepted' 'Location: /api/v1/tasks/'
answers wait 'hello'
answers once '"id"'
[ "$(sort -u "$work/http" | grep -c '"id"')" = 1 ] || die "once: expected one id, found: $(cat "$work/http")"
answers many '"ids":['
answers see '"name":"worker_echo"' '"kind":"dispatcher"' '"worker":"echo' '"tasks":['
answers steer '"done":true' '"deleted":' '"state":"remembered"'
answers doctor '"check":"broker"' '"action":"pause"'
command curl --silent --output /dev/null "http://127.0.0.1:$port/api/v1/tasks/checksum?id=order-9" --data '{"fields": {"path": "/no/such/file"}}'
eventually '"message_id":"order-9"' command curl --silent "http://127.0.0.1:$port/api/v1/buried?type=checksum"
answers aside '"matching":' '"queue":"worker_checksum.buried"' '"kicked":1' '"deleted":' '"requeued":' '"cut":false'
# Services find out within seconds that somebody listens.
told() {
    command curl --silent --output /dev/null "http://127.0.0.1:$port/api/v1/tasks/echo" -H 'Content-Type: text/plain' --data 'echo x'
    command curl --silent "http://127.0.0.1:$port/api/v1/history?type=echo"
}
eventually '"state":"succeeded"' told
answers history '"id":"order-1"' '"state":"succeeded"' '"kind":"started"' '"coverage":{"share":1' '"step_seconds":60'
answers dispatch '"type":"echo"'
kill "$service"
wait "$service" || die "taskqueue-web ended with $?"
