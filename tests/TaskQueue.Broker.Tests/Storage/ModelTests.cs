using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials;
using TaskQueue.Broker.StoreTrials.Faults;
using TaskQueue.Broker.StoreTrials.Model;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class ModelTests
{
    private const int Cases = 150;

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (2, Gen.Elements(StepKind.DeclareExchange, StepKind.DeleteExchange, StepKind.Bind, StepKind.Unbind, StepKind.DeleteQueue, StepKind.Purge)),
            (2, Gen.Constant(StepKind.DeclareQueue)),
            (8, Gen.Elements(StepKind.Add, StepKind.Add, StepKind.Change, StepKind.Remove)))
        from choice in Gen.Choose(0, 1_000_000)
        select new Step(kind, choice);

    /// <summary>A batch, and whether the store is closed and opened again after it.</summary>
    private static readonly Gen<(Step[] Steps, bool IsReopened)> Moves = Steps.ArrayOf().Zip(Gen.Frequency((1, Gen.Constant(true)), (5, Gen.Constant(false))));

    [Fact]
    public void A_store_has_what_was_committed_however_often_it_is_opened_again() =>
        Prop.ForAll(Moves.ArrayOf().ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (moves, options) => RunAsync(moves, options)).Holds(Cases);

    private static async Task RunAsync((Step[] Steps, bool IsReopened)[] moves, int options)
    {
        using var folder = new StoreFolder(isInMemory: true);
        var expected = new StoreModel();
        FileLayer.Watch(folder.Path, new FailingFlush());
        var store = new SqliteMessageStore(UntilKilled.Options(folder.Path, options));
        try
        {
            var model = await StoreModel.ReadAsync(store, TestContext.Current.CancellationToken);
            foreach (var (steps, isReopened) in moves)
            {
                await store.CommitAsync(BatchPlan.Make(model, steps));
                if (isReopened)
                {
                    await store.DisposeAsync();
                    store = new SqliteMessageStore(UntilKilled.Options(folder.Path, options));
                    var found = await StoreModel.ReadAsync(store, TestContext.Current.CancellationToken);
                    Assert.Equal(model.ToString(), found.ToString());
                    model = found;
                }
            }

            expected = model;
        }
        finally
        {
            await store.DisposeAsync();
        }

        Assert.Equal(expected.ToString(), (await folder.ReadAsync()).ToString());
    }
}
