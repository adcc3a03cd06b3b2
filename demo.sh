#!/usr/bin/env bash
# Shows TaskQueue at work: builds it, starts everything in one process with the example plugins, sends tasks of every
# format through it, and stops it again. Everything it writes is in artifacts/demo.
set -euo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
readonly here root

readonly state=$root/artifacts/demo bin=$root/artifacts/bin plugins=$root/artifacts/plugins
readonly config=$state/config.ini running=$state/running
readonly start_seconds=90 stop_seconds=40

usage() {
    cat <<'END'
Usage: ./demo.sh [--rabbitmq] [--keep] | --stop | --help

Builds TaskQueue, runs a few dozen tasks through it, shows the results and stops all it started. Needs the .NET 10 SDK
and nothing else.

  --rabbitmq   use a RabbitMQ node of its own (installed, or in Docker), with dispatcher and pool as two services
  --keep       leave everything running, and say how to send a task
  --stop       stop what --keep left running
  --help       print this
END
}

say() {
    printf '== %s\n' "$*"
}

die() {
    printf 'demo.sh: %s\n' "$*" >&2
    exit 1
}

# --- What runs -------------------------------------------------------------------------------------------------------
# $running has a line for each: its name, its process id, and words of its command line or environment that nothing else
# has, by which a process is told from a later one that got the same id. Docker's container is "docker ID -".

alive() {
    local pid=$1 mark=$2
    cat "/proc/$pid/cmdline" "/proc/$pid/environ" 2>/dev/null | tr '\0' ' ' | grep -F -- "$mark" >/dev/null
}

any_alive() {
    local name pid mark
    [ -r "$running" ] || return 1
    while read -r name pid mark; do
        if [ "$name" = docker ] || alive "$pid" "$mark"; then
            return 0
        fi
    done < "$running"
    return 1
}

# Starts a program that Ctrl-C does not reach and that dies with this script, unless it is to be kept.
start() {
    local name=$1 mark=$2
    shift 2
    local bound=()
    if [ "$keep" = no ] && command -v setpriv >/dev/null; then
        bound=(setpriv --pdeathsig KILL)
    fi
    setsid "${bound[@]}" "$@" < /dev/null >> "$state/$name.log" 2>&1 &
    started=$!
    echo "$name $started $mark" >> "$running"
}

# Stops one thing: asks, waits, and ends it by force when it does not listen. Says how it ended.
stop() {
    local name=$1 pid=$2 mark=$3 code=0 deadline=$((SECONDS + stop_seconds))
    if [ "$name" = docker ]; then
        docker stop "$pid" >/dev/null || true
        return
    fi
    alive "$pid" "$mark" || return 0
    kill -TERM "$pid" 2>/dev/null || true
    while alive "$pid" "$mark"; do
        if ((SECONDS >= deadline)); then
            say "$name does not stop within $stop_seconds s; it is killed"
            kill -KILL "$pid" 2>/dev/null || true
        fi
        sleep 0.05
    done
    # Only our own child has an exit code for us; 127 is "not mine", what --stop gets.
    wait "$pid" 2>/dev/null || code=$?
    case $name in dispatcher | pool | standalone)
        if [ "$code" -eq 127 ]; then
            say "Stopped the $name"
        else
            say "Stopped the $name, exit code $code"
            [ "$code" -eq 0 ] || failed=yes
        fi
        ;;
    esac
}

# In the order of the services' needs: those that use the broker first, its name service last.
stop_all() {
    local wanted name pid mark
    [ -r "$running" ] || return 0
    for wanted in standalone pool dispatcher docker node epmd; do
        while read -r name pid mark; do
            [ "$name" != "$wanted" ] || stop "$name" "$pid" "$mark"
        done < "$running"
    done
    rm -f "$running"
}

