# shellcheck shell=bash disable=SC2154 # test-deb.sh has set what is not set here
# Part of test-deb.sh: what the units leave out of a sandbox is needed. With each such directive set, a service fails at what it is left out for; and so does the pool
# with each of its capabilities taken away. What is tried here is what docs/install.md gives as the reasons.

# set_directives SERVICE LINE...: starts the service anew with these lines in its unit. The outcome is whether it has started.
set_directives() {
    local folder=$root/etc/systemd/system/$1.service.d
    mkdir -p "$folder"
    printf '%s\n' '[Service]' Restart=no TimeoutStartSec=20 "${@:2}" > "$folder/test.conf"
    on_host systemctl daemon-reload
    on_host systemctl restart "$1" > /dev/null 2>&1
}

# as_installed SERVICE
as_installed() {
    rm -r "$root/etc/systemd/system/$1.service.d"
    on_host systemctl daemon-reload
    on_host systemctl reset-failed "$1"
    on_host systemctl restart "$1"
}

# does_not_start_with SERVICE LINE...
does_not_start_with() {
    ! set_directives "$@" || fail "$1 starts with ${*:2}, which its unit leaves out"
}

# fails_with SERVICE LINE WHAT COMMAND...: the command, which succeeds with the unit as it is, fails with the line.
fails_with() {
    if set_directives "$1" "$2" && "${@:4}"; then
        fail "$1 with $2: $3 all the same; the unit need not leave it out"
    fi
}

# probe CODE: what a worker prints that runs this code of the shell.
probe() {
    on_host taskqueue send probe "$1" --wait --timeout 8s 2> "$work/probe"
}

# Whether a worker may do it.
worker_may() {
    [ "$(probe "( $1 ) > /dev/null 2>&1 && echo may")" = may ]
}

is_answered_soon() {
    [ "$(on_host taskqueue send echo soon --wait --timeout 8s 2> "$work/send")" = 'echo soon' ]
}

does_http_answer() {
    http /readyz > "$work/http" 2>&1
}

# What the pool's unit leaves out for its workers: a directive, and what they may do without it.
pool_leaves_to_workers() {
    cat <<'END'
PrivateDevices=yes                           test -e /dev/of-this-host
PrivateTmp=yes                               test -e /tmp/of-this-host
ProtectHome=yes                              test -e /home/of-this-host
ProtectSystem=strict                         touch /var/tmp/of-a-worker
ProtectProc=invisible                        test -d /proc/1
ProcSubset=pid                               test -e /proc/meminfo
UMask=0077                                   test "$(umask)" = 0022
RestrictSUIDSGID=yes                         rm -rf /var/tmp/shared; mkdir /var/tmp/shared && chmod g+s /var/tmp/shared
RestrictNamespaces=yes                       unshare --user true
SystemCallFilter=~@mount                     unshare --user --map-root-user --mount mount -t tmpfs none /mnt
SystemCallFilter=~@debug                     perl -e 'exit(syscall(101, 0, 0, 0, 0) != 0)'
SystemCallArchitectures=native               /usr/local/bin/of-32-bits
RestrictAddressFamilies=~AF_NETLINK           perl -e 'exit(!socket(my $socket, 16, 3, 0))'
END
}

# prepare_probes SERVICE: makes what they look for on this host. The program of 32 bits does nothing but exit(0).
prepare_probes() {
    cat > "$root/usr/local/bin/probe" <<'END'
#!/bin/sh
read -r _ code
eval "$code"
END
    printf '%b' '\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x03\0\x01\0\0\0\x54\x80\x04\x08\x34\0\0\0\0\0\0\0\0\0\0\0\x34\0\x20\0\x01\0\0\0\0\0\0\0' \
        '\x01\0\0\0\0\0\0\0\0\x80\x04\x08\0\x80\x04\x08\x60\0\0\0\x60\0\0\0\x05\0\0\0\0\x10\0\0' \
        '\x31\xdb\x31\xc0\x40\xcd\x80\0\0\0\0\0' > "$root/usr/local/bin/of-32-bits"
    chmod 0755 "$root/usr/local/bin/probe" "$root/usr/local/bin/of-32-bits"
    on_host touch /dev/of-this-host /tmp/of-this-host /home/of-this-host
    install -m 0640 /dev/null "$root/etc/taskqueue/conf.d/70-probe.ini"
    # Whose password belongs to another user; a service that has its broker within itself has none.
    [ "$1" = taskqueue-standalone ] || printf '[amqp]\nuser = tq\npasswd_file = /etc/taskqueue/of-another-user\n' > "$root/etc/taskqueue/conf.d/70-probe.ini"
    cat >> "$root/etc/taskqueue/conf.d/70-probe.ini" <<'END'
[probe]
command = /usr/local/bin/probe
[first]
command = /usr/local/bin/probe
nice = -5
[wide]
command = /usr/local/bin/probe
limit_nofile = 700000
[stuck]
command = /usr/local/bin/probe
timeout = 1s
kill_after = 1s
max_attempts = 1
END
    install -m 0600 /dev/null "$root/etc/taskqueue/of-another-user"
    printf 'secret\n' > "$root/etc/taskqueue/of-another-user"
    on_host chown taskqueue: /etc/taskqueue/of-another-user
    on_host systemctl restart "$1"
}

