namespace TaskQueue.WorkerProtocol;

/// <summary>A <see cref="CommandToRun"/> as bytes.</summary>
internal static class CommandCodec
{
    public static void Write(CommandToRun command, FrameWriter to)
    {
        to.Int32(command.Arguments.Count);
        foreach (var argument in command.Arguments)
        {
            to.Int32(argument.Count);
            foreach (var part in argument)
            {
                to.Byte((byte)part.Source);
                to.Text(part.Text);
            }
        }

        to.Text(command.ResultContentType);
        to.OptionalText(command.ResultField);
        to.Int64(command.MaxOutputBytes);
        to.Int32(command.ExitCodes.Count);
        foreach (var (code, outcome) in command.ExitCodes)
        {
            to.Int32(code);
            to.Byte((byte)outcome);
        }
    }

    public static CommandToRun Read(ref FrameReader from)
    {
        var arguments = new IReadOnlyList<ArgumentPart>[from.Length(elementBytes: sizeof(int))];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = ReadArgument(ref from);
        }

        return new CommandToRun
        {
            Arguments = arguments,
            ResultContentType = from.Text(),
            ResultField = from.OptionalText(),
            MaxOutputBytes = from.Int64(),
            ExitCodes = ReadExitCodes(ref from),
        };
    }

    private static ArgumentPart[] ReadArgument(ref FrameReader from)
    {
        var parts = new ArgumentPart[from.Length(elementBytes: 1 + sizeof(int))];
        for (var i = 0; i < parts.Length; i++)
        {
            var source = (ArgumentSource)from.Byte();
            parts[i] = source <= ArgumentSource.Field
                ? new ArgumentPart(source, from.Text())
                : throw new ProtocolException($"expected the source of an argument, found {(byte)source}");
        }

        return parts;
    }

    private static Dictionary<int, TaskOutcome> ReadExitCodes(ref FrameReader from)
    {
        var count = from.Length(elementBytes: sizeof(int) + 1);
        var codes = new Dictionary<int, TaskOutcome>(count);
        for (var i = 0; i < count; i++)
        {
            codes[from.Int32()] = from.Outcome();
        }

        return codes;
    }
}
