using TaskQueue.Cli.Doctor;
using TaskQueue.Configuration;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests.Doctor;

public sealed class PermissionsTests
{
    [Fact]
    public void The_document_has_what_the_command_prints_for_the_defaults()
    {
        var configuration = TaskQueueConfiguration.Parse("[amqp]\nuser = taskqueue\npasswd = x\n");
        var document = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "security.md"));

        Assert.All(Permissions.Of(configuration), role => Assert.Contains($"\n{role.ToCommand(configuration)}\n", document, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_are_those_of_the_configuration()
    {
        var configuration = TaskQueueConfiguration.Parse(
            "[amqp]\nvhost = it's\nqueue_prefix = dev.\n[taskqueue]\nresults_routing_key = done\nrejected_results_routing_key = refused\n[resize]\nresult_queues = audit.log\n");
        var roles = Permissions.Of(configuration).ToDictionary(role => role.User, StringComparer.Ordinal);

        Assert.All(["results", "done", "audit.log", "worker_resize"], name => Assert.Matches(roles["pool"].Configure, "dev." + name));
        Assert.All(["results", "dev.taskqueue", "dev.refused", "dev_done"], name => Assert.DoesNotMatch(roles["pool"].Configure, name));
        Assert.Matches(roles["dispatcher"].Configure, "dev.refused");
        Assert.All(["worker_resize", "done"], name => Assert.DoesNotMatch(roles["dispatcher"].Read, "dev." + name));
        Assert.Equal(@"^dev\.(taskqueue)$", roles["publisher"].Write);
        Assert.StartsWith(@"rabbitmqctl set_permissions -p 'it'\''s' publisher ", roles["publisher"].ToCommand(configuration), StringComparison.Ordinal);
        Assert.All(roles.Values, role => Assert.All([role.Configure, role.Write, role.Read], pattern => Assert.DoesNotMatch(pattern, "worker_x'; drop")));
    }

    [Fact]
    public void The_embedded_broker_has_a_command_of_its_own()
    {
        var folder = Directory.CreateTempSubdirectory("taskqueue-permissions-");
        try
        {
            var configuration = TaskQueueConfiguration.Parse($"[amqp]\nhost = embedded\n[broker]\ndata_dir = {folder.FullName}\n");

            var commands = Permissions.Of(configuration).Select(role => role.ToCommand(configuration)).ToList();
            Assert.Equal(5, commands.Count);
            Assert.StartsWith("taskqueue broker user add dispatcher --configure '^", commands[0], StringComparison.Ordinal);
            Assert.StartsWith("taskqueue broker user add operator --configure '^", commands[3], StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
