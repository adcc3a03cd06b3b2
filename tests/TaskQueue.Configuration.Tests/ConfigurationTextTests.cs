namespace TaskQueue.Configuration.Tests;

public sealed class ConfigurationTextTests
{
    [Fact]
    public void Shows_effective_settings_in_the_first_dialect_and_masks_secrets()
    {
        var text = ConfigurationText.Render(Given.Parse(
            """
            [amqp]
            passwd = hunter2
            [worker_resize]
            subgroups = small
            env_A = hunter2
            api_token = hunter2
            store = s3://me:hunter2@host/x
            motto = "a ; b"
            [worker_resize_small]
            instances = 3
            [amqp_x]
            plugin = resize
            [worker_amqp]
            """));

        Assert.Equal(
            """
            [DEFAULT]
            workers = 1
            concurrency = 1
            max_tasks = 0
            diagnostics = no
            history_bodies = no
            history_mask = password, passwd, secret, token, api_key, authorization
            report_usage = no
            idle_timeout = 0s
            start_timeout = 30s
            results_routing_key = results
            report_failures = yes
            max_result = 128M
            on_permanent_fail = bury
            on_temporary_fail = release
            on_timeout = release
            on_crash = release
            on_unknown_fail = bury
            acknowledge = after_result
            max_attempts = 5
            release_delay = 1m
            release_backoff = 2
            release_max_delay = 1h
            kill_after = 5s
            result_content_type = application/octet-stream
            max_output = 16M

            [amqp]
            host = localhost
            user = guest
            passwd = ***
            vhost = /
            tls = no
            queue_type = quorum
            heartbeat = 10s
            connect_timeout = 10s

            [taskqueue]
            workers = *
            plugin_dir = /usr/lib/taskqueue/plugins
            cgroups = required
            shutdown_timeout = 30s
            unroutable_ttl = 1h
            buried_keep = all
            log_format = auto
            log_level = info
            allow_control = yes
            workitem_type_map = application/json: application/x-ruote-workitem, text/plain: application/x-basic-workitem
            default_workitem_type = application/json

            [telemetry]
            trace_ratio = 1

            [resize]
            workers = small

            [resize_small]
            workers = 3
            env_A = ***
            api_token = ***
            motto = "a ; b"
            store = ***

            [amqp_x]
            plugin = resize

            [worker_amqp]

            """,
            text);
        Assert.Equal(text, ConfigurationText.Render(Given.Parse(text)));
    }

    [Fact]
    public void Shows_what_a_type_takes_back_from_the_defaults()
    {
        var text = ConfigurationText.Render(Given.Parse("[DEFAULT]\nuser = a\nflag =\n[resize]\nuser =\n"));

        var configuration = Given.Parse(text);

        Assert.Equal(("a", (string?)null), (configuration.WorkerDefaults.User, configuration.Only("resize").User));
        Assert.Equal("", configuration.WorkerDefaults.Settings["flag"]);
    }
}
