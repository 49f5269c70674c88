#include "base/config_def.h"

#include <stdlib.h>

#include "check.h"

static const char *const colors[] = {"red", "green", NULL};
static const char *const names[] = {"b", NULL};

static lc_error *refuse_odd(void *context, const char *name, const lc_config_value *value)
{
    (void)context;
    if (value->is_null || value->number % 2 == 0) return NULL;
    return lc_config_invalid_value(name, value, "odd");
}

static const lc_config_key keys[] = {
    {.name = "string", .type = LC_CONFIG_STRING, .fallback = "x"},
    {.name = "boolean", .type = LC_CONFIG_BOOLEAN, .fallback = "true"},
    {.name = "int",
     .type = LC_CONFIG_INT,
     .fallback = "1",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 0, .max = 9}},
    {.name = "short", .type = LC_CONFIG_SHORT, .fallback = "3"},
    {.name = "long", .type = LC_CONFIG_LONG},
    {.name = "double",
     .type = LC_CONFIG_DOUBLE,
     .fallback = "0.50",
     .check = {.kind = LC_CHECK_AT_LEAST_REAL, .min_real = 0}},
    {.name = "list", .type = LC_CONFIG_LIST, .fallback = ""},
    {.name = "class", .type = LC_CONFIG_CLASS},
    {.name = "password", .type = LC_CONFIG_PASSWORD},
    {.name = "duration", .type = LC_CONFIG_DURATION, .fallback = "5s"},
    {.name = "choice", .type = LC_CONFIG_CHOICE, .fallback = "red", .check = {.choices = colors}},
    {.name = "even", .type = LC_CONFIG_INT, .check = {.kind = LC_CHECK_CALL, .call = refuse_odd}},
    {.name = "mode",
     .type = LC_CONFIG_STRING,
     .fallback = "red",
     .check = {.kind = LC_CHECK_ONE_OF_NOCASE, .choices = colors}},
    {.name = "some",
     .type = LC_CONFIG_LIST,
     .fallback = "red",
     .check = {.kind = LC_CHECK_LIST_OF, .choices = colors}},
    {.name = "alias", .type = LC_CONFIG_LIST, .fallback = "", .check = {.kind = LC_CHECK_UNIQUE}},
    {.name = "plain", .type = LC_CONFIG_STRING, .check = {.kind = LC_CHECK_NO_CONTROL_CHARS}},
    {.name = "filled", .type = LC_CONFIG_STRING, .check = {.kind = LC_CHECK_NON_EMPTY}},
};
enum { KEYS = sizeof keys / sizeof *keys };

static const char *find_class(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "Known") ? NULL : "org.example.Known";
}

static lc_config_def *definition(void)
{
    lc_config_def *def = lc_config_def_new();
    lc_config_def_add_table(def, keys, KEYS);
    lc_config_def_set_classes(def, find_class, NULL);
    return def;
}

/* Checks the error that parsing `key` = `value` gives; NULL: none. */
static void check_parse(const char *key, const char *value, const char *message)
{
    lc_autoptr(lc_config_def) def = definition();
    lc_autoptr(lc_props) props = lc_props_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_props_set(props, key, value);
    lc_autoptr(lc_error) error = lc_config_parse(def, props, &values);
    CHECK_EQ_STR(error ? lc_error_message(error) : NULL, message);
    if (error) CHECK_EQ_INT(lc_error_code(error), LC_E_CONFIG);
}

TEST(defaults_are_typed)
{
    lc_autoptr(lc_config_def) def = definition();
    lc_autoptr(lc_config_values) values = NULL;
    lc_autoptr(lc_error) error = lc_config_parse(def, NULL, &values);
    CHECK(!error);
    CHECK_EQ_STR(lc_config_string(values, "string"), "x");
    CHECK(lc_config_bool(values, "boolean"));
    CHECK_EQ_INT(lc_config_int(values, "int"), 1);
    CHECK(lc_config_is_null(values, "long"));
    CHECK_EQ_INT(lc_config_int(values, "duration"), 5000);
    CHECK(lc_config_double(values, "double") > 0.49);
    CHECK_EQ_INT(lc_config_list_of(values, "list").count, 0);
    CHECK_EQ_STR(lc_config_string(values, "password"), NULL);
    CHECK(lc_config_values_find(values, "none") == NULL);
}

