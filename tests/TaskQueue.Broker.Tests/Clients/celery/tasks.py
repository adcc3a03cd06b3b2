"""What the workers of the Celery test do."""

import os
import signal

import celery

app = celery.Celery("tasks", broker=os.environ["BROKER"], backend="rpc://")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=2,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry=True,
    task_default_delivery_mode="persistent",
    result_expires=600,
)


@app.task
def add(left, right):
    return left + right


@app.task(bind=True, max_retries=3)
def succeed_at_last(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.2)
    return self.request.retries


@app.task(bind=True)
def die_at_first(self, mark):
    if not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return self.request.delivery_info["redelivered"]


@app.task
def fail(text):
    raise ValueError(text)
