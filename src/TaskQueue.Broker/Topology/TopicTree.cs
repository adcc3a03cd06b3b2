using TaskQueue.Broker.Queues;

namespace TaskQueue.Broker.Topology;

/// <summary>The patterns of a topic exchange, as a tree of words. Matching follows all possibilities at once, so that no pattern makes it long.</summary>
internal sealed class TopicTree
{
    private const string One = "*", Any = "#";

    private readonly Node _root = new(null);

    public void Add(string pattern, BrokerQueue queue)
    {
        var node = _root;
        foreach (var word in Words(pattern))
        {
            if (!node.Children.TryGetValue(word, out var child))
            {
                child = new Node(word);
                node.Children.Add(word, child);
            }

            node = child;
        }

        node.Queues.Add(queue);
    }

    public void Remove(string pattern, BrokerQueue queue)
    {
        var path = new Stack<Node>([_root]);
        foreach (var word in Words(pattern))
        {
            path.Push(path.Peek().Children[word]);
        }

        path.Peek().Queues.Remove(queue);
        while (path.Count > 1 && path.Pop() is { Queues.Count: 0, Children.Count: 0 } leaf)
        {
            path.Peek().Children.Remove(leaf.Word!);
        }
    }

    /// <summary>Finds the queues whose patterns match; some perhaps twice.</summary>
    public void Match(string routingKey, Action<BrokerQueue> found)
    {
        HashSet<Node> here = [];
        Enter(_root, here);
        foreach (var word in Words(routingKey))
        {
            HashSet<Node> next = [];
            foreach (var node in here)
            {
                if (node.Word == Any)
                {
                    Enter(node, next);
                }

                if (node.Children.TryGetValue(word, out var child))
                {
                    Enter(child, next);
                }

                // The words of a key that look like wildcards are words; each child is entered once.
                if (word != One && node.Children.TryGetValue(One, out var one))
                {
                    Enter(one, next);
                }
            }

            here = next;
        }

        foreach (var queue in here.SelectMany(node => node.Queues))
        {
            found(queue);
        }
    }

    // No text is no word, not an empty one.
    private static string[] Words(string key) => key.Length == 0 ? [] : key.Split('.');

    // "Any" also stands for no word at all.
    private static void Enter(Node node, HashSet<Node> nodes)
    {
        while (nodes.Add(node) && node.Children.TryGetValue(Any, out var any))
        {
            node = any;
        }
    }

    private sealed class Node(string? word)
    {
        public string? Word { get; } = word;

        public Dictionary<string, Node> Children { get; } = [];

        public List<BrokerQueue> Queues { get; } = [];
    }
}