# remove_probes SERVICE
remove_probes() {
    on_host rm /dev/of-this-host /tmp/of-this-host /home/of-this-host /etc/taskqueue/of-another-user /etc/taskqueue/conf.d/70-probe.ini \
        /usr/local/bin/probe /usr/local/bin/of-32-bits
    on_host systemctl restart "$1"
}

# does_work TYPE
does_work() {
    [ "$(on_host taskqueue send "$1" 'echo works' --wait --timeout 8s 2> "$work/probe")" = works ]
}

# Niceness: nice(1) goes on without it where it may not be had.
is_first_nice() {
    [ "$(on_host taskqueue send first nice --wait --timeout 8s 2> "$work/probe")" = -5 ]
}

stopped_workers() {
    on_host ps -e -o pid=,stat=,comm= | awk '$2 ~ /^T/ && $3 ~ /^taskqueue-worke/ { print $1 }'
}

has_stopped_worker() {
    [ -n "$(stopped_workers)" ]
}

# Whether the pool ends a process that listens to nobody, when the time of its task is over.
does_kill() {
    # shellcheck disable=SC2016 # the worker's own variable
    on_host taskqueue send stuck 'kill -STOP $PPID; sleep 100' > "$work/probe" 2>&1
    until_true 20 'a worker has stopped itself' has_stopped_worker
    for _ in {1..50}; do
        has_stopped_worker || return 0
        sleep 0.2
    done
    stopped_workers | while read -r pid; do
        on_host kill -KILL "$pid"
    done
    return 1
}

# need_what_all_do SERVICE...: the JIT writes code and runs it; the notifications of systemd are sent by a unix socket; programs and their libraries are in /usr.
need_what_all_do() {
    local service
    for service in "$@"; do
        does_not_start_with "$service" MemoryDenyWriteExecute=yes
        does_not_start_with "$service" RestrictAddressFamilies= 'RestrictAddressFamilies=AF_INET AF_INET6'
        does_not_start_with "$service" RootDirectory=/var/tmp
        does_not_start_with "$service" SystemCallFilter=~sched_setaffinity
        as_installed "$service"
    done
}

# need_network SERVICE...: what their broker is reached by, or the broker itself.
need_network() {
    local service
    for service in "$@"; do
        fails_with "$service" PrivateNetwork=yes 'tasks are done' is_answered_soon
        as_installed "$service"
        until_true 20 'a result with the unit as it is' is_answered sandboxes
    done
}

# check_pool_sandbox SERVICE: the service that runs workers, as their own users.
check_pool_sandbox() {
    local pool=$1 line directive code
    prepare_probes "$pool"
    while read -r line; do
        [[ $line =~ ^(.*[^\ ])\ {3,}(.*)$ ]]
        directive=${BASH_REMATCH[1]} code=${BASH_REMATCH[2]}
        worker_may "$code" || fail "a worker may not: $code: $(cat "$work/probe")"
        fails_with "$pool" "$directive" "a worker may: $code" worker_may "$code"
        as_installed "$pool"
        until_true 20 'workers run again' worker_may true
    done < <(pool_leaves_to_workers)
    say "workers need what the unit of $pool leaves to them"

    # restrict LINE WHAT COMMAND...: the same for what the pool does itself.
    restrict() {
        "${@:3}" || fail "with the unit as it is: $2"
        fails_with "$pool" "$@"
        as_installed "$pool"
        until_true 20 'workers run again' worker_may true
    }
    restrict PrivateUsers=yes 'workers become their users' does_work probe
    restrict SystemCallFilter=~@privileged 'workers become their users' does_work probe
    restrict CapabilityBoundingSet=~CAP_SETUID 'workers become their users' does_work probe
    restrict CapabilityBoundingSet=~CAP_SETGID 'workers become their users' does_work probe
    restrict CapabilityBoundingSet=~CAP_KILL 'a worker that listens to nobody is killed' does_kill
    [ "$pool" = taskqueue-standalone ] || restrict CapabilityBoundingSet=~CAP_DAC_READ_SEARCH 'a password is read that belongs to another user' does_work probe
    restrict CapabilityBoundingSet=~CAP_SYS_NICE 'a worker has nice = -5' is_first_nice
    # Where this machine has no such right to give, no pool can have it.
    local rights
    rights=$(on_host sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
    if (((16#$rights >> 24) & 1)); then
        restrict CapabilityBoundingSet=~CAP_SYS_RESOURCE 'a worker has a limit_nofile above that of the service' does_work wide
    else
        say 'skipped: CAP_SYS_RESOURCE, which this machine does not have itself'
    fi
    remove_probes "$pool"
    say "$pool needs each of its capabilities"
}

check_sandboxes() {
    need_what_all_do "${services[@]}"
    need_network taskqueue-dispatcher taskqueue-workerpool
    fails_with taskqueue-web PrivateNetwork=yes 'it answers' does_http_answer
    as_installed taskqueue-web
    say 'no service does without memory that is written and run, the network, unix sockets, /usr, and sched_setaffinity'
    check_pool_sandbox taskqueue-workerpool
}