TEST(errors_are_those_of_java)
{
    check_parse("int", "x", "Invalid value x for configuration int: Not a number of type INT");
    check_parse("int", " 3 ", NULL);
    check_parse("int", "+3", NULL);
    check_parse("int", "", "Invalid value  for configuration int: Not a number of type INT");
    check_parse("int", "2147483648",
                "Invalid value 2147483648 for configuration int: Not a number of type INT");
    check_parse("int", "10", "Invalid value 10 for configuration int: Value must be no more than 9");
    check_parse("int", "-1", "Invalid value -1 for configuration int: Value must be at least 0");
    check_parse("int", NULL, "Invalid value null for configuration int: Value must be non-null");
    check_parse("short", "32768", "Invalid value 32768 for configuration short: Not a number of type SHORT");
    check_parse("long", "-9223372036854775808", NULL);
    check_parse("long", "9223372036854775808",
                "Invalid value 9223372036854775808 for configuration long: Not a number of type LONG");
    check_parse("boolean", " TRUE ", NULL);
    check_parse("boolean", " yes ",
                "Invalid value  yes  for configuration boolean: Expected value to be either true or false");
    check_parse("double", "1e3d", NULL);
    check_parse("double", "nan", "Invalid value nan for configuration double: Not a number of type DOUBLE");
    check_parse("double", "-0.5", "Invalid value -0.5 for configuration double: Value must be at least 0.0");
    check_parse("class", "Other",
                "Invalid value Other for configuration class: Class Other could not be found.");
    check_parse(
        "duration", "soon",
        "Invalid value soon for configuration duration: Not a duration, such as 500ms, 10s, 5m, 2h or 1d");
    check_parse("choice", "blue",
                "Invalid value blue for configuration choice: String must be one of: red, green");
    check_parse("mode", "GREEN", NULL);
    check_parse(
        "mode", "blue",
        "Invalid value blue for configuration mode: String must be one of (case insensitive): RED, GREEN");
    check_parse("some", "red,blue",
                "Invalid value blue for configuration some: String must be one of: red, green");
    check_parse("alias", "a, b ,a",
                "Invalid value [a, b, a] for configuration alias: Duplicate alias provided.");
    check_parse("even", "3", "Invalid value 3 for configuration even: odd");
    check_parse("plain", "", "Invalid value  for configuration plain: String may not be empty");
    check_parse(
        "plain", "a\nb\rc",
        "Invalid value a\nb\rc for configuration plain: String may not contain control sequences but had "
        "the following ASCII chars: 10, 13");
    check_parse("filled", "", "Invalid value  for configuration filled: String must be non-empty");
    check_parse("filled", NULL, NULL);
}

TEST(values_are_trimmed_and_split)
{
    lc_autoptr(lc_config_def) def = definition();
    lc_autoptr(lc_props) props = lc_props_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_props_set(props, "string", "  a b ");
    lc_props_set(props, "list", " a , ,b,");
    lc_props_set(props, "class", "Known");
    lc_props_set(props, "duration", "2 h");
    lc_autoptr(lc_error) error = lc_config_parse(def, props, &values);
    CHECK(!error);
    CHECK_EQ_STR(lc_config_string(values, "string"), "a b");
    lc_config_list list = lc_config_list_of(values, "list");
    CHECK_EQ_INT(list.count, 4);
    CHECK_EQ_STR(list.items[0], "a");
    CHECK_EQ_STR(list.items[1], "");
    CHECK_EQ_STR(list.items[3], "");
    CHECK_EQ_STR(lc_config_string(values, "class"), "org.example.Known");
    CHECK_EQ_INT(lc_config_int(values, "duration"), 7200000);
}

