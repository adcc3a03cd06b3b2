namespace TaskQueue.Cli.Completion;

/// <summary>Scripts for shells. All ask this command itself, by the directive <c>[suggest:POSITION]</c> before the line without its first word, and get a line for each
/// word that may stand there, with what it is behind a tab.</summary>
internal static class CompletionScripts
{
    // Descriptions are for lists that are shown; what is inserted has none. Names are quoted, since ids are whatever publishers made them,
    // and no "compgen -W": it would run what a name says in $( ).
    private const string Bash = """
        # Completion of taskqueue for bash: source <(taskqueue completion bash)
        _taskqueue() {
            local command=${COMP_WORDS[0]} label description width=0 i
            local line=${COMP_LINE#"$command"}
            local -a labels=() descriptions=()
            COMPREPLY=()
            while IFS=$'\t' read -r label description; do
                if [[ -n $label ]]; then
                    printf -v label %q "$label"
                    labels+=("$label")
                    descriptions+=("$description")
                    if (( ${#label} > width )); then
                        width=${#label}
                    fi
                fi
            done < <("$command" "[suggest:$((COMP_POINT - ${#command}))]" "$line" 2>/dev/null)
            # 37 and 42: menu-complete and insert-completions.
            if [[ ${#labels[@]} -lt 2 || $COMP_TYPE == 37 || $COMP_TYPE == 42 ]]; then
                COMPREPLY=("${labels[@]}")
                return
            fi
            # A line that is wider than the terminal would break in the midst of the list.
            local room=$(( ${COLUMNS:-80} - width - 4 ))
            for i in "${!labels[@]}"; do
                description=${descriptions[i]}
                if (( room < 8 )); then
                    description=
                elif (( ${#description} > room )); then
                    description=${description:0:room - 1}…
                fi
                printf -v label '%-*s  %s' "$width" "${labels[i]}" "$description"
                COMPREPLY+=("$label")
            done
        }
        complete -o default -F _taskqueue taskqueue

        """;

    private const string Zsh = """
        #compdef taskqueue
        # Completion of taskqueue for zsh: taskqueue completion zsh > "${fpath[1]}/_taskqueue"
        _taskqueue() {
            local line="${(j: :)words[2,CURRENT]}" item
            local -a items
            for item in "${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}"; do
                if [[ -n $item ]]; then
                    items+=("${${item%%$'\t'*}//:/\\:}:${${item#*$'\t'}:#${item}}")
                fi
            done
            _describe -t values taskqueue items || _files
        }
        if [ "${funcstack[1]}" = _taskqueue ]; then
            _taskqueue "$@"
        else
            compdef _taskqueue taskqueue
        fi

        """;

    private const string Fish = """
        # Completion of taskqueue for fish: taskqueue completion fish > ~/.config/fish/completions/taskqueue.fish
        function __taskqueue_complete
            set -l words (commandline -opc)
            set -l line (string sub -s (math (string length -- $words[1]) + 1) -- (commandline -cp))
            set -l items (command $words[1] "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null)
            if set -q items[1]
                string join \n -- $items
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c taskqueue -f -a '(__taskqueue_complete)'

        """;

    /// <summary>The scripts by the names of their shells.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
    };
}