# Nothing may stay behind, whatever happens: an error, Ctrl-C, a closed terminal or pipe.
clean_up() {
    local code=$?
    trap '' INT TERM HUP PIPE
    # Output that nobody reads any more must not keep us from stopping what runs.
    set +e
    if [ "$left_running" = no ]; then
        stop_all
    fi
    if [ "$code" -eq 0 ] && [ "$failed" = yes ]; then
        code=1
    fi
    exit "$code"
}

# --- Waiting ---------------------------------------------------------------------------------------------------------

# Waits until a command succeeds; gives up, with the end of the log, when the process ends or time is over.
wait_for() {
    local what=$1 log=$2 pid=$3 deadline=$((SECONDS + start_seconds))
    shift 3
    until "$@"; do
        if { [ "$pid" != - ] && ! kill -0 "$pid" 2>/dev/null; } || ((SECONDS >= deadline)); then
            tail -n 20 "$log" >&2 || true
            die "$what did not start; the end of $log is above."
        fi
        sleep 0.1
    done
}

logged() {
    local text=$1 times=$2 log=$3
    [ "$(grep -cF -- "$text" "$log")" -ge "$times" ]
}

# A broker answers the protocol's header; a port that is merely open (docker's proxy) does not.
speaks_amqp() {
    local port=$1
    (
        exec 3<>"/dev/tcp/127.0.0.1/$port"
        printf 'AMQP\x00\x00\x09\x01' >&3
        IFS= read -r -n 1 -t 2 -u 3
    ) 2>/dev/null
}

# Below the ports that the system gives to clients, so that none of them can come in between.
free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        :
    done
    echo "$port"
}

# --- The broker ------------------------------------------------------------------------------------------------------

# Debian's rabbitmq-server in /usr/sbin switches to the user rabbitmq, and then uses the system's own folders.
find_rabbitmq() {
    local scripts=${broker:-/usr/lib/rabbitmq/bin}
    if [ -x "$scripts/rabbitmq-server" ]; then
        echo "$scripts/rabbitmq-server"
    else
        command -v rabbitmq-server
    fi
}

docker_works() {
    command -v docker >/dev/null && docker info >/dev/null 2>&1
}

choose_broker() {
    if ! rabbitmq=$(find_rabbitmq) && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        scripts/require-packages.sh rabbitmq-server || true
        rabbitmq=$(find_rabbitmq) || true
    fi
    if [ -z "$rabbitmq" ] && ! docker_works; then
        die "There is no RabbitMQ. Install it (sudo apt-get install rabbitmq-server) or start Docker, then run this again."
    fi
}

start_broker() {
    port=$(free_port)
    if [ -n "$rabbitmq" ]; then
        start_node
    else
        docker run -d --rm -p "127.0.0.1:$port:5672" rabbitmq:4 > "$state/container"
        echo "docker $(cat "$state/container") -" >> "$running"
        wait_for "RabbitMQ in Docker" "$state/container" - speaks_amqp "$port"
        say "RabbitMQ in Docker, port $port"
    fi
}

# A node that shares nothing with one that the system may run: name, ports, cookie, folders and name service are its own.
start_node() {
    local home=$state/node epmd_port distribution_port name
    epmd_port=$(free_port)
    distribution_port=$(free_port)
    name=tq-demo-$port@localhost
    mkdir -p "$home"
    printf 'listeners.tcp.1 = 127.0.0.1:%s\nlog.file = node.log\n' "$port" > "$home/rabbitmq.conf"
    echo '[].' > "$home/enabled_plugins"
    # Erlang reads no cookie that others could.
    (umask 077 && echo "$name" > "$home/.erlang.cookie")

    # In the foreground; the one that Erlang would start by itself stays for ever.
    start epmd "-port $epmd_port" env HOME="$home" epmd -address 127.0.0.1 -port "$epmd_port"
    # RUNNING_UNDER_SYSTEMD: the script becomes the node instead of waiting for it, so our process id is the node's.
    start node "$name" env -u NOTIFY_SOCKET \
        HOME="$home" \
        ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" \
        RABBITMQ_NODENAME="$name" \
        RABBITMQ_DIST_PORT="$distribution_port" \
        RABBITMQ_CONFIG_FILE="$home/rabbitmq" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
        RABBITMQ_MNESIA_BASE="$home/data" \
        RABBITMQ_LOG_BASE="$home/log" \
        RABBITMQ_CONF_ENV_FILE=/dev/null \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 -start_epmd false" \
        RUNNING_UNDER_SYSTEMD=1 \
        "$rabbitmq"
    wait_for "RabbitMQ" "$state/node.log" "$started" speaks_amqp "$port"
    say "RabbitMQ, a node of its own on port $port"
}

