using System.Net;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Tests.Keys;

public sealed class ValueTests
{
    [Fact]
    public void Reads_every_key_of_the_broker()
    {
        var broker = TaskQueueConfiguration.Parse(
            """
            [amqp]
            host = rabbit1, rabbit2:5673 [::1]:5674, [fe80::2]
            port = 5670
            user = me
            passwd_file = passwd
            vhost = /dev
            tls = on
            ca_file = /ca.pem
            cert_file = tls/cert.pem
            key_file = ../key.pem
            queue_type = Classic
            queue_prefix = dev_
            heartbeat = 20
            connect_timeout = 1500ms
            """,
            "/etc/taskqueue/config.ini").Broker;

        Assert.Equal(
            new BrokerOptions
            {
                Hosts = broker.Hosts,
                Port = 5670,
                User = "me",
                PasswordFile = "/etc/taskqueue/passwd",
                VirtualHost = "/dev",
                Tls = true,
                CaFile = "/ca.pem",
                CertFile = "/etc/taskqueue/tls/cert.pem",
                KeyFile = "/etc/key.pem",
                QueueType = QueueType.Classic,
                QueuePrefix = "dev_",
                Heartbeat = TimeSpan.FromSeconds(20),
                ConnectTimeout = TimeSpan.FromMilliseconds(1500),
            },
            broker);
        Assert.Equal([new("rabbit1"), new("rabbit2", 5673), new("::1", 5674), new BrokerHost("fe80::2")], broker.Hosts);
    }

    [Fact]
    public void Reads_every_key_of_the_services()
    {
        var service = TaskQueueConfiguration.Parse(
            """
            [taskqueue]
            plugin_dir = plugins
            shutdown_timeout = 2m
            unroutable_ttl = 1d
            log_format = journald
            log_level = debug
            workitem_type_map = text/plain = application/x-basic-workitem, text/xml: application/x-mine
            default_workitem_type = text/plain
            """,
            "/etc/taskqueue/config.ini").Service;

        Assert.Equal("/etc/taskqueue/plugins", service.PluginDir);
        Assert.Equal((TimeSpan.FromMinutes(2), TimeSpan.FromDays(1)), (service.ShutdownTimeout, service.UnroutableTtl));
        Assert.Equal((LogFormat.Systemd, LogLevel.Debug), (service.LogFormat, service.LogLevel));
        Assert.Equal("application/x-mine", service.WorkItemTypeMap["TEXT/XML"]);
        Assert.Equal(2, service.WorkItemTypeMap.Count);
        Assert.Equal("text/plain", service.DefaultWorkItemType);
    }

