#!/usr/bin/env bash
# What docs/messages.md and docs/client.md tell whoever publishes tasks from programs, in their order.
# shellcheck source=tests/walks/walk.sh
source "$(dirname "${BASH_SOURCE[0]}")/walk.sh"
demo

# two_answers PROGRAM...: it prints the answer of one task, and the failure of another out of the results.
two_answers() {
    local output
    taskqueue clear results --yes > "$work/log" 2>&1 || true
    output=$(timeout 60 "$@" 2>&1) || die "$* failed: $output"
    [[ $output == *sha256* && $output == *"there is no such file"* ]] || die "$*: expected two results, found: $output"
}

# notices PROGRAM...: with another name of the queue, it must not go on as if nothing were wrong.
notices() {
    local output
    if output=$(timeout 60 "$@" 2>&1); then
        die "$* did not notice that there is no such queue: $output"
    fi
    [[ $output == *taskqeue* || $output == *"there is no queue"* || $output == *UnroutableError* ]] || die "$* failed otherwise: $output"
}

# in_language NAME FILE PROGRAM...: runs the example of a language, as it is and with a mistake in the name of the queue.
in_language() {
    local name=$1 file=$2
    shift 2
    mkdir -p "$name/mistaken"
    block docs/messages.md "$name" > "$name/$file"
    sed "s/\(['\"]\)taskqueue\1/\1taskqeue\1/" "$name/$file" > "$name/mistaken/$file"
    say "$name"
    (cd "$name" && two_answers "$@")
    (cd "$name/mistaken" && notices "$@")
}

# without NAME WHAT: an example that cannot be run here.
without() {
    block docs/messages.md "$1" > "$work/log"
    say "$1: skipped, $2"
}

python=$(block docs/messages.md python)
in_language python tasks.py /usr/bin/python3 tasks.py

say "Python: through the exchange, and later"
{
    sed '/^replies = /,$d' <<< "$python"
    echo 'import time'
    echo 'task = {"fields": {"path": "/etc/hostname", "params": {"worker_type": "checksum"}}}'
    block docs/messages.md exchange
    block docs/messages.md later | sed 's/time.time() + 600/time.time() + 1/'
} > parts.py
taskqueue clear results --yes > "$work/log"
/usr/bin/python3 parts.py
eventually "2" bash -c 'taskqueue results tail --json | grep -c sha256'

if [ -e "${node_modules:-}/amqplib" ]; then
    mkdir -p node/mistaken
    ln -s "$node_modules" node/node_modules
    in_language node tasks.mjs node tasks.mjs
else
    without node "it needs Node.js and npm with amqplib"
fi
jars=/usr/share/java/amqp-client.jar:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-nop.jar
if command -v javac >/dev/null && [ -e /usr/share/java/amqp-client.jar ]; then
    in_language java Tasks.java java -cp "$jars" Tasks.java
else
    without java "it needs a JDK: apt install default-jdk-headless librabbitmq-client-java libslf4j-java"
fi
if command -v go >/dev/null && [ -e /usr/share/gocode/src/github.com/rabbitmq/amqp091-go ]; then
    export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' GOCACHE=$work/go
    in_language go main.go go run main.go
else
    without go "it needs Go: apt install golang-go golang-github-rabbitmq-amqp091-go-dev"
fi
if command -v php >/dev/null && [ -e /usr/share/php/PhpAmqpLib/autoload.php ]; then
    mkdir -p php/vendor php/mistaken/vendor
    ln -s /usr/share/php/PhpAmqpLib/autoload.php php/vendor/
    ln -s /usr/share/php/PhpAmqpLib/autoload.php php/mistaken/vendor/
    in_language php tasks.php php tasks.php
else
    without php "it needs PHP: apt install php-cli php-amqplib"
fi

say "Shell"
taskqueue clear results --yes > "$work/log"
expect sha256 run docs/messages.md shell-taskqueue
eventually "there is no such file" taskqueue results tail
if command -v amqp-publish >/dev/null; then
    block docs/messages.md shell-amqp-tools > tools.sh
    two_answers bash -eu tools.sh
    sed 's/--exchange taskqueue/--exchange taskqeue/' tools.sh > mistaken.sh
    notices bash -eu mistaken.sh
else
    without shell-amqp-tools "it needs amqp-tools"
fi

port=${AMQP_URL##*:} password=$root/artifacts/demo/data/password
here() {
    sed "s|\"rabbit1\", \"rabbit2:5673\"|\"127.0.0.1:$port\"|; s|\"rabbit1\"|\"127.0.0.1\", $port|; s|\"shop\"|\"taskqueue\"|; s|/etc/shop/amqp|$password|; s|/opt/taskqueue|$installation|"
}

say "C#"
printf '[resize]\ncommand = /bin/cat\nresult_content_type = application/json\n[echo]\nworkers = 2\n' > "$settings/40-client.ini"
taskqueue reload
eventually '"state":"idle"' taskqueue workers resize --json
mkdir program
block docs/client.md csproj | here > program/program.csproj
{
    block docs/client.md connect | here
    block docs/client.md enqueue
    block docs/client.md run
} > program/Program.cs
expect "The width is 640." dotnet run --project program

say "C#, with dependency injection"
mkdir web
block docs/client.md csproj | here | sed 's/Microsoft.NET.Sdk"/Microsoft.NET.Sdk.Web"/; s/<OutputType>Exe<\/OutputType>//' > web/web.csproj
block docs/client.md web > web/Program.cs
block docs/client.md appsettings | here > web/appsettings.json
dotnet build web > "$work/log" || die "$(cat "$work/log")"
(cd web && exec bin/Debug/net10.0/web --urls http://127.0.0.1:0) > web.log 2>&1 &
web=$!
trap 'kill "$web" 2> /dev/null' EXIT
eventually "Now listening on: http" cat web.log
url=$(sed -n 's/.*Now listening on: //p' web.log)
id=$(curl --silent --show-error --fail --request POST "$url/resize/320")
eventually "$id" taskqueue results tail
kill -TERM "$web"
wait "$web" || die "the program does not end in order: $(cat web.log)"
trap - EXIT
