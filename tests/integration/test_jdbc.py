"""The JDBC source and sink against PostgreSQL, MariaDB and SQLite."""
import json
import os
import signal
import sqlite3
import time
import unittest

import databases
import harness

SINK, SOURCE = "io.confluent.connect.jdbc.JdbcSinkConnector", "io.confluent.connect.jdbc.JdbcSourceConnector"
INFERRED = {"value.converter": harness.JSON, "value.converter.schemas.enable": "false", "value.converter.schemas.infer": "true"}
WITH_SCHEMA = {"value.converter": harness.JSON, "value.converter.schemas.enable": "true", "value.converter.schemas.infer": "false"}


class Jdbc(harness.Case):
    def config(self, name, class_name, url, **settings):
        config = {"name": name, "connector.class": class_name, "tasks.max": "1", "connection.url": url}
        config.update({key.replace("__", "."): str(value) for key, value in settings.items()})
        return config

    def lines_to_topic(self, topic="t"):
        """A connector that makes records of the lines of in.txt."""
        harness.append(self.path("in.txt"), "")
        return self.source("lines", file=self.path("in.txt"), topic=topic)

    def add(self, *rows):
        harness.append(self.path("in.txt"), "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))


class PostgresCase(Jdbc):
    @classmethod
    def setUpClass(cls):
        if not databases.Postgres.programs():
            raise unittest.SkipTest("PostgreSQL isn't installed")
        cls.db = databases.Postgres()
        cls.addClassCleanup(cls.db.remove)

    def setUp(self):
        super().setUp()
        self.db.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def login(self, **settings):
        return {"connection__user": "shop", "connection__password": "secret", **settings}

    def pg_sink(self, name=None, **settings):
        config = self.config(name or self.sink_name, SINK, self.db.url, **self.login(**{"topics": "t", **settings}))
        return {**config, **INFERRED}

    def pg_source(self, name="source", **settings):
        config = self.config(name, SOURCE, self.db.url, **self.login(**{"topic__prefix": "", "poll__interval__ms": 50, **settings}))
        return {**config, **WITH_SCHEMA}

    def rows(self, text, expected, timeout=20):
        def seen():
            try:
                return self.db.sql(text)
            except AssertionError as problem:
                return [str(problem)]
        harness.wait_for("%s -> %s" % (text, expected), lambda: seen() == expected, timeout)


class Postgres(PostgresCase):
    def test_insert_with_inferred_schema(self):
        worker = self.worker((), [self.lines_to_topic(), self.pg_sink(auto__create="true")])
        self.add({"id": 1, "name": "one", "price": 1.5, "ok": True}, {"id": 2, "name": "it's \u00fc", "price": 2.0, "ok": None})
        self.rows('SELECT id, name, price, ok FROM t ORDER BY id', ["1|one|1.5|t", "2|it's \u00fc|2|"])

    def test_upsert_evolve_and_bad_rows(self):
        self.db.sql("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(5), n int CHECK (n < 100))")
        worker = self.worker((), [self.lines_to_topic(), self.pg_sink(
            insert__mode="upsert", pk__mode="record_value", pk__fields="id", auto__evolve="true", errors__tolerance="all")])
        self.add({"id": 1, "name": "a", "n": 1}, {"id": 1, "name": "b", "n": 2}, {"id": 2, "name": "too long", "n": 3},
                 {"id": 3, "name": "c", "n": 100}, {"id": 4, "name": "d", "n": 4})
        self.rows("SELECT id, name, n FROM t ORDER BY id", ["1|b|2", "4|d|4"])
        self.add({"id": 5, "name": "e", "n": 5, "note": "new"})
        self.rows("SELECT id, name, n, note FROM t ORDER BY id", ["1|b|2|", "4|d|4|", "5|e|5|new"])

    def test_table_to_table(self):
        """Every type survives: table, topic, table."""
        self.db.sql("""CREATE TABLE types (id bigint PRIMARY KEY, s smallint, i int, r real, d double precision, b boolean,
            n numeric(20,4), t text, v varchar(10), by bytea, da date, ti time, ts timestamp, tz timestamptz, u uuid, j jsonb);
            INSERT INTO types VALUES (9223372036854775807, -32768, 2147483647, 1.5, -0.1, true, 1234567890123456.7891, 'text',
            'v', '\\x00ff', '2024-02-29', '12:34:56.789', '1999-12-31 23:59:59.999', '2024-02-29 12:00:00+02',
            '5e8b5a4e-63f1-4ad9-8f8a-1f0d0e2d8a11', '{"a": 1}'), (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL);
            CREATE TABLE copy (LIKE types INCLUDING ALL)""")
        worker = self.worker((), [
            self.pg_source(mode="incrementing", incrementing__column__name="id", table__whitelist="types", topic__prefix="x-"),
            {**self.pg_sink(topics="x-types", table__name__format="copy"), **WITH_SCHEMA}])
        self.rows("SELECT count(*) FROM copy", ["2"])
        self.assertEqual(self.db.sql("TABLE copy ORDER BY id"), self.db.sql("TABLE types ORDER BY id"))
        harness.wait_for("the offset", lambda: worker.offsets("source"))
        offset = worker.offsets("source")[0]
        self.assertEqual(offset["partition"], {"protocol": "1", "table": "shop.public.types"})
        self.assertEqual(offset["offset"], {"incrementing": 9223372036854775807})

    def test_timestamp_and_new_tables(self):
        self.db.sql("CREATE TABLE a (id int PRIMARY KEY, at timestamptz NOT NULL); INSERT INTO a SELECT g, now() FROM generate_series(1, 10) g")
        worker = self.worker((), [
            self.pg_source(mode="timestamp+incrementing", incrementing__column__name="id", timestamp__column__name="at",
                           table__poll__interval__ms=100), self.sink(file=self.path("out"), topics="a,b")])
        self.await_lines(self.path("out"), 10, worker=worker)
        self.db.sql("UPDATE a SET at = now() WHERE id = 3; CREATE TABLE b (LIKE a INCLUDING ALL); INSERT INTO b VALUES (1, now())")
        self.await_lines(self.path("out"), 12, worker=worker)
        time.sleep(0.3)
        self.assertEqual(harness.count_lines(self.path("out")), 12)

    def test_query(self):
        """A query with a type that has no binary form here."""
        self.db.sql("""CREATE TABLE q (id int, net inet, at timestamp); INSERT INTO q SELECT g, '10.0.0.1', '2024-01-01 00:00:00'
            FROM generate_series(1, 5) g""")
        worker = self.worker((), [
            {**self.pg_source(mode="timestamp", timestamp__column__name="at", query="SELECT * FROM q", topic__prefix="out"),
             "transforms": "net", "transforms.net.type": "org.apache.kafka.connect.transforms.ExtractField$Value",
             "transforms.net.field": "net", "value.converter": harness.STRING},
            self.sink(file=self.path("out"), topics="out")])
        self.await_lines(self.path("out"), 5, worker=worker)
        self.assertEqual(set(harness.lines_of(self.path("out"))), {"10.0.0.1/32"})
        harness.wait_for("the offset", lambda: worker.offsets("source"))
        self.assertEqual(worker.offsets("source")[0], {
            "partition": {"query": "query"}, "offset": {"timestamp": 1704067200000, "timestamp_nanos": 0}})

    def test_rows_that_commit_late(self):
        self.db.sql("CREATE TABLE late (id serial PRIMARY KEY)")
        worker = self.worker((), [self.pg_source(mode="incrementing", incrementing__column__name="id"),
                                  self.sink(file=self.path("out"), topics="late")])
        slow = self.db.session()
        slow.stdin.write("BEGIN; INSERT INTO late DEFAULT VALUES;\n")
        slow.stdin.flush()
        harness.wait_for("the slow transaction", lambda: self.db.sql(
            "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND backend_xid IS NOT NULL"))
        for _ in range(3):
            self.db.sql("INSERT INTO late DEFAULT VALUES")
            time.sleep(0.1)
        slow.stdin.write("COMMIT;\n")
        slow.stdin.close()
        slow.wait()
        self.await_lines(self.path("out"), 4, worker=worker)
        time.sleep(0.3)
        self.assertEqual(harness.count_lines(self.path("out")), 4)

    def test_server_restart(self):
        worker = self.worker((), [self.lines_to_topic(), self.pg_sink(
            auto__create="true", insert__mode="upsert", pk__mode="record_value", pk__fields="id", retry__backoff__ms=200)])
        self.add(*({"id": i} for i in range(100)))
        self.rows("SELECT count(*) FROM t", ["100"])
        self.db.stop(signal.SIGQUIT)
        self.add(*({"id": i} for i in range(100, 200)))
        worker.await_log("tried again")
        self.db.start()
        self.rows("SELECT count(*) FROM t", ["200"], 30)

    def test_bad_credentials(self):
        worker = self.worker((), [self.lines_to_topic(), {**self.pg_sink(), "connection.password": "wrong"}])
        worker.await_state(self.sink_name, "FAILED")
        self.assertIn("28P01", worker.trace(self.sink_name))

    def test_validate_connects(self):
        worker = self.worker()
        config = {**self.pg_sink(), "connection.password": "wrong"}
        answer = worker.put("/connector-plugins/JdbcSinkConnector/config/validate", config).body
        errors = {item["value"]["name"]: item["value"]["errors"] for item in answer["configs"]}
        self.assertIn("28P01", str(errors["connection.url"]))
        answer = worker.put("/connector-plugins/JdbcSinkConnector/config/validate", self.pg_sink()).body
        self.assertEqual(answer["error_count"], 0)

    def test_stop_while_a_lock_is_held(self):
        self.db.sql("CREATE TABLE t (id bigint)")
        lock = self.db.session()
        self.addCleanup(lock.kill)
        lock.stdin.write("BEGIN; LOCK TABLE t;\n")
        lock.stdin.flush()
        worker = self.worker((), [self.lines_to_topic(), self.pg_sink()])
        self.add({"id": 1})
        harness.wait_for("a statement that waits", lambda: self.db.sql("SELECT 1 FROM pg_locks WHERE NOT granted"))
        began = time.monotonic()
        worker.stop()
        self.assertLess(time.monotonic() - began, 8)
        lock.stdin.close()
        lock.wait()


@unittest.skipUnless(harness.LIBS, "no broker")
class Killed(PostgresCase):
    """kill -9 of the worker: with offsets.table every record is written once, also by plain inserts."""

    def test_kill_exactly_once(self):
        kafka, topic = harness.broker(), self.topic()
        self.db.sql("CREATE TABLE target (id bigint)")
        sink = {**self.pg_sink(topics=topic, table__name__format="target", offsets__table="held"), "tasks.max": "2"}
        worker = self.worker({"consumer.session.timeout.ms": 2000, "consumer.heartbeat.interval.ms": 500}, [sink], kafka)
        for turn in range(2):
            kafka.produce(topic, [json.dumps({"id": turn * 3000 + i}) for i in range(3000)])
            harness.wait_for("some rows", lambda: int(self.db.sql("SELECT count(*) FROM target")[0]) > turn * 3000)
            worker.kill()
            worker.start()
        self.rows("SELECT count(*), count(DISTINCT id) FROM target", ["6000|6000"], 40)
        self.assertEqual(self.db.sql("SELECT sum(next_offset) FROM held"), ["6000"])


    def test_tombstones_delete(self):
        kafka, topic = harness.broker(), self.topic()
        self.db.sql("CREATE TABLE target (id text PRIMARY KEY, n bigint); INSERT INTO target VALUES ('gone', 1), ('kept', 2)")
        kafka.produce(topic, ['{"n": 3}', '{"n": 4}'], key=lambda value: "new" if "3" in value else "kept")
        kafka._kcat("-P", "-t", topic, "-Z", "-K", "\x1f", text=b"gone\x1f\nnobody\x1f")
        config = self.pg_sink(topics=topic, table__name__format="target", insert__mode="upsert", pk__mode="record_key",
                              pk__fields="id", delete__enabled="true")
        self.worker((), [{**config, "key.converter": harness.STRING}], kafka)
        self.rows("SELECT * FROM target ORDER BY id", ["kept|4", "new|3"])


class MariaDB(Jdbc):
    @classmethod
    def setUpClass(cls):
        if not databases.MariaDB.programs():
            raise unittest.SkipTest("MariaDB isn't installed")
        cls.db = databases.MariaDB()
        cls.addClassCleanup(cls.db.remove)

    def setUp(self):
        super().setUp()
        self.db.sql("DROP DATABASE shop; CREATE DATABASE shop CHARACTER SET utf8mb4", database="mysql")

    def my_sink(self, **settings):
        login = {"connection__user": "shop", "connection__password": "secret", "topics": "t"}
        return {**self.config(self.sink_name, SINK, self.db.url, **{**login, **settings}), **INFERRED}

    def my_source(self, **settings):
        login = {"connection__user": "shop", "connection__password": "secret", "topic__prefix": "", "poll__interval__ms": 50}
        return {**self.config("source", SOURCE, self.db.url, **{**login, **settings}), **WITH_SCHEMA}

    def rows(self, text, expected, timeout=20):
        def seen():
            try:
                return self.db.sql(text)
            except AssertionError as problem:
                return [str(problem)]
        harness.wait_for("%s -> %s" % (text, expected), lambda: seen() == expected, timeout)

    def test_upsert_evolve_and_bad_rows(self):
        self.db.sql("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(5), n int CHECK (n < 100))")
        self.worker((), [self.lines_to_topic(), self.my_sink(
            insert__mode="upsert", pk__mode="record_value", pk__fields="id", auto__evolve="true", errors__tolerance="all")])
        self.add({"id": 1, "name": "a", "n": 1}, {"id": 1, "name": "b", "n": 2}, {"id": 2, "name": "too long", "n": 3},
                 {"id": 3, "name": "c", "n": 100}, {"id": 4, "name": "d", "n": 4})
        self.rows("SELECT id, name, n FROM t ORDER BY id", ["1|b|2", "4|d|4"])
        self.add({"id": 5, "name": "'\\\u00fc", "n": 5, "note": "?1 `x`"})
        self.rows("SELECT id, hex(name), n, note FROM t ORDER BY id", ["1|62|2|NULL", "4|64|4|NULL", "5|275CC3BC|5|?1 `x`"])

    def test_table_to_table(self):
        """Every type survives: table, topic, table. Times are those of db.timezone."""
        self.db.sql("""CREATE TABLE types (id bigint PRIMARY KEY, ti tinyint, tu tinyint unsigned, s smallint, m mediumint, i int,
            iu int unsigned, bu bigint unsigned, f float, d double, b1 bit(1), de decimal(20,4), t text, v varchar(10), bl blob,
            da date, tm time(3), dt datetime(3), ts timestamp(3) NULL, y year, e enum('a','b'), j json, vb varbinary(4));
            INSERT INTO types VALUES (9223372036854775807, -128, 255, -32768, 8388607, 2147483647, 4294967295, 9223372036854775807,
            0.1, -0.1, b'1', 1234567890123456.7891, repeat('\u00fc', 5000), 'v', x'00ff', '2024-02-29', '12:34:56.789',
            '1999-12-31 23:59:59.999', '2024-07-01 12:00:00.5', 2024, 'b', '{"a": 1}', x'01');
            INSERT INTO types (id) VALUES (1); CREATE TABLE copy LIKE types""")
        worker = self.worker((), [
            self.my_source(mode="incrementing", incrementing__column__name="id", table__whitelist="types", topic__prefix="x-",
                           db__timezone="Europe/Berlin"),
            {**self.my_sink(topics="x-types", table__name__format="copy", db__timezone="Europe/Berlin"), **WITH_SCHEMA}])
        self.rows("SELECT count(*) FROM copy", ["2"])
        everything = """SELECT id, ti, tu, s, m, i, iu, bu, f * 1e9, d, b1 + 0, de, hex(t), v, hex(bl), da, tm, dt, ts, y, e, j,
            hex(vb) FROM %s ORDER BY id"""
        self.assertEqual(self.db.sql(everything % "copy"), self.db.sql(everything % "types"))
        harness.wait_for("the offset", lambda: worker.offsets("source"))
        self.assertEqual(worker.offsets("source")[0], {
            "partition": {"protocol": "1", "table": "shop.types"}, "offset": {"incrementing": 9223372036854775807}})

    def test_timestamp_and_new_tables(self):
        self.db.sql("CREATE TABLE a (id int PRIMARY KEY, at timestamp(6) NOT NULL); INSERT INTO a SELECT seq, now(6) FROM seq_1_to_10")
        worker = self.worker((), [
            self.my_source(mode="timestamp+incrementing", incrementing__column__name="id", timestamp__column__name="at",
                           table__poll__interval__ms=100), self.sink(file=self.path("out"), topics="a,b")])
        self.await_lines(self.path("out"), 10, worker=worker)
        self.db.sql("UPDATE a SET at = now(6) WHERE id = 3; CREATE TABLE b LIKE a; INSERT INTO b VALUES (1, now(6))")
        self.await_lines(self.path("out"), 12, worker=worker)
        time.sleep(0.3)
        self.assertEqual(harness.count_lines(self.path("out")), 12)

    def test_server_restart(self):
        self.worker((), [self.lines_to_topic(), self.my_sink(
            auto__create="true", insert__mode="upsert", pk__mode="record_value", pk__fields="id", retry__backoff__ms=200)])
        self.add(*({"id": i} for i in range(100)))
        self.rows("SELECT count(*) FROM t", ["100"])
        self.db.stop(signal.SIGKILL)
        self.add(*({"id": i} for i in range(100, 200)))
        self.workers[0].await_log("tried again")
        self.db.start()
        self.rows("SELECT count(*) FROM t", ["200"], 30)

    def test_bad_credentials(self):
        worker = self.worker((), [self.lines_to_topic(), {**self.my_sink(), "connection.password": "wrong"}])
        worker.await_state(self.sink_name, "FAILED")
        self.assertIn("28000", worker.trace(self.sink_name))

    def waiting(self):
        """How many transactions wait. The table is made anew only when nobody has read it for a tenth of a second."""
        time.sleep(0.2)
        return self.db.sql("SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")

    def test_stop_while_a_lock_is_held(self):
        self.db.sql("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (1)")
        lock = self.db.session()
        self.addCleanup(lock.kill)
        lock.stdin.write("BEGIN; SELECT * FROM t FOR UPDATE;\n")
        lock.stdin.flush()
        lock.stdout.readline()
        worker = self.worker((), [self.lines_to_topic(), self.my_sink(insert__mode="upsert", pk__mode="record_value",
                                                                      pk__fields="id")])
        self.add({"id": 1})
        harness.wait_for("a statement that waits", lambda: self.waiting() != ["0"])
        began = time.monotonic()
        worker.stop()
        self.assertLess(time.monotonic() - began, 8)
        harness.wait_for("its end", lambda: self.waiting() == ["0"])
        lock.stdin.close()
        lock.wait()
        lock.stdout.close()

    @unittest.skipUnless(harness.LIBS, "no broker")
    def test_kill_exactly_once(self):
        kafka, topic = harness.broker(), self.topic()
        sink = {**self.my_sink(topics=topic, table__name__format="target", offsets__table="held", auto__create="true"),
                "tasks.max": "2"}
        worker = self.worker({"consumer.session.timeout.ms": 2000, "consumer.heartbeat.interval.ms": 500}, [sink], kafka)
        kafka.produce(topic, [json.dumps({"id": i}) for i in range(3000)])
        self.rows("SELECT count(*) > 0 FROM target", ["1"], 40)
        worker.kill()
        worker.start()
        kafka.produce(topic, [json.dumps({"id": 3000 + i}) for i in range(3000)])
        self.rows("SELECT count(*), count(DISTINCT id) FROM target", ["6000|6000"], 40)
        self.assertEqual(self.db.sql("SELECT sum(next_offset) FROM held"), ["6000"])

    @unittest.skipUnless(harness.LIBS, "no broker")
    def test_tombstones_delete(self):
        kafka, topic = harness.broker(), self.topic()
        self.db.sql("CREATE TABLE target (id varchar(20) PRIMARY KEY, n bigint); INSERT INTO target VALUES ('gone', 1), ('kept', 2)")
        kafka.produce(topic, ['{"n": 3}', '{"n": 4}'], key=lambda value: "new" if "3" in value else "kept")
        kafka._kcat("-P", "-t", topic, "-Z", "-K", "\x1f", text=b"gone\x1f\nnobody\x1f")
        config = self.my_sink(topics=topic, table__name__format="target", insert__mode="upsert", pk__mode="record_key",
                              pk__fields="id", delete__enabled="true")
        self.worker((), [{**config, "key.converter": harness.STRING}], kafka)
        self.rows("SELECT * FROM target ORDER BY id", ["kept|4", "new|3"])


class Sqlite(Jdbc):
    def setUp(self):
        super().setUp()
        self.url = "jdbc:sqlite:" + self.path("shop.db")

    def query(self, text):
        with sqlite3.connect(self.path("shop.db")) as db:
            return db.execute(text).fetchall()

    def test_both_ways(self):
        sink = {**self.config(self.sink_name, SINK, self.url, topics="t", auto__create="true", insert__mode="upsert",
                              pk__mode="record_value", pk__fields="id", auto__evolve="true"), **INFERRED}
        worker = self.worker((), [self.lines_to_topic(), sink])
        self.add({"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 1, "name": "c"})
        harness.wait_for("rows", lambda: os.path.exists(self.path("shop.db")) and self.query("SELECT name FROM sqlite_master") and
                         self.query("SELECT id, name FROM t ORDER BY id") == [(1, "c"), (2, "b")])
        self.add({"id": 3, "name": "d", "more": 1.5})
        harness.wait_for("a new column", lambda: len(self.query("SELECT * FROM t WHERE id = 3")) and
                         self.query("SELECT more FROM t WHERE id = 3") == [(1.5,)])
        self.create(worker, {**self.config("source", SOURCE, self.url, mode="incrementing", incrementing__column__name="id",
                                           topic__prefix="back-", poll__interval__ms=50), "value.converter": harness.JSON})
        self.create(worker, self.sink("back", file=self.path("out"), topics="back-t"))
        self.await_lines(self.path("out"), 3, worker=worker)


if __name__ == "__main__":
    harness.main()