    [Theory]
    [InlineData("50%", 0.5, "50%")]
    [InlineData("150 %", 1.5, "150%")]
    [InlineData("1.5", 1.5, "150%")]
    [InlineData("0.07", 0.07, "7%")]
    public void Processor_time_is_a_percentage_or_a_number_of_processors(string text, double processors, string written)
    {
        var configuration = TaskQueueConfiguration.Parse($"[resize]\ncpu_max = {text}\n");

        Assert.Equal(processors, configuration.ForType("resize").Groups[0].Limits.CpuMax);
        Assert.Contains($"cpu_max = {written}", ConfigurationText.Render(configuration), StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_every_key_of_monitoring()
    {
        var configuration = Given.Parse(
            """
            [http]
            listen = 127.0.0.1:9464
            dispatcher_listen = [::1]:9465
            workerpool_listen = *:9466
            [telemetry]
            otlp = https://collector:4318/base
            trace_ratio = 0.25
            """);

        Assert.Equal(
            new HttpOptions
            {
                Listen = new(IPAddress.Loopback, 9464),
                DispatcherListen = new(IPAddress.IPv6Loopback, 9465),
                WorkerPoolListen = new(IPAddress.IPv6Any, 9466),
            },
            configuration.Http);
        Assert.Equal(new TelemetryOptions { Otlp = new("https://collector:4318/base"), TraceRatio = 0.25 }, configuration.Telemetry);
        var again = Given.Parse(ConfigurationText.Render(configuration));
        Assert.Equal((configuration.Http, configuration.Telemetry), (again.Http, again.Telemetry));
    }

    [Fact]
    public void The_same_text_gives_equal_options_of_the_broker() =>
        Assert.Equal(Given.Parse("[amqp]\nhost = a, b").Broker, Given.Parse("[amqp]\nhost = a b").Broker);

    [Fact]
    public void An_empty_text_gives_the_defaults_of_the_records()
    {
        var configuration = Given.Parse("");

        Assert.Equal(new ServiceOptions(), configuration.Service);
        Assert.Equal(new BrokerOptions { Hosts = configuration.Broker.Hosts }, configuration.Broker);
        Assert.Equal(new BrokerOptions().Hosts, configuration.Broker.Hosts);
    }

    [Theory]
    [InlineData("amqp", "host", "", "hosts such as")]
    [InlineData("amqp", "host", "::1", "hosts such as")]
    [InlineData("amqp", "host", "a:b", "hosts such as")]
    [InlineData("amqp", "host", "[::1", "hosts such as")]
    [InlineData("amqp", "host", "[1.2.3.4]", "hosts such as")]
    [InlineData("amqp", "host", "[::1]x:1", "hosts such as")]
    [InlineData("amqp", "port", "56x2", "a number from 1 to 65535.")]
    [InlineData("amqp", "port", "65536", "a number from 1 to 65535.")]
    [InlineData("amqp", "user", "", "1 to 255 bytes.")]
    [InlineData("amqp", "tls", "maybe", "yes or no.")]
    [InlineData("amqp", "queue_type", "mirrored", "one of quorum, classic.")]
    [InlineData("amqp", "queue_prefix", "amq.x", "at most 64 bytes that do not begin with \"amq.\"")]
    [InlineData("taskqueue", "results_keep", "some", "a number of results, a time such as 12h or 7d")]
    [InlineData("taskqueue", "results_keep", "5, 6", "a number of results, a time such as 12h or 7d")]
    [InlineData("taskqueue", "results_keep", "0", "a number of results, a time such as 12h or 7d")]
    [InlineData("taskqueue", "results_keep", "50d", "a number of results, a time such as 12h or 7d")]
    [InlineData("taskqueue", "buried_keep", "", "a number of tasks, a time such as 12h or 7d")]
    [InlineData("taskqueue", "buried_keep", "0", "a number of tasks, a time such as 12h or 7d")]
    [InlineData("amqp", "heartbeat", "10x", "a duration from 1s to 10m,")]
    [InlineData("amqp", "heartbeat", "0", "a duration from 1s to 10m,")]
    [InlineData("amqp", "heartbeat", "1d", "a duration from 1s to 10m,")]
    [InlineData("amqp", "heartbeat", "99999999999999999999d", "a duration from 1s to 10m,")]
    [InlineData("amqp", "connect_timeout", "-1", "a duration from 1s to 5m,")]
    [InlineData("taskqueue", "workers", "3", "* or the names of worker types;")]
    [InlineData("taskqueue", "workers", "*, a", "* or the names of worker types;")]
    [InlineData("taskqueue", "plugin_dir", "", "a path.")]
    [InlineData("taskqueue", "log_format", "xml", "one of auto, plain, journald, json.")]
    [InlineData("taskqueue", "log_level", "all", "one of trace, debug,")]
    [InlineData("taskqueue", "workitem_type_map", "text/plain", "pairs such as")]
    [InlineData("taskqueue", "default_workitem_type", "text", "a content type such as")]
    [InlineData("http", "listen", "9464", "an IP address with a port,")]
    [InlineData("http", "listen", "127.0.0.1", "an IP address with a port,")]
    [InlineData("http", "listen", "localhost:9464", "an IP address with a port,")]
    [InlineData("http", "dispatcher_listen", "*:0", "an IP address with a port,")]
    [InlineData("http", "workerpool_listen", "[::1]:65536", "an IP address with a port,")]
    [InlineData("telemetry", "otlp", "localhost:4318", "a URL such as")]
    [InlineData("telemetry", "otlp", "ftp://localhost", "a URL such as")]
    [InlineData("telemetry", "trace_ratio", "1.1", "a number from 0 to 1,")]
    [InlineData("resize", "workers", "10001", "a number from 0 to 10000;")]
    [InlineData("resize", "concurrency", "0", "a number from 1 to 10000.")]
    [InlineData("resize", "umask", "089", "an octal number from 000 to 777,")]
    [InlineData("resize", "umask", "1777", "an octal number from 000 to 777,")]
    [InlineData("resize", "nice", "20", "a number from -20 to 19.")]
    [InlineData("resize", "user", "-x", "a login name.")]
    [InlineData("resize", "working_dir", "tmp", "an absolute path.")]
    [InlineData("resize", "limit_nofile", "10", "a number from 96 to 1000000000.")]
    [InlineData("resize", "limit_memory", "512", "a size from 16M to 16T,")]
    [InlineData("resize", "limit_memory", "9999999T", "a size from 16M to 16T,")]
    [InlineData("resize", "memory_max", "15M", "a size from 16M to 16T,")]
    [InlineData("resize", "cpu_max", "0", "a part of one processor's time from 1% to 100000%,")]
    [InlineData("resize", "cpu_max", "half", "a part of one processor's time from 1% to 100000%,")]
    [InlineData("resize", "tasks_max", "5", "a number from 16 to 4194304.")]
    [InlineData("resize", "io_weight", "0", "a number from 1 to 10000.")]
    [InlineData("taskqueue", "cgroups", "no", "one of required, optional.")]
    [InlineData("taskqueue", "cgroup_dir", "mine", "an absolute path.")]
    [InlineData("resize", "results_routing_key", "", "1 to 255 bytes")]
    [InlineData("resize", "result_queues", "archive, amq.x", "names of queues such as")]
    [InlineData("resize", "plugin", "resize.buried", "the name of a worker type (")]
    [InlineData("resize", "plugin", "a b", "the name of a worker type (")]
    public void Says_what_was_expected_of_a_value(string section, string key, string value, string expected) =>
        Assert.StartsWith(
            $"config.ini:2: [{section}] {key} = \"{value}\": expected {expected}",
            Refused.Problem($"[{section}]\n{key} = {value}\n"),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("[amqp]\nprt = 1\n", "config.ini:2: [amqp] prt: there is no such key. Did you mean port?")]
    [InlineData("[taskqueue]\nshutdwon_timeout = 1\n", "config.ini:2: [taskqueue] shutdwon_timeout: there is no such key. Did you mean shutdown_timeout?")]
    [InlineData("[taskqueue]\nconcurency = 1\n", "config.ini:2: [taskqueue] concurency: there is no such key. Did you mean concurrency?")]
    [InlineData("[amqp]\nxyzzy = 1\n", "config.ini:2: [amqp] xyzzy: there is no such key. Known are host, port, user, passwd, passwd_file, vhost, tls, ca_file, cert_file, key_file, queue_type, queue_prefix, heartbeat, connect_timeout.")]
    [InlineData("[amqp]\npasswd = a\npasswd_file = b\n", "config.ini:3: [amqp] passwd_file: passwd is set as well (config.ini:2); remove one of the two, or leave it empty.")]
    [InlineData("[amqp]\ntls = yes\ncert_file = a\n", "config.ini:3: [amqp] cert_file: expected key_file as well, the private key of the certificate.")]
    [InlineData("[amqp]\ntls = yes\nkey_file = a\n", "config.ini:3: [amqp] key_file: expected cert_file as well, the certificate of the private key.")]
    [InlineData("[amqp]\ntls = no\nca_file = a\n", "config.ini:3: [amqp] ca_file: it has no effect without TLS; set tls = yes, or remove it.")]
    [InlineData("[a]\nenv_1A = b\n", "config.ini:2: [a] env_1A: expected the name of a variable behind \"env_\", of letters, digits and '_', not beginning with a digit.")]
    public void Says_what_is_wrong_with_a_key(string text, string expected) => Assert.Equal(expected, Refused.Problem(text));

    [Fact]
    public void Refuses_names_of_queues_that_are_too_long_with_their_prefix()
    {
        var key = new string('k', 250);

        Assert.StartsWith("config.ini: queue_prefix and the results_routing_key ", Refused.Problem($"[amqp]\nqueue_prefix = 123456\n[taskqueue]\nresults_routing_key = {key}\n"), StringComparison.Ordinal);
        Assert.StartsWith("config.ini: queue_prefix and the result_queues ", Refused.Problem($"[amqp]\nqueue_prefix = 123456\n[taskqueue]\nresult_queues = {key}\n"), StringComparison.Ordinal);
        Assert.Equal(key, Given.Parse($"[taskqueue]\nresults_routing_key = {key}\n").WorkerDefaults.ResultsRoutingKey);
    }

    [Fact]
    public void Reports_all_problems_at_once_in_the_order_of_lines()
    {
        var problems = Refused.Problems(
            """
            stray = 1
            [amqp]
            port = 56x2
            hots = a
            passwd = a
            passwd_file = b
            [resize]
            nice = 40
            oops
            [taskqueue]
            log_level = loud
            """,
            ("TASKQUEUE__MAIL__NICE", "x"));

        Assert.Equal(
            ["config.ini:1", "config.ini:3", "config.ini:4", "config.ini:6", "config.ini:8", "config.ini:9", "config.ini:11", "TASKQUEUE__MAIL__NICE"],
            problems.Select(problem => problem[..problem.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Fact]
    public void The_message_is_all_problems_one_per_line()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Given.Parse("[amqp]\nport = x\ntls = z"));

        Assert.Equal(2, exception.Problems.Count);
        Assert.Equal(string.Join('\n', exception.Problems), exception.Message);
    }

    [Theory]
    [InlineData("[amqp]\npasswd hunter2\n")]
    [InlineData("[amqp]\npasswd hunter2 = a\n")]
    [InlineData("[amqp]\npasswd = hunter2\npasswd = hunter2\n")]
    [InlineData("[amqp]\npassword = hunter2\n")]
    [InlineData("[amqp]\npasswd = hunter2\u0001\n")]
    [InlineData("[amqp]\npasswd = hunter2\npasswd_file = a\n")]
    [InlineData("[amqp]\nhost = amqp://me:hunter2@rabbit\n")]
    [InlineData("[amqp]\nhost = me:hunter2@rabbit\n")]
    [InlineData("passwd = hunter2\n")]
    public void Messages_do_not_tell_passwords(string text) =>
        Assert.DoesNotContain("hunter2", string.Join('\n', Refused.Problems(text)), StringComparison.Ordinal);
}
