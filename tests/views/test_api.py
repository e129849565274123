"""Every answer of the interface is what docs/openapi.json says, also to nonsense."""

import http.client
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.views.test_page import Device
from tools.micropython import ROOT

API = json.loads((ROOT / "docs" / "openapi.json").read_text())
JSON = {"Content-Type": "application/json"}
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def wrong(value, schema, at="answer"):
    """The first place where a value is not what the schema says, "" where it is."""
    if "anyOf" in schema:
        return "" if any(not wrong(value, s, at) for s in schema["anyOf"]) else f"{at}: none fits"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    truth = isinstance(value, bool)
    if kinds and not any(isinstance(value, TYPES[k]) and truth == (k == "boolean") for k in kinds):
        return f"{at}: {value!r} is no {kinds}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at}: {value!r}"
    if isinstance(value, dict):
        missing = set(schema.get("required", ())) - value.keys()
        if missing:
            return f"{at}: no {missing}"
        parts = schema.get("properties", {})
        inside = [
            (v, parts.get(k, schema.get("additionalProperties", {})), k) for k, v in value.items()
        ]
    elif isinstance(value, list):
        inside = [(v, schema.get("items", {}), n) for n, v in enumerate(value)]
    else:
        inside = []
    return next((w for v, s, k in inside if (w := wrong(v, s, f"{at}.{k}"))), "")


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    running = Device(tmp_path_factory.mktemp("device"))
    running.set("home", 1)
    yield running
    running.end()


def ask(device, method, path, body=None, headers=None):
    """(status, content type, body) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", device.port, timeout=120)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        kind = (answer.getheader("Content-Type") or "").split(";")[0]
        return answer.status, kind, b"" if "event-stream" in kind else answer.read()
    finally:
        connection.close()


def judge(operation, status, kind, body):
    """What is wrong with an answer, by the description of its operation."""
    described = operation["responses"].get(str(status))
    if described is None:
        return f"{status} is not described"
    if "$ref" in described:
        described = API["components"]["responses"]["refused"]
    content = described["content"].get(kind)
    if content is None:
        return f"{kind} is not described"
    return wrong(json.loads(body), content["schema"]) if kind == "application/json" else ""


OPERATIONS = [(m.upper(), p, o) for p, ops in API["paths"].items() for m, o in ops.items()]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda v: str(v)[:24])
def test_an_answer_is_what_is_described(device, method, path, operation):
    body = operation.get("requestBody")
    sent = json.dumps(body["content"]["application/json"]["example"]) if body else None
    assert judge(operation, *ask(device, method, path, sent, JSON if body else None)) == ""


def test_all_that_is_answered_is_described():
    source = (ROOT / "firmware" / "views" / "httpd.py").read_text()
    topics = source.split("_TOPICS = {")[1].split("}")[0]
    answered = {"/api/" + line.split('"')[1] for line in topics.splitlines() if '"' in line}
    assert answered | {"/metrics"} == set(API["paths"])


@pytest.mark.parametrize("seed", range(8))
def test_nonsense_is_refused_as_described(device, seed):
    dice = random.Random(seed)
    values = [None, True, -1, 0, 1e30, "", "2.000", "x" * 300, [], {}, "\0", "ü", 2000, "nan"]
    names = ["watts", "minutes", "muted", "charging", "use", "lead_watts", "pf", "limit_w", "self"]
    names += ["ssid", "password", "login", "open", "ap_minutes", "broker", "scan", "out"]
    posts = [o for o in OPERATIONS if o[0] == "POST" and "restart" not in o[1]]
    for _ in range(120):
        method, path, operation = dice.choice(posts)
        chosen = dice.sample(names, dice.randint(0, 3))
        sent = json.dumps({name: dice.choice(values) for name in chosen}).encode()
        if dice.random() < 0.2:
            sent = sent[: dice.randint(0, len(sent))]
        answer = ask(device, method, path, sent, JSON)
        assert judge(operation, *answer) == "", (path, sent, answer)


def test_schemathesis_finds_nothing(device, tmp_path):
    """A well-known tool reads the description and asks what nobody would think of, bounded."""
    tool = Path(sys.executable).with_name("schemathesis")
    if not tool.exists():
        pytest.skip("schemathesis wants Python 3.11")
    options = ["--max-examples", "5", "--phases", "examples,coverage,fuzzing", "--seed", "1"]
    options += ["--generation-database", "none", "--request-timeout", "120", "--max-time", "40"]
    options += ["--exclude-path", "/api/stream", "--exclude-path", "/api/restart"]
    run = subprocess.run(
        [
            tool,
            *("--config-file", ROOT / "tests" / "views" / "schemathesis.toml"),
            *("run", ROOT / "docs" / "openapi.json", "--url", device.url.rstrip("/"), *options),
        ],
        cwd=tmp_path,
        env={**os.environ, "NO_PROXY": "*", "NO_COLOR": "1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
