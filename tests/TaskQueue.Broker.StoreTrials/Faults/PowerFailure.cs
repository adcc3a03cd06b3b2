using TaskQueue.Files;

namespace TaskQueue.Broker.StoreTrials.Faults;

/// <summary>Keeps what of each file is on the disk for certain, and what only the kernel has: of that, a power failure keeps any part.</summary>
internal sealed class PowerFailure(Random random) : FileEvents
{
    private const int SectorBytes = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DiskFile> _files = [];
    private Action? _look;

    /// <summary>Takes what is in the files now as flushed.</summary>
    /// <param name="look">Called before and after each operation from now on, on whichever thread does it.</param>
    public void Begin(IEnumerable<string> files, Action look)
    {
        lock (_lock)
        {
            foreach (var file in files)
            {
                _files[file] = new DiskFile(RegularFile.ReadAllBytes(file, long.MaxValue));
            }

            _look = look;
        }
    }

    /// <summary>What is found after a power failure now: everything that was flushed, and a random part of what was not, torn within pages.</summary>
    public Dictionary<string, byte[]> Cut()
    {
        lock (_lock)
        {
            var keep = random.Next(4) switch { 0 => 0, 1 => 1, _ => random.NextDouble() };
            return _files.ToDictionary(file => file.Key, file => file.Value.AfterFailure(random, keep));
        }
    }

    public override int Writing(string file, long offset, ReadOnlySpan<byte> content)
    {
        lock (_lock)
        {
            if (_look is null)
            {
                return Proceed;
            }

            for (var sent = 0; sent < content.Length;)
            {
                var size = (int)Math.Min(content.Length - sent, SectorBytes - ((offset + sent) % SectorBytes));
                var (at, piece) = (offset + sent, content.Slice(sent, size).ToArray());
                FileOf(file).Pending.Add(image => Put(image, at, piece));
                sent += size;
            }

            _look();
        }

        return Proceed;
    }

    public override int Truncating(string file, long size) => Remember(file, image => Resize(image, size));

    public override int Deleting(string file) => Remember(file, image => Resize(image, 0));

    public override int Flushing(string file)
    {
        lock (_lock)
        {
            // Just before: the failure may come while the disk is at it.
            _look?.Invoke();
            if (_look is not null)
            {
                FileOf(file).Flush();
            }
        }

        return Proceed;
    }

    public override void Happened()
    {
        lock (_lock)
        {
            _look?.Invoke();
        }
    }

    private int Remember(string file, Action<MemoryStream> change)
    {
        lock (_lock)
        {
            if (_look is not null)
            {
                FileOf(file).Pending.Add(change);
                _look();
            }
        }

        return Proceed;
    }

    private DiskFile FileOf(string file)
    {
        if (!_files.TryGetValue(file, out var found))
        {
            _files[file] = found = new DiskFile([]);
        }

        return found;
    }

    private static void Put(MemoryStream image, long offset, byte[] content)
    {
        image.Position = offset;
        image.Write(content);
    }

    private static void Resize(MemoryStream image, long size) => image.SetLength(size);

    private sealed class DiskFile(byte[] content)
    {
        private readonly MemoryStream _flushed = Expandable(content);

        public List<Action<MemoryStream>> Pending { get; } = [];

        public void Flush()
        {
            Pending.ForEach(change => change(_flushed));
            Pending.Clear();
        }

        public byte[] AfterFailure(Random random, double keep)
        {
            var image = Expandable(_flushed.ToArray());
            foreach (var change in Pending)
            {
                if (random.NextDouble() < keep)
                {
                    change(image);
                }
            }

            return image.ToArray();
        }

        private static MemoryStream Expandable(byte[] content)
        {
            var stream = new MemoryStream();
            stream.Write(content);
            return stream;
        }
    }
}
