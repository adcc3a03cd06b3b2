# shellcheck shell=bash
# What all walks use: blocks of the documents, and looks at what comes of them. run.sh sets root, work, used and installation.
set -euo pipefail
: "${root:?Walks are started by tests/walks/run.sh.}" "${work:?}" "${used:?}" "${installation:?}"

say() {
    printf '== %s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# block DOCUMENT NAME: the code of a block, which from now on counts as run.
block() {
    echo "$1 $2" >> "$used"
    "$root/tests/walks/blocks.py" show "$root/$1" "$2"
}

# run DOCUMENT NAME: runs a block in this shell.
run() {
    local code
    code=$(block "$1" "$2")
    echo "-- $1: $2"
    eval "$code"
}

# examples DOCUMENT NAME: the commands of a block that stand there to be typed, without synopses and output.
examples() {
    block "$1" "$2" | sed -n -e 's/^\$ //p; t' -e '/^taskqueue [a-z |-]*\([[A-Z]\|$\)/b' -e '/^taskqueue /p; /^[a-z]* | taskqueue /p'
}

# synopses DOCUMENT NAME: each option that a synopsis names is in the help of its command.
synopses() {
    local line path word help option
    while read -r line <&3; do
        path=() help=
        for word in ${line#taskqueue }; do
            [[ $word =~ ^[a-z][a-z|-]*$ ]] || break
            path+=("$word")
        done
        for word in ${path[-1]//|/ }; do
            help+=$(taskqueue "${path[@]:0:${#path[@]}-1}" "$word" --help) || die "$1: there is no command ${path[*]}: $line"
        done
        while read -r option; do
            grep -qE -- "(^|[ ,])$option([ ,=]|$)" <<< "$help" || die "$1: ${path[*]} has no option $option: $line"
        done < <(grep -oE -- '(^|[[ |])--?[a-z][a-z-]*' <<< "${line#* }" | tr -d '[ |')
    done 3< <(block "$1" "$2" | grep -E '^taskqueue [a-z |-]*([[A-Z]|$)')
}

# expect TEXT COMMAND...: the command, which has to print the text.
expect() {
    local text=$1 output
    shift
    output=$("$@" 2>&1) || die "$* failed: $output"
    [[ $output == *"$text"* ]] || die "$*: expected \"$text\", found: $output"
}

# eventually TEXT COMMAND...: repeats the command until it prints the text, for a minute at most.
eventually() {
    local text=$1 output='' deadline=$((SECONDS + 60))
    shift
    until output=$("$@" 2>&1) && [[ $output == *"$text"* ]]; do
        ((SECONDS < deadline)) || die "$*: expected \"$text\" within a minute, found: $output"
        sleep 0.2
    done
}

# heads DOCUMENT NAME COMMAND...: the headings of the table that a block shows are those that the command prints.
heads() {
    local heading output
    output=$("${@:3}" 2>&1) || true
    for heading in $(block "$1" "$2" | grep -m 1 -E '^[A-Z]+( +[A-Z]+)+$'); do
        grep -qw -- "$heading" <<< "$output" || die "$1: ${*:3} prints no column $heading: $output"
    done
}

# Everything is in one process, with the plugins of the source tree: the demo, which the first walk starts.
demo() {
    local code
    cd "$root"
    code=$(block docs/plugins.md start)
    if [ -e artifacts/demo/running ]; then
        code=${code/.\/demo.sh --keep/}
    else
        code=${code/.\/demo.sh --keep/.\/demo.sh --keep > \"\$work/demo.log\"}
    fi
    eval "$code"
    # As it is printed.
    code=$(sed -n 's/^Other clients: \(export [^;]*\);.*/\1/p' "$work/demo.log")
    eval "${code:?demo.sh says no AMQP_URL}"
    export TASKQUEUE_CONFIG=$root/artifacts/demo/config.ini
    settings=$root/artifacts/demo/conf.d
    mkdir -p "$settings" "$work/${0##*/}"
    # Templates are installed for a user.
    export NUGET_PACKAGES=$work/nuget DOTNET_CLI_HOME=$work/dotnet
    cd "$work/${0##*/}"
}
