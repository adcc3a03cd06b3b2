"""Celery, as Debian has it, against the broker at a port: python3 drive.py PORT FOLDER."""

import os
import socket
import subprocess
import sys
import threading
import time

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 90


class Way:
    """A way to the broker that can be cut."""

    def __init__(self):
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        for end in self.sockets:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has gone already.
        self.sockets = []

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            broker = socket.create_connection(("127.0.0.1", PORT))
            self.sockets += [client, broker]
            for source, target in ((client, broker), (broker, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    @staticmethod
    def _pass_on(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # Cut.


def address(port):
    return f"amqp://guest:guest@127.0.0.1:{port}//"


os.environ["BROKER"] = address(PORT)
sys.path.insert(0, HERE)
import tasks  # noqa: E402  It reads the variable.

way = Way()
worker = subprocess.Popen(
    [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-c", "2", "-l", "info", "-n", "one@test", "--without-mingle"],
    cwd=HERE,
    env={**os.environ, "BROKER": address(way.port), "PYTHONDONTWRITEBYTECODE": "1"},
    stderr=subprocess.STDOUT,
    stdout=open(os.path.join(FOLDER, "worker.log"), "w"),
)
try:
    since = time.monotonic()
    while not tasks.app.control.ping(timeout=1):
        assert worker.poll() is None and time.monotonic() - since < PATIENCE, "the worker answers"

    # Confirmed, taken with a bounded prefetch, acknowledged when done, answered.
    results = [tasks.add.delay(number, 1) for number in range(200)]
    assert [result.get(timeout=PATIENCE) for result in results] == list(range(1, 201))

    try:
        tasks.fail.delay("on purpose").get(timeout=PATIENCE)
        sys.exit("a failed task succeeded")
    except ValueError as error:
        assert str(error) == "on purpose", error

    assert tasks.succeed_at_last.delay().get(timeout=PATIENCE) == 2

    # Given back by nack, and delivered again.
    assert tasks.die_at_first.delay(os.path.join(FOLDER, "mark")).get(timeout=PATIENCE) is True

    way.cut()
    results = [tasks.add.delay(number, 2) for number in range(50)]
    assert [result.get(timeout=PATIENCE) for result in results] == list(range(2, 52))
    assert list(tasks.app.control.inspect(timeout=10).active_queues()) == ["one@test"]
    with tasks.app.connection_for_write() as connection:
        queue = connection.default_channel.queue_declare("celery", passive=True)
        assert queue.message_count == 0, queue
    print("confirms, prefetch, nack, reconnect, answers")
finally:
    worker.terminate()
    worker.wait(PATIENCE)
