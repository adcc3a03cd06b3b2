"""A Celery worker whose task does nothing: what bench.sh measures TaskQueue against.

The settings are the fastest ones that lose no task: acknowledged late, prefetched by the dozen, results as messages.
"""

import os

from celery import Celery
from celery.signals import worker_ready
from kombu import Queue

app = Celery("noop", broker=os.environ["PEER_BROKER"], backend="rpc://")
app.conf.update(
    task_queues=[Queue(os.environ["PEER_QUEUE"], durable=True, queue_arguments={"x-queue-type": "classic"})],
    task_acks_late=True,
    worker_prefetch_multiplier=64,
    result_persistent=True,
    accept_content=["json"],
    broker_transport_options={"confirm_publish": os.environ["PEER_CONFIRMS"] == "yes"},
    worker_redirect_stdouts=False,
)


@app.task(name="noop")
def noop(text):
    return text


@worker_ready.connect
def tell(**_):
    print("noop is ready", flush=True)