TEST(validation_collects_everything)
{
    static const lc_config_key more[] = {
        {.name = "needed", .type = LC_CONFIG_STRING, .required = true},
        { .name = "tasks",
         .type = LC_CONFIG_INT,
         .fallback = "1",
         .check = {.kind = LC_CHECK_AT_LEAST, .min = 1}},
    };
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_config_def_add_table(def, more, 2);
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "tasks", "x");
    lc_config_values *values = NULL;
    lc_autoptr(lc_config_report) report = lc_config_validate(def, props, &values);
    CHECK_EQ_INT(lc_config_report_error_count(report), 3);
    lc_config_entry *needed = lc_config_report_find(report, "needed");
    CHECK_EQ_STR(needed->errors.items[0],
                 "Missing required configuration \"needed\" which has no default value.");
    lc_config_entry *tasks = lc_config_report_find(report, "tasks");
    CHECK_EQ_STR(tasks->errors.items[1],
                 "Invalid value null for configuration tasks: Value must be non-null");
    CHECK_EQ_STR(tasks->value, NULL);
    CHECK(lc_config_is_null(values, "tasks"));
    lc_config_values_free(values);
}

static void check_json(const lc_config_key *key, const char *value, const char *expected)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_config_def_add_table(def, key, 1);
    lc_autoptr(lc_props) props = lc_props_new();
    if (value) lc_props_set(props, key->name, value);
    lc_autoptr(lc_config_report) report = lc_config_validate(def, props, NULL);
    lc_autoptr(lc_json) json = lc_config_entry_to_json(lc_config_report_at(report, 0));
    lc_auto(lc_buf) text = {0};
    lc_json_dump(json, &text);
    CHECK_EQ_STR(text.data, expected);
}

TEST(renders_as_connect_does)
{
    check_json(
        &(lc_config_key){.name = "a",
                         .type = LC_CONFIG_LIST,
                         .fallback = "x, y",
                         .doc = "Docs.",
                         .group = "G",
                         .order = 4,
                         .width = LC_WIDTH_LONG,
                         .display = "An a",
                         .dependents = names},
        NULL,
        "{\"definition\":{\"name\":\"a\",\"type\":\"LIST\",\"required\":false,\"default_value\":\"x,y\","
        "\"importance\":\"HIGH\",\"documentation\":\"Docs.\",\"group\":\"G\",\"width\":\"LONG\","
        "\"display_name\":\"An a\",\"dependents\":[\"b\"],\"order\":4},\"value\":{\"name\":\"a\",\"value\":"
        "\"x,y\",\"recommended_values\":[],\"errors\":[],\"visible\":true}}");
    check_json(
        &(lc_config_key){
            .name = "p", .type = LC_CONFIG_PASSWORD, .required = true, .importance = LC_IMPORTANCE_LOW},
        "secret",
        "{\"definition\":{\"name\":\"p\",\"type\":\"PASSWORD\",\"required\":true,\"default_value\":null,"
        "\"importance\":\"LOW\",\"documentation\":\"\",\"group\":null,\"width\":\"NONE\",\"display_name\":"
        "\"p\","
        "\"dependents\":[],\"order\":-1},\"value\":{\"name\":\"p\",\"value\":\"[hidden]\","
        "\"recommended_values\":[],\"errors\":[],\"visible\":true}}");
    check_json(
        &(lc_config_key){
            .name = "c", .type = LC_CONFIG_CHOICE, .fallback = "red", .check = {.choices = colors}},
        "green",
        "{\"definition\":{\"name\":\"c\",\"type\":\"STRING\",\"required\":false,\"default_value\":\"red\","
        "\"importance\":\"HIGH\",\"documentation\":\"\",\"group\":null,\"width\":\"NONE\",\"display_name\":"
        "\"c\","
        "\"dependents\":[],\"order\":-1},\"value\":{\"name\":\"c\",\"value\":\"green\","
        "\"recommended_values\":[\"red\",\"green\"],\"errors\":[],\"visible\":true}}");
}

