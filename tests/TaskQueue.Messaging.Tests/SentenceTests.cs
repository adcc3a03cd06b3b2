namespace TaskQueue.Messaging.Tests;

public sealed class SentenceTests
{
    [Theory]
    [InlineData("the queue is gone", "the queue is gone.", "the queue is gone")]
    [InlineData("The queue is gone.", "The queue is gone.", "The queue is gone")]
    [InlineData("none of them answered..\n", "none of them answered.", "none of them answered")]
    [InlineData("it was cut here…", "it was cut here…", "it was cut here…")]
    public void What_others_say_has_one_stop_where_a_sentence_ends_and_none_where_it_goes_on(string text, string whole, string part) =>
        Assert.Equal((whole, part), (Sentence.Whole(text), Sentence.Part(text)));
}
