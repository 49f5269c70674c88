"""The HTTP connectors against a real server: restarts of it, kill -9 of the worker, bad records, bad credentials, slow answers."""
import http.server
import json
import os
import threading
import time
import urllib.parse

import harness

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOKEN = "Bearer secret-of-the-example"


class Api:
    """A server that takes orders and gives them back page by page. It keeps what it has over its own restarts."""

    def __init__(self):
        self.taken, self.orders, self.lock = [], [], threading.Lock()
        self.delay, self.refuse, self.port, self.server, self.requests = 0, lambda text: False, 0, None, 0
        self.busy = range(0)  # requests, by number, that are told to come later

    def start(self):
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def reply(self, status, content):
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                api.requests += 1
                time.sleep(api.delay)
                if self.headers.get("Authorization") != TOKEN:
                    return self.reply(401, "who are you")
                if api.requests in api.busy:
                    return self.reply(503, "later")
                if api.refuse(text):
                    return self.reply(422, "a bad one is in it")
                with api.lock:
                    api.taken += json.loads(text)
                return self.reply(201, {})

            def do_HEAD(self):
                self.send_response(200 if self.headers.get("Authorization") in (TOKEN, None) else 401)
                self.end_headers()

            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
                at = int(query.get("from", ["0"])[0])
                api.requests += 1
                time.sleep(api.delay)
                self.reply(200, {"orders": api.orders[at:at + 50]})

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads, self.server.block_on_close = True, False
        self.server.handle_error = lambda *_: None
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def example(name, api, **changes):
    with open(os.path.join(TOP, "examples", "config", name), encoding="utf-8") as file:
        config = json.loads(file.read().replace("127.0.0.1:8090", "127.0.0.1:%d" % api.port))["config"]
    config.update({key.replace("__", "."): str(value) for key, value in changes.items()})
    return config


