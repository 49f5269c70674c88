"""Installed and embedded: pkg-config, CMake, several workers in one process, scripts found from anywhere."""
import json
import os
import re
import subprocess

import harness

# Two workers at once, and what the library leaves alone: signal handlers, the locale, standard streams.
TWO = r"""
#include <locale.h>
#include <luaconnect.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void count(void *context, int severity, const char *line, size_t len)
{
    (void)severity, (void)line, (void)len;
    __atomic_fetch_add((int *)context, 1, __ATOMIC_RELAXED);
}

static void stop(lc_failure *why)
{
    if (!why) return;
    fprintf(stderr, "%s: %s\n", lc_failure_name(why), lc_failure_message(why));
    exit(1);
}

static lc_worker *start(const char *folder, const char *which, int *lines)
{
    char text[4000];
    lc_settings *settings = lc_settings_new();
    snprintf(text, sizeof text, "%s/worker.properties", folder);
    stop(lc_settings_read(settings, text));
    snprintf(text, sizeof text, "%s/offsets-%s", folder, which);
    lc_settings_set(settings, "offset.storage.file.filename", text);
    lc_worker_options options = {.size = sizeof options, .log = count, .log_context = lines};
    lc_worker *worker = NULL;
    stop(lc_worker_new(settings, &options, &worker));
    lc_settings_free(settings);
    stop(lc_worker_start(worker));
    snprintf(text, sizeof text, "{\"connector.class\":\"FileStreamSource\",\"file\":\"%s/in-%s\",\"topic\":\"t\"}", folder, which);
    stop(lc_connector_put(worker, "source", text, 10000));
    snprintf(text, sizeof text, "{\"connector.class\":\"FileStreamSink\",\"file\":\"%s/out-%s\",\"topics\":\"t\"}", folder, which);
    stop(lc_connector_put(worker, "sink", text, 10000));
    return worker;
}

static int handlers(void)
{
    int found = 0;
    for (int number = 1; number < 32; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action)) continue;
        if (action.sa_handler != SIG_DFL) printf("signal %d is handled\n", number), found++;
    }
    return found;
}

static long size_of(const char *folder, const char *which)
{
    char path[4000];
    snprintf(path, sizeof path, "%s/out-%s", folder, which);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    return size;
}

int main(int argc, char **argv)
{
    int lines[2] = {0};
    long want = atol(argv[argc - 1]);
    lc_worker *a = start(argv[1], "a", &lines[0]), *b = start(argv[1], "b", &lines[1]);
    for (int i = 0; i < 300 && (size_of(argv[1], "a") < want || size_of(argv[1], "b") < want); i++)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    char *status = NULL;
    stop(lc_connector_status(a, "sink", &status));
    printf("%s\n", status);
    lc_text_free(status);
    lc_failure *missing = lc_connector_status(b, "nobody", &status);
    printf("%s %d %s\n", lc_failure_name(missing), lc_failure_status(missing), lc_failure_message(missing));
    lc_failure_free(missing);
    printf("urls differ: %d\n", strcmp(lc_worker_rest_url(a), lc_worker_rest_url(b)) != 0);
    printf("handlers: %d locale: %s logged: %d %d\n", handlers(), setlocale(LC_ALL, NULL), lines[0] > 0, lines[1] > 0);
    lc_worker_free(a);
    stop(lc_connector_pause(b, "sink", 5000));
    lc_worker_free(b);
    return 0;
}
"""
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(embedding C)
find_package(luaconnect 0.1 REQUIRED)
add_executable(minimal %s)
target_link_libraries(minimal luaconnect::luaconnect)
"""


class Embedding(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.prefix = os.path.join(harness.BUILD, "tests", "integration", "prefix")
        harness.shutil.rmtree(cls.prefix, ignore_errors=True)
        cls.run_tool("cmake", "--install", harness.BUILD, "--prefix", cls.prefix)
        cls.library = os.path.dirname(cls.find("libluaconnect.so"))

    @classmethod
    def find(cls, name):
        for folder, _, files in os.walk(cls.prefix):
            if name in files:
                return os.path.join(folder, name)
        raise AssertionError("%s was not installed" % name)

    @staticmethod
    def run_tool(*command, env=None, cwd=None, status=0):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})},
                              cwd=cwd, timeout=120 * harness.SCALE, check=False)
        text = done.stdout.decode()
        assert done.returncode == status, "%s: %d\n%s" % (" ".join(command), done.returncode, text)
        return text

    def flags(self, *asked):
        return self.run_tool("pkg-config", *asked, "luaconnect", env={"PKG_CONFIG_PATH": os.path.dirname(self.find("luaconnect.pc"))}).split()

    def compile(self, source, name):
        program = self.path(name)
        self.run_tool("cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", source,
                      *self.flags("--cflags"), "-o", program, *self.flags("--libs"))
        return program

    def check_example(self, program):
        harness.write(self.path("in.txt"), "".join("line %d\n" % i for i in range(5000)))
        text = self.run_tool(program, self.path("in.txt"), self.path("out.txt"), env={"LD_LIBRARY_PATH": self.library}, cwd="/")
        self.assertIn("5000 of 5000 lines arrived", text)
        self.assertIn('"state":"RUNNING"', text)
        self.assertEqual(harness.read(self.path("in.txt")), harness.read(self.path("out.txt")))

    example = os.path.join(harness.TOP, "examples", "embed", "minimal.c")

    def test_with_pkg_config(self):
        self.check_example(self.compile(self.example, "minimal"))

    def test_with_cmake(self):
        harness.write(self.path("CMakeLists.txt"), CMAKE % self.example)
        self.run_tool("cmake", "-S", self.dir, "-B", self.path("b"), "-DCMAKE_PREFIX_PATH=" + self.prefix)
        self.run_tool("cmake", "--build", self.path("b"))
        self.check_example(self.path("b", "minimal"))

    def test_two_workers_in_one_process(self):
        program = self.compile(harness.write(self.path("two.c"), TWO), "two")
        text = {name: "".join("%s %d\n" % (name, i) for i in range(3000)) for name in "ab"}
        for name in "ab":
            harness.write(self.path("in-" + name), text[name])
        harness.write(self.path("worker.properties"), harness.properties({
            "bootstrap.servers": "embedded", "key.converter": harness.STRING, "value.converter": harness.STRING,
            "listeners": "http://127.0.0.1:0"}))
        said = self.run_tool(program, self.dir, str(len(text["a"])), env={"LD_LIBRARY_PATH": self.library}).splitlines()
        self.assertEqual(json.loads(said[0])["connector"]["state"], "RUNNING")
        self.assertEqual(said[1:], ["LC_E_NOT_FOUND 404 No status found for connector nobody", "urls differ: 1",
                                    "handlers: 0 locale: C logged: 1 1"])
        for name in "ab":
            self.assertEqual(harness.read(self.path("out-" + name)).decode(), text[name])

    def test_exports_what_the_header_declares(self):
        header = harness.read(self.find("luaconnect.h")).decode()
        declared = set(re.findall(r"\b(lc_\w+)\(", "\n".join(line for line in header.splitlines() if line.startswith("LC_API"))))
        symbols = self.run_tool("nm", "-D", "--defined-only", os.path.join(self.library, "libluaconnect.so"))
        exported = {line.split()[2].split("@")[0] for line in symbols.splitlines() if line.split()[1] != "A"}
        self.assertEqual(exported, declared)

    def test_installed_program_from_elsewhere(self):
        """Moved with its prefix and started from another directory, by Kafka's wrapper and by itself."""
        moved = self.path("moved")
        harness.shutil.copytree(self.prefix, moved, symlinks=True)
        for name in "connect-standalone", "connect-standalone.sh", "luaconnect":
            arguments = ["standalone"] if name == "luaconnect" else []
            out = self.path(name + ".txt")
            worker = self.prepare({"offset.storage.file.filename": self.path(name + ".offsets")},
                                  [self.source(file=harness.write(self.path("in.txt"), "hello\n"), topic="t"),
                                   self.sink(file=out, topics="t")], name=name)
            worker.command = lambda: [os.path.join(moved, "bin", name), *arguments, worker.settings, *worker.files]
            worker.start()
            self.await_lines(out, 1, 30, worker)
            types = {entry["class"] for entry in worker.get("/connector-plugins").body}
            self.assertIn("org.apache.kafka.connect.file.FileStreamSinkConnector", types)
            maps = harness.read("/proc/%d/maps" % worker.process.pid).decode()
            self.assertIn(moved, maps)
            self.assertEqual(worker.stop(), 0)

    def test_what_is_installed(self):
        installed = {os.path.relpath(os.path.join(folder, name), self.prefix)
                     for folder, _, files in os.walk(self.prefix) for name in files}
        for path in ("bin/luaconnect", "bin/connect-standalone", "bin/connect-distributed", "include/luaconnect.h",
                     "lib/systemd/system/luaconnect.service", "share/luaconnect/scripts/connectors/file_stream_source.lua"):
            self.assertIn(path, installed)
        unit = harness.read(self.find("luaconnect.service")).decode()
        self.assertIn("luaconnect standalone", unit)


if __name__ == "__main__":
    harness.main()
