#include "secure/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "check.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

#define CLASS(name) "org.apache.kafka.common.config.provider." name

static char root[] = "/tmp/lc-test-provider-XXXXXX";
static char secrets[64], outside[64];

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void make_files(void)
{
    CHECK(mkdtemp(root) != NULL);
    char path[128];
    snprintf(secrets, sizeof secrets, "%s/in", root);
    snprintf(outside, sizeof outside, "%s/inside-not", root);
    mkdir(secrets, 0700);
    mkdir(outside, 0700);
    snprintf(path, sizeof path, "%s/db", secrets);
    write_file(path, "user=alice\npass=s\\u0065cret\nref=${env:LC_TEST_X}\na\\:b=colon\n");
    snprintf(path, sizeof path, "%s/db", outside);
    write_file(path, "user=eve\n");
    snprintf(path, sizeof path, "%s/link", secrets);
    CHECK_EQ_INT(symlink(outside, path), 0);
}

static lc_props *worker_props(bool restricted)
{
    lc_props *props = lc_props_new();
    lc_props_set(props, "config.providers", "file, dir,env ,none");
    lc_props_set(props, "config.providers.file.class", CLASS("FileConfigProvider"));
    lc_props_set(props, "config.providers.dir.class", "DirectoryConfigProvider");
    lc_props_set(props, "config.providers.env.class", CLASS("EnvVarConfigProvider"));
    if (!restricted) return props;
    lc_props_set(props, "config.providers.file.param.allowed.paths", secrets);
    lc_props_set(props, "config.providers.dir.param.allowed.paths", secrets);
    lc_props_set(props, "config.providers.env.param.allowlist.pattern", "LC_TEST_.*");
    return props;
}

/* Checks what a template becomes; %s in it and in `expected` is the test's directory. */
static void check_resolved(bool restricted, const char *template, const char *expected, const char *noted)
{
    char value[512], wanted[512];
    snprintf(value, sizeof value, template, root);
    snprintf(wanted, sizeof wanted, expected, root);
    lc_autoptr(lc_props) worker = worker_props(restricted);
    lc_autoptr(lc_props) raw = lc_props_new();
    lc_autoptr(lc_providers) providers = NULL;
    lc_autoptr(lc_props) resolved = NULL;
    lc_auto(lc_strings) notes = {0};
    lc_autoptr(lc_error) made = lc_providers_new(worker, &providers);
    lc_props_set(raw, "k", value);
    lc_props_set(raw, "null", NULL);
    lc_autoptr(lc_error) error = made ? NULL : lc_providers_resolve(providers, raw, &notes, &resolved);
    CHECK_EQ_STR(made ? lc_error_message(made) : NULL, NULL);
    CHECK_EQ_STR(error ? lc_error_message(error) : lc_props_get(resolved, "k"), wanted);
    if (noted) CHECK(notes.count == 1 && strstr(notes.items[0], noted));
    else CHECK_EQ_INT(notes.count, 0);
}

TEST(files_and_variables)
{
    check_resolved(false, "${file:%s/in/db:user}", "alice", NULL);
    check_resolved(false, "x${file:%1$s/in/db:user}y${file:%1$s/in/db:pass}z", "xaliceysecretz", NULL);
    check_resolved(false, "${env:LC_TEST_X}", "from env", NULL);
    check_resolved(false, "${env::LC_TEST_X}", "from env", NULL);
    check_resolved(false, "${file:%s/in/db:a:b}", "colon", NULL);
    check_resolved(false, "${dir:%s/in:db}",
                   "user=alice\npass=s\\u0065cret\nref=${env:LC_TEST_X}\na\\:b=colon\n", NULL);
}

TEST(one_pass_only)
{
    check_resolved(false, "${file:%s/in/db:ref}", "${env:LC_TEST_X}", NULL);
}

TEST(what_stays_literal)
{
    check_resolved(false, "${file:%s/in/db:none}", "${file:%s/in/db:none}", NULL);
    check_resolved(false, "${vault:a:b}", "${vault:a:b}", NULL);
    check_resolved(false, "${none:a:b}", "${none:a:b}", NULL);
    check_resolved(false, "${env}", "${env}", NULL);
    check_resolved(false, "${env:LC_TEST_X", "${env:LC_TEST_X", NULL);
    check_resolved(false, "${env:LC_NOT_SET}", "${env:LC_NOT_SET}", NULL);
    check_resolved(false, "${file:user}", "${file:user}", NULL);
    check_resolved(false, "${a}${env:LC_TEST_X}", "${a}from env", NULL);
    check_resolved(false, "${x${env:LC_TEST_X}}", "${x${env:LC_TEST_X}}", NULL);
    check_resolved(false, "${dir:%s/in:../inside-not/db}", "${dir:%s/in:../inside-not/db}", NULL);
    check_resolved(false, "${dir:%s/in:link}", "${dir:%s/in:link}", NULL);
}