class Http(harness.Case):
    def setUp(self):
        super().setUp()
        self.api = Api().start()
        self.addCleanup(self.api.stop)

    def to_api(self, topic, **changes):
        return dict(example("orders-http-sink.json", self.api, topics=topic, **changes), name=self.sink_name)

    def from_api(self, topic, **changes):
        return dict(example("orders-http-source.json", self.api, kafka__topic=topic, **changes), name="from-api")

    def await_taken(self, count, timeout=60):
        harness.wait_for("%d orders at the server" % count, lambda: len({o["id"] for o in self.api.taken}) >= count, timeout)

    def test_sink_over_restarts_of_the_server_and_kills_of_the_worker(self):
        kafka, topic, count = harness.broker(), self.topic(), 6000
        kafka.produce(topic, [json.dumps({"id": i}) for i in range(count)])
        settings = {"offset.flush.interval.ms": 100, "consumer.session.timeout.ms": 1500, "consumer.heartbeat.interval.ms": 300}
        self.api.delay = 0.05
        worker = self.prepare(settings, [self.to_api(topic, retry__backoff__ms=50, max__retries=1, kafka__retry__backoff__ms=100)], kafka)
        worker.start()
        for _ in range(2):
            before = len(self.api.taken)
            harness.wait_for("progress", lambda before=before: len(self.api.taken) > before, 30)
            self.api.stop()
            time.sleep(0.5)
            self.api.start()
        for _ in range(2):
            before = len(self.api.taken)
            harness.wait_for("progress", lambda before=before: len(self.api.taken) > before, 30)
            worker.kill()
            worker.start()
        self.await_taken(count)
        harness.wait_for("the committed end", lambda: any(
            entry["offset"]["kafka_offset"] == count for entry in worker.offsets(self.sink_name)), 60, 0.2)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual({o["id"] for o in self.api.taken}, set(range(count)))
        print("%d orders, %d of them twice" % (count, len(self.api.taken) - count), flush=True)

    def test_source_over_restarts_of_the_server_and_kills_of_the_worker(self):
        kafka, topic, count = harness.broker(), self.topic(), 4000
        self.api.orders = [{"id": i} for i in range(count // 2)]
        worker = self.prepare({"offset.flush.interval.ms": 100}, [self.from_api(topic, http__timer__interval__millis=100)], kafka)
        self.api.delay = 0.02
        for round_ in range(2):
            worker.start()
            before = self.api.requests
            harness.wait_for("progress", lambda before=before: self.api.requests > before + 3, 30)
            if round_ % 2:
                self.api.stop()
                time.sleep(0.3)
                self.api.start()
            worker.kill()
        worker.start()
        self.api.orders += [{"id": i} for i in range(count // 2, count)]
        harness.wait_for("all orders", lambda: any(
            e["offset"].get("key") == str(count - 1) for e in worker.offsets("from-api")), 60, 0.2)
        self.assertEqual(worker.stop(), 0)
        ids = [json.loads(value)["id"] for value in kafka.values(topic)]
        self.assertEqual(set(ids), set(range(count)))
        print("%d orders, %d of them twice" % (count, len(ids) - count), flush=True)

    def test_what_was_taken_is_not_sent_again(self):
        """The server is busy in the middle of a batch, for longer than the sink tries: the batch is delivered again."""
        kafka, topic, count = harness.broker(), self.topic(), 400
        kafka.produce(topic, [json.dumps({"id": i}) for i in range(count)])
        self.api.busy = range(5, 9)
        worker = self.worker({}, [self.to_api(topic, batch__max__size=20, max__retries=1, retry__backoff__ms=20, kafka__retry__backoff__ms=20)], kafka)
        self.await_taken(count)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual([o["id"] for o in self.api.taken], list(range(count)))

    def test_bad_records_go_to_the_dead_letters_alone(self):
        kafka, topic = harness.broker(), self.topic()
        self.api.refuse = lambda text: '"id": 7}' in text or '"id": 31}' in text
        kafka.produce(topic, [json.dumps({"id": i}) for i in range(50)])
        worker = self.worker({}, [self.to_api(topic, errors__deadletterqueue__topic__name=topic + ".refused")], kafka)
        self.await_taken(48)
        harness.wait_for("dead letters", lambda: len(kafka.values(topic + ".refused")) == 2)
        self.assertEqual(sorted(json.loads(v)["id"] for v in kafka.values(topic + ".refused")), [7, 31])
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(sorted(o["id"] for o in self.api.taken), [i for i in range(50) if i not in (7, 31)])

    def test_bad_credentials_fail_the_task_and_show_no_secret(self):
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ['{"id":1}'])
        worker = self.worker({}, [self.to_api(topic, http__headers__authorization="Bearer wrong-secret")], kafka)
        harness.wait_for("the failure", lambda: worker.task_states(self.sink_name) == ["FAILED"])
        self.assertIn("status 401", worker.trace(self.sink_name))
        self.assertNotIn("wrong-secret", worker.trace(self.sink_name) + worker.new_log())
        self.assertNotIn(topic + "-refused", kafka.topics())

    def test_validation_asks_the_server(self):
        worker = self.worker({}, [])

        def problems(config):
            answer = worker.put("/connector-plugins/%s/config/validate" % config["connector.class"].split(".")[-1], config)
            self.assertEqual(answer.status, 200, answer.body)
            return {c["value"]["name"]: c["value"]["errors"] for c in answer.body["configs"] if c["value"]["errors"]}

        sink, source = self.to_api("t"), self.from_api("t")
        self.assertEqual(problems(sink), {})
        self.assertEqual(problems(source), {})
        refused = problems(dict(sink, **{"http.headers.authorization": "Bearer wrong-secret"}))
        self.assertEqual(list(refused), ["http.authorization.type"])
        self.assertIn("refuses these credentials", str(refused))
        self.assertNotIn("wrong-secret", str(refused))
        self.api.stop()
        self.assertIn("can't be asked", str(problems(sink)["http.url"]))
        self.assertIn("can't be asked", str(problems(source)["http.request.url"]))
        self.create(worker, sink)
        self.api.start()

    def test_slow_server(self):
        """Answers come after the time-out: requests are given up and made again; a stop doesn't wait for them."""
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ['{"id":1}'])
        self.api.delay = 2
        worker = self.worker({}, [self.to_api(topic, http__timeout=1, retry__backoff__ms=100)], kafka)
        worker.await_log("a request is tried again.*[Tt]imed? ?out")
        self.api.delay = 0
        self.await_taken(1)
        self.api.delay = 30
        kafka.produce(topic, ['{"id":2}'])
        before = self.api.requests
        harness.wait_for("the next request", lambda: self.api.requests > before)
        began = time.monotonic()
        worker.stop()
        self.assertLess(time.monotonic() - began, 9)


if __name__ == "__main__":
    harness.main()
