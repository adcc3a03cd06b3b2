# shellcheck shell=bash
# What checks of an installation have in common, on this machine and on those that it makes. To be sourced; whoever does so says what "fail WHAT" is.

started=$SECONDS
readonly started

say() {
    printf '%4d s  %s\n' $((SECONDS - started)) "$*"
}

# until_true SECONDS WHAT COMMAND...
until_true() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "$what: not in time"
        sleep 0.2
    done
}

# same WHAT EXPECTED ACTUAL
same() {
    [ "$2" = "$3" ] || fail "$1: expected \"$2\", found \"$3\""
}

milliseconds() {
    date +%s%3N
}
