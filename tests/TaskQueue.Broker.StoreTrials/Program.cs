using System.Globalization;
using TaskQueue.Broker.StoreTrials;

// write FOLDER SEED STEPS: commits random batches, a byte on standard output for each that is on the disk, until it is killed; by itself after STEPS, if that is not -1.
// measure FOLDER [MESSAGES]: how fast a store is.
switch (args)
{
    case ["write", var folder, var seed, var steps]:
        await UntilKilled.WriteAsync(folder, int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(steps, CultureInfo.InvariantCulture));
        return 0;
    case ["measure", var folder, .. var rest]:
        await Measurement.RunAsync(folder, rest is [var messages] ? int.Parse(messages, CultureInfo.InvariantCulture) : 1_000_000);
        return 0;
    case ["load", var folder]:
        await Measurement.LoadAsync(folder);
        return 0;
    default:
        Console.Error.WriteLine("write FOLDER SEED STEPS | measure FOLDER [MESSAGES] | load FOLDER");
        return 64;
}
