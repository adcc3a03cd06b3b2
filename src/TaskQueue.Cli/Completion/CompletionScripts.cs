namespace TaskQueue.Cli.Completion;

/// <summary>Scripts for shells. All ask this command itself, by the directive <c>[suggest:POSITION]</c> before the line without its first word.</summary>
internal static class CompletionScripts
{
    // The command offers whatever contains the word; bash has to be told that the word is a beginning, and to offer no options
    // before there is one. No "compgen -W": it would run
    // what a name of a queue says in $( ).
    private const string Bash = """
        # Completion of taskqueue for bash: source <(taskqueue completion bash)
        _taskqueue() {
            local command=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} item
            local line=${COMP_LINE#"$command"}
            COMPREPLY=()
            while IFS= read -r item; do
                if [[ -z $word && ( $item == -* || $item == /* ) ]]; then
                    continue
                fi
                if [[ $item == "$word"* ]]; then
                    printf -v item %q "$item"
                    COMPREPLY+=("$item")
                fi
            done < <("$command" "[suggest:$((COMP_POINT - ${#command}))]" "$line" 2>/dev/null)
        }
        complete -o default -F _taskqueue taskqueue

        """;

    private const string Zsh = """
        #compdef taskqueue
        # Completion of taskqueue for zsh: taskqueue completion zsh > "${fpath[1]}/_taskqueue"
        _taskqueue() {
            local line="${(j: :)words[2,CURRENT]}"
            local -a items
            items=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -- ${items:#} || _files
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
            command $words[1] "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null
        end
        complete -c taskqueue -a '(__taskqueue_complete)'

        """;

    /// <summary>The scripts by the names of their shells.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
    };
}
