using System.Text.Json.Nodes;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Messaging.Tests;

public sealed class ControlRequestTests
{
    [Theory]
    [InlineData("""{"command":"reload","by":"ops@h1"}""", "")]
    [InlineData("""{"command":"scale","type":"resize","workers":8,"by":"ops@h1"}""", "type = resize, workers = 8")]
    [InlineData("""{"command":"cancel","ids":["a","b","c","d","e"]}""", "ids = a b c and 2 more")]
    [InlineData("""{"command":"cancel","ids":["a"],"until":null}""", "ids = a, until = null")]
    [InlineData("""{"command":"x","long":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""", "long = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...")]
    public void Arguments_are_words_for_people(string body, string words) =>
        Assert.Equal(words, new ControlRequest("x", JsonNode.Parse(body)!.AsObject()).Arguments(40));
}
