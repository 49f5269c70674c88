/* Writes docs/reference.md: every transform, predicate, connector and converter with its settings, as the scripts and
 * converters themselves describe them. reference SCRIPTS-FOLDER > docs/reference.md */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "convert/converter.h"
#include "runtime/connector_defs.h"
#include "runtime/plugins.h"

/* Text in a cell of a table. */
static void cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|') putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
}

static void code(const char *text)
{
    putchar('`');
    cell(text);
    putchar('`');
}

static void print_lower(const char *text)
{
    for (; *text; text++) putchar(tolower((unsigned char)*text));
}

static void print_type(const lc_config_key *key)
{
    if (key->type == LC_CONFIG_DURATION) fputs("duration", stdout);
    else print_lower(lc_config_type_name(key->type));
}

static void print_default(const lc_config_key *key)
{
    if (key->required) fputs("required", stdout);
    else if (key->fallback && *key->fallback) code(key->fallback);
    else if (key->fallback) fputs("empty", stdout);
}

static void print_choices(const lc_config_check *check)
{
    fputs(" One of ", stdout);
    for (size_t i = 0; check->choices[i]; i++) {
        if (i) fputs(", ", stdout);
        code(check->choices[i]);
    }
    putchar('.');
}

static void print_checks(const lc_config_check *check)
{
    for (; check; check = check->next) {
        switch (check->kind) {
        case LC_CHECK_ONE_OF:
        case LC_CHECK_ONE_OF_NOCASE: print_choices(check); break;
        case LC_CHECK_AT_LEAST: printf(" At least %lld.", (long long)check->min); break;
        case LC_CHECK_BETWEEN: printf(" From %lld to %lld.", (long long)check->min, (long long)check->max); break;
        case LC_CHECK_AT_LEAST_REAL: printf(" At least %g.", check->min_real); break;
        case LC_CHECK_BETWEEN_REAL: printf(" From %g to %g.", check->min_real, check->max_real); break;
        default: break;
        }
    }
}

/* What the worker sets itself is nobody else's affair. */
static void print_key(const lc_config_key *key)
{
    if (!strcmp(key->name, "converter.type")) return;
    fputs("| ", stdout);
    code(key->name);
    fputs(" | ", stdout);
    print_type(key);
    fputs(" | ", stdout);
    print_default(key);
    fputs(" | ", stdout);
    print_lower(lc_importance_name(key->importance));
    fputs(" | ", stdout);
    cell(key->doc ? key->doc : "");
    print_checks(&key->check);
    puts(" |");
}

static void print_keys(const lc_config_def *def)
{
    size_t own = def && lc_config_def_find(def, "converter.type") ? 1 : 0;
    if (!def || lc_config_def_count(def) == own) {
        puts("No settings.");
        return;
    }
    puts("| setting | type | default | importance | |\n|---|---|---|---|---|");
    for (size_t i = 0; i < lc_config_def_count(def); i++) print_key(lc_config_def_at(def, i));
}

static void print_script(const lc_script *script)
{
    printf("\n### %s\n\n%s\n\nUse it as ", lc_script_name(script), lc_script_doc(script));
    code(lc_script_name(script));
    size_t count = lc_script_alias_count(script);
    for (size_t i = 0; i < count; i++) {
        fputs(i + 1 < count ? ", " : " or ", stdout);
        code(lc_script_alias(script, i));
    }
    puts(".\n");
    print_keys(lc_script_settings_def(script));
}

static void print_kind(const lc_plugins *plugins, lc_script_kind kind)
{
    for (size_t i = 0; i < lc_plugins_count(plugins); i++) {
        lc_script *script = lc_plugins_at(plugins, i);
        if (lc_script_kind_of(script) == kind) print_script(script);
    }
}

static int by_name(const void *a, const void *b)
{
    const lc_converter_class *const *x = a, *const *y = b;
    return strcmp((*x)->java_class, (*y)->java_class);
}

static void print_converter(const lc_converter_class *converter)
{
    const char *dot = strrchr(converter->java_class, '.');
    printf("\n### %s\n\n", dot ? dot + 1 : converter->java_class);
    code(converter->java_class);
    puts(converter->is_converter && converter->is_header_converter ? ", for keys, values and headers.\n"
         : converter->is_converter                                 ? ", for keys and values.\n"
                                                                   : ", for headers.\n");
    lc_autoptr(lc_config_def) def = lc_converter_def_new(converter->java_class);
    if (converter->define_own) converter->define_own(def);
    print_keys(def);
}

static void print_converters(void)
{
    const lc_converter_class *all[100];
    size_t count = 0;
    for (const lc_converter_class *const *at = lc_converter_classes(); *at && count < 100; at++) all[count++] = *at;
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 0; i < count; i++) print_converter(all[i]);
}

static void show_line(void *context, lc_log_level level, const char *logger, const char *line, size_t len)
{
    (void)context, (void)logger;
    if (level >= LC_LOG_WARN) fprintf(stderr, "%.*s\n", (int)len, line);
}

int main(int argc, char **argv)
{
    lc_plugins *plugins = NULL;
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, show_line, NULL);
    lc_autoptr(lc_error) error = lc_plugins_load(argc > 1 ? argv[1] : NULL, NULL, log, &plugins);
    if (error) return fprintf(stderr, "%s\n", lc_error_message(error)), 1;
    puts("# Reference of plug-ins\n\n"
         "Every connector, transform, predicate and converter that comes with luaconnect, with its settings. The scripts\n"
         "describe themselves: this page is what `plugin_reference` of the tests writes, and a test compares them.\n\n"
         "* [Transforms](#transforms)\n* [Predicates](#predicates)\n* [Sources](#sources)\n* [Sinks](#sinks)\n"
         "* [Converters](#converters)\n\n"
         "Every transform also takes `predicate` and `negate`. What transforms do beyond Kafka Connect:\n"
         "[transforms.md](transforms.md).\n\n## Transforms");
    print_kind(plugins, LC_SCRIPT_TRANSFORM);
    puts("\n## Predicates");
    print_kind(plugins, LC_SCRIPT_PREDICATE);
    puts("\n## Sources");
    print_kind(plugins, LC_SCRIPT_SOURCE);
    puts("\n## Sinks");
    print_kind(plugins, LC_SCRIPT_SINK);
    puts("\n## Converters");
    print_converters();
    lc_plugins_free(plugins);
    lc_log_free(log);
    return 0;
}
