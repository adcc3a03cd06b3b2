namespace TaskQueue.Configuration.Tests;

public sealed class CredentialTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("taskqueue-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_password_file_may_be_a_credential_of_the_service()
    {
        File.WriteAllText(Path.Combine(_folder, "taskqueue_amqp"), "secret\n");
        var path = Path.Combine(_folder, "config.ini");
        File.WriteAllText(path, "[amqp]\nuser = a\npasswd_file = $CREDENTIALS_DIRECTORY/taskqueue_amqp\n");

        var configuration = TaskQueueConfiguration.Load(path, new Dictionary<string, string> { ["CREDENTIALS_DIRECTORY"] = _folder });

        Assert.Equal($"{_folder}/taskqueue_amqp", configuration.Broker.PasswordFile);
    }

    [Fact]
    public void A_credential_that_is_not_there_is_an_error()
    {
        var path = Path.Combine(_folder, "config.ini");
        File.WriteAllText(path, "[amqp]\nuser = a\npasswd_file = $CREDENTIALS_DIRECTORY/taskqueue_amqp\n");

        Assert.Equal(
            $"{path}:3: [amqp] passwd_file: the file \"{_folder}/taskqueue_amqp\" does not exist; create it, or name another one.",
            Problem(() => TaskQueueConfiguration.Load(path, new Dictionary<string, string> { ["CREDENTIALS_DIRECTORY"] = _folder })));
    }

    [Theory]
    [InlineData("$CREDENTIALS_DIRECTORY/a", "the variable CREDENTIALS_DIRECTORY is not set: systemd sets it for services whose unit has LoadCredential=; elsewhere name the file itself.")]
    [InlineData("$CREDENTIALS_DIRECTORY", "expected the name of a credential, $CREDENTIALS_DIRECTORY/NAME.")]
    [InlineData("$CREDENTIALS_DIRECTORYX/a", "expected the name of a credential, $CREDENTIALS_DIRECTORY/NAME.")]
    public void A_credential_without_a_folder_or_a_name_is_an_error(string value, string problem) =>
        Assert.Equal(
            $"config.ini:2: [amqp] passwd_file = \"{value}\": {problem}",
            Problem(() => TaskQueueConfiguration.Parse($"[amqp]\npasswd_file = {value}\n")));

    private static string Problem(Action load) => Assert.Single(Assert.Throws<ConfigurationException>(load).Problems);
}