# --- The services ----------------------------------------------------------------------------------------------------

# Whether workers may run as nobody: only root can switch, and a source tree in a home directory is closed to others.
nobody_can_work() {
    [ "$(id -u)" -eq 0 ] && [ -r "$plugins/echo/echo.dll" ] && command -v setpriv >/dev/null && id nobody >/dev/null 2>&1 \
        && setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
            "$bin/TaskQueue.WorkerPool/release/worker/taskqueue-worker" --version >/dev/null 2>&1 \
        && setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups test -r "$plugins/echo/echo.dll"
}

write_config() {
    local worker_user="; worker_user = nobody: only a pool that runs as root can switch users"
    if nobody_can_work; then
        worker_user="worker_user = nobody"
    elif [ "$(id -u)" -eq 0 ]; then
        worker_user="worker_user = root"
    fi
    local address="[amqp]
host = embedded

[broker]
listen = 127.0.0.1:$port
data_dir = \"$state/data\""
    if [ "$rabbit" = yes ]; then
        address="[amqp]
host = 127.0.0.1
port = $port"
    fi
    cat > "$config" <<END
$address

[taskqueue]
plugin_dir = "$plugins"
$worker_user
log_format = plain

[checksum]
workers = 2

[echo]
workers = 2

; The plugin markdown has no section: it runs with the defaults.
END
}

# A command that knows where this demo's configuration and .NET are.
write_command() {
    cat > "$state/taskqueue" <<END
#!/bin/sh
DOTNET_ROOT='$DOTNET_ROOT' TASKQUEUE_CONFIG='$config' exec '$bin/TaskQueue.Cli/release/taskqueue' "\$@"
END
    chmod +x "$state/taskqueue"
}

start_everything() {
    local workers=5
    start standalone "$config" "$bin/TaskQueue.Standalone/release/taskqueue-standalone" --config "$config"
    services=("$state/standalone.log")
    wait_for "TaskQueue" "${services[0]}" "$started" logged "Dispatching" 1 "${services[0]}"
    wait_for "The pool" "${services[0]}" "$started" logged "is ready" "$workers" "${services[0]}"
    wait_for "The pool" "${services[0]}" "$started" logged "Serving " 1 "${services[0]}"
    say "Everything in one process, on port $port, $(grep -o 'Serving .*' "${services[0]}")"
}

start_services() {
    local workers=5
    services=("$state/dispatcher.log" "$state/pool.log")
    start dispatcher "$config" "$bin/TaskQueue.Dispatcher/release/taskqueue-dispatcher" --config "$config"
    local dispatcher=$started
    start pool "$config" "$bin/TaskQueue.WorkerPool/release/taskqueue-workerpool" --config "$config"
    local pool=$started
    wait_for "The dispatcher" "$state/dispatcher.log" "$dispatcher" logged "Dispatching" 1 "$state/dispatcher.log"
    wait_for "The pool" "$state/pool.log" "$pool" logged "is ready" "$workers" "$state/pool.log"
    wait_for "The pool" "$state/pool.log" "$pool" logged "Serving " 1 "$state/pool.log"
    say "Dispatcher and pool, $(grep -o 'Serving .*' "$state/pool.log")"
}

# --- The demo --------------------------------------------------------------------------------------------------------