TEST(paths_are_fenced)
{
    check_resolved(true, "${file:%s/in/db:user}", "alice", NULL);
    check_resolved(true, "${file:%s/in/../in/./db:user}", "alice", NULL);
    check_resolved(true, "${file:%s/inside-not/db:user}", "${file:%s/inside-not/db:user}", "not allowed");
    check_resolved(true, "${file:%s/in/../inside-not/db:user}", "${file:%s/in/../inside-not/db:user}",
                   "not allowed");
    check_resolved(true, "${file:%s/in/link/db:user}", "${file:%s/in/link/db:user}", "not allowed");
    check_resolved(true, "${dir:%s/in/db:user}", "${dir:%s/in/db:user}", "not a directory");
    check_resolved(true, "${env:LC_TEST_X}", "from env", NULL);
    check_resolved(true, "${env:PATH}", "${env:PATH}", NULL);
}

TEST(failures)
{
    check_resolved(false, "${file:%s/in/gone:user}", "Could not read properties from file %s/in/gone", NULL);
    check_resolved(false, "${env:p:LC_TEST_X}",
                   "Path is not supported for EnvVarConfigProvider, invalid value 'p'", NULL);
}

static void check_refused(const char *key, const char *value, const char *message)
{
    lc_autoptr(lc_props) worker = worker_props(false);
    lc_props_set(worker, key, value);
    lc_providers *providers = NULL;
    lc_autoptr(lc_error) error = lc_providers_new(worker, &providers);
    CHECK_EQ_STR(error ? lc_error_message(error) : NULL, message);
}

TEST(bad_settings)
{
    check_refused(
        "config.providers.file.class", "Nope",
        "Invalid value Nope for configuration config.providers.file.class: Class Nope could not be found.");
    check_refused("config.providers.file.param.allowed.paths", "/tmp,rel", "Path rel is not absolute");
    check_refused("config.providers.file.param.allowed.paths", "/lc-gone", "Path /lc-gone does not exist");
}

TEST(worker_keeps_some_keys)
{
    lc_autoptr(lc_props) worker = worker_props(false);
    lc_props_set(worker, "plugin.path", "${env:LC_TEST_X}");
    lc_props_set(worker, "group.id", "${env:LC_TEST_X}");
    lc_autoptr(lc_providers) providers = NULL;
    lc_autoptr(lc_props) resolved = NULL;
    lc_autoptr(lc_error) made = lc_providers_new(worker, &providers);
    lc_autoptr(lc_error) error = lc_providers_resolve_worker(providers, worker, NULL, &resolved);
    CHECK(!made && !error);
    CHECK_EQ_STR(lc_props_get(resolved, "plugin.path"), "${env:LC_TEST_X}");
    CHECK_EQ_STR(lc_props_get(resolved, "group.id"), "from env");
}

TEST(task_configurations_get_references_back)
{
    lc_autoptr(lc_props) raw = lc_props_new();
    lc_autoptr(lc_props) task = lc_props_new();
    lc_props_set(raw, "password", "${file:/s:p}");
    lc_props_set(raw, "unused", "${file:/s:q}");
    lc_props_set(raw, "topic", "t");
    lc_props_set(task, "password", "secret");
    lc_props_set(task, "topic", "t-1");
    lc_restore_references(task, raw);
    CHECK_EQ_STR(lc_props_get(task, "password"), "${file:/s:p}");
    CHECK_EQ_STR(lc_props_get(task, "topic"), "t-1");
    CHECK(!lc_props_has(task, "unused"));
    CHECK(lc_has_reference("a ${x:y} b"));
    CHECK(!lc_has_reference("${x}"));
    CHECK(!lc_has_reference(NULL));
}

static void remove_files(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    CHECK_EQ_INT(system(command), 0);
}

int main(void)
{
    setenv("LC_TEST_X", "from env", 1);
    make_files();
    RUN(files_and_variables);
    RUN(one_pass_only);
    RUN(what_stays_literal);
    RUN(paths_are_fenced);
    RUN(failures);
    RUN(bad_settings);
    RUN(worker_keeps_some_keys);
    RUN(task_configurations_get_references_back);
    remove_files();
    return check_report();
}
