"""Runs one peer in a process of its own.

python driver.py PEER OPERATION          one request from a new process, then the end
python driver.py PEER                    reads lines `OPERATION COUNT`, answers each with the CPU seconds that it took
"""

import importlib
import json
import os
import resource
import sys
import time

TODO = "3f0e7a52-6b1c-4d0e-9d0a-000000000000"
BODY = {"title": "Buy oat milk", "notes": "The barista one", "priority": "medium", "tags": ["shopping"]}
OPERATIONS = {
    "list": ("GET", "/v1/todos", None),
    "list not modified": ("GET", "/v1/todos", None),
    "create": ("POST", "/v1/todos", BODY),
    "change": ("PATCH", f"/v1/todos/{TODO}", {"title": "Buy almond milk"}),
}


def event(method, path, body, headers):
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "authorization": f"Bearer {os.environ['TOKEN']}",
            "host": "api.example.com",
            "content-type": "application/json",
            **headers,
        },
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "x",
            },
            "authorizer": {"jwt": {"claims": {"sub": "user-a"}}},
            "requestId": "r1",
            "stage": "$default",
            "timeEpoch": 0,
            "domainName": "api.example.com",
        },
        "body": body and json.dumps(body),
        "isBase64Encoded": False,
    }


class Peer:
    def __init__(self, name):
        self._handler = importlib.import_module(name).handler

    def call(self, operation):
        method, path, body = OPERATIONS[operation]
        conditional = {"if-none-match": 'W/"7"'} if operation == "list not modified" else {}
        answer = self._handler(event(method, path, body, conditional), None)
        expected = {"create": 201, "list not modified": 304}.get(operation, 200)
        if answer["statusCode"] != expected:
            raise SystemExit(f"{operation}: {answer}")

    def seconds(self, operation, count):
        began = time.process_time()
        for _ in range(count):
            self.call(operation)
        return time.process_time() - began


if __name__ == "__main__":
    peer = Peer(sys.argv[1])
    if len(sys.argv) > 2:
        peer.call(sys.argv[2])
        sys.exit()
    for line in sys.stdin:
        operation, count = line.rsplit(maxsplit=1)
        if operation == "memory":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
        else:
            print(peer.seconds(operation, int(count)), flush=True)