build() {
    say "Build"
    # Building the demo builds all that it needs.
    if ! dotnet build examples/TaskQueue.Demo --configuration Release --verbosity quiet -nologo -p:UseSharedCompilation=false \
        > "$state/build.log" 2>&1; then
        cat "$state/build.log" >&2
        die "The build failed; what it says is above."
    fi
}

run_tasks() {
    say "Tasks"
    "$bin/TaskQueue.Demo/release/taskqueue-demo" --config "$config" --repository "$root" || failed=yes
}

show_state() {
    say "What the services logged as a warning or an error"
    grep -hE '^[0-9:.+ -]+ (warn|error|fatal) ' "${services[@]}" | sort || echo "nothing"
    say "taskqueue status"
    local code=0
    # 1 is "there are warnings": the rejected message still waits for a person.
    "$state/taskqueue" status || code=$?
    [ "$code" -le 1 ] || failed=yes
}

say_how_to_go_on() {
    local there=$root login
    if [ "$here" = "$root" ]; then
        there=.
    fi
    login="taskqueue:\$(cat $there/artifacts/demo/data/password)"
    [ "$rabbit" = no ] || login=guest:guest
    say "Everything keeps running"
    cat <<END
Send a task:   $there/artifacts/demo/taskqueue send markdown '# Hello' --wait
               $there/artifacts/demo/taskqueue send checksum '{"path": "$root/demo.sh"}' --wait
Watch:         $there/artifacts/demo/taskqueue status --watch
Logs:          tail -f ${services[*]/#$root/$there}
Settings:      $there/artifacts/demo/config.ini, and after a change: $there/artifacts/demo/taskqueue reload
Plugins:       $there/artifacts/plugins, likewise; docs/plugins.md goes on from here
Other clients: export AMQP_URL="amqp://$login@127.0.0.1:$port"; docs/messages.md goes on from here
Stop:          $there/demo.sh --stop
END
}

keep=no rabbit=no stopping=no
for option; do
    case $option in
        --keep) keep=yes ;;
        --rabbitmq) rabbit=yes ;;
        --stop) stopping=yes ;;
        --help | -h)
            usage
            exit 0
            ;;
        *)
            printf 'demo.sh: unknown option "%s".\n\n' "$option" >&2
            usage >&2
            exit 64
            ;;
    esac
done

failed=no left_running=no rabbitmq='' port='' started='' services=()
if [ "$stopping" = yes ]; then
    any_alive || die "No demo is running."
    stop_all
    say "All stopped"
    exit 0
fi

# Services that run as root believe no file that somebody else can change.
if [ "$(id -u)" -eq 0 ] && [ -n "$(find "$root" "$root/src" -maxdepth 0 ! -user root)" ]; then
    die "This source tree belongs to $(stat -c %U "$root"): run this as that user, or from a copy that is root's own."
fi
if any_alive; then
    die "A demo is running already; ./demo.sh --stop ends it."
fi
if ! command -v dotnet >/dev/null; then
    die "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
fi

# Other people's settings must not find their way into the demo.
broker=${TASKQUEUE_TEST_BROKER:-}
case $broker in rabbitmq | embedded) broker='' ;; esac
unset "${!TASKQUEUE@}" "${!RABBITMQ@}"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Build servers would outlive this script.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Our programs look for .NET in the system's folder, which need not be where the SDK on PATH is.
dotnet=$(readlink -f "$(command -v dotnet)")
export DOTNET_ROOT=${DOTNET_ROOT:-${dotnet%/*}}

rm -rf "$state"
mkdir -p "$state"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

[ "$rabbit" = no ] || choose_broker
build
if [ "$rabbit" = yes ]; then
    start_broker
    write_config
    start_services
else
    port=$(free_port)
    write_config
    start_everything
fi
write_command
run_tasks
show_state
if [ "$keep" = yes ]; then
    left_running=yes
    say_how_to_go_on
fi