TEST(doubles_print_as_java)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0.0"},
        {0.5, "0.5"},
        {1, "1.0"},
        {100, "100.0"},
        {0.001, "0.001"},
        {1e-4, "1.0E-4"},
        {1e7, "1.0E7"},
        {1234567.25, "1234567.25"},
        {-2.5, "-2.5"},
        {1.5e300, "1.5E300"},
        {0.1 + 0.2, "0.30000000000000004"}
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_config_value value = {.type = LC_CONFIG_DOUBLE, .real = cases[i].value};
        char *text = lc_config_value_to_text(&value);
        CHECK_EQ_STR(text, cases[i].text);
        free(text);
    }
}

TEST(added_keys_are_checked_and_copied)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    char name[] = "a";
    lc_config_key key = {.name = name, .type = LC_CONFIG_INT, .fallback = "x"};
    lc_autoptr(lc_error) wrong = lc_config_def_add(def, &key);
    CHECK_EQ_STR(lc_error_message(wrong), "Invalid value x for configuration a: Not a number of type INT");
    key.fallback = "1";
    lc_autoptr(lc_error) error = lc_config_def_add(def, &key);
    lc_autoptr(lc_error) twice = lc_config_def_add(def, &key);
    CHECK(!error);
    CHECK_EQ_STR(lc_error_message(twice), "Configuration a is defined twice.");
    name[0] = 'z';
    CHECK_EQ_STR(lc_config_def_at(def, 0)->name, "a");
    lc_autoptr(lc_config_def) copy = lc_config_def_copy(def);
    CHECK(lc_config_def_remove(def, "a"));
    CHECK_EQ_INT(lc_config_def_count(copy), 1);
}

TEST(embedding_keeps_short_names_in_checks)
{
    lc_autoptr(lc_config_def) inner = lc_config_def_new();
    lc_config_def_add_table(inner, &keys[KEYS - 1], 1);
    lc_config_def_add_table(inner, &keys[2], 1);
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_error) error = lc_config_def_embed(def, "transforms.a.", "Transforms: a", 3, inner);
    CHECK(!error);
    const lc_config_key *key = lc_config_def_find(def, "transforms.a.int");
    CHECK(key && key->order == 4);
    CHECK_EQ_STR(key->group, "Transforms: a");
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "transforms.a.filled", "");
    lc_props_set(props, "transforms.a.int", "x");
    lc_autoptr(lc_config_report) report = lc_config_validate(def, props, NULL);
    CHECK_EQ_STR(lc_config_report_at(report, 0)->errors.items[0],
                 "Invalid value  for configuration filled: String must be non-empty");
    CHECK_EQ_STR(lc_config_report_at(report, 1)->errors.items[0],
                 "Invalid value x for configuration transforms.a.int: Not a number of type INT");
}

TEST(suggests_near_names)
{
    lc_autoptr(lc_config_def) def = definition();
    lc_autoptr(lc_props) props = lc_props_new();
    lc_auto(lc_strings) notes = {0};
    lc_props_set(props, "pasword", "x");
    lc_props_set(props, "something.else.entirely", "x");
    lc_config_near_misses(def, props, &notes);
    CHECK_EQ_INT(notes.count, 1);
    CHECK_EQ_STR(notes.items[0], "unknown configuration pasword, did you mean password?");
}

int main(void)
{
    RUN(defaults_are_typed);
    RUN(errors_are_those_of_java);
    RUN(values_are_trimmed_and_split);
    RUN(validation_collects_everything);
    RUN(renders_as_connect_does);
    RUN(doubles_print_as_java);
    RUN(added_keys_are_checked_and_copied);
    RUN(embedding_keeps_short_names_in_checks);
    RUN(suggests_near_names);
    return check_report();
}
