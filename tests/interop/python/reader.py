"""A workload on the stock Kubernetes client for Python, moved from a forever token to a bound one while it runs.

Usage: reader.py HOST PORT DIRECTORY
DIRECTORY holds `token` and `ca.crt`, as a pod finds them. Each line read from standard input is one step: the workload
asks the server who it is and prints the answer. `later` before that lets the minute pass after which the client reads its
token file again.
"""
import datetime
import json
import os
import sys

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config.incluster_config import InClusterConfigLoader

host, port, directory = sys.argv[1:]
loader = InClusterConfigLoader(
    token_filename=os.path.join(directory, "token"),
    cert_filename=os.path.join(directory, "ca.crt"),
    environ={"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port},
)
configuration = client.Configuration()
loader.load_and_set(configuration)
api = client.ApiClient(configuration)


def who_am_i():
    try:
        review = client.AuthenticationV1Api(api).create_self_subject_review(client.V1SelfSubjectReview())
        user = review.status.user_info
        return {"user": user.username, "extra": sorted(user.extra or {})}
    except ApiException as refused:
        return {"code": refused.status}


for step in sys.stdin:
    if step.strip() == "later":
        loader.token_expires_at = datetime.datetime.now() - datetime.timedelta(seconds=1)
    print(json.dumps(who_am_i()), flush=True)
