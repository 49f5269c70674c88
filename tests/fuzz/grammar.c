#include "grammar.h"

#include <string.h>

/* In a production, $ and a letter stand for another one of that letter's. The first of each is the shortest:
 * it ends what nests too deep, or what has no bytes left. */
enum { DEEPEST = 12, LONGEST = 16 * 1024 };

#define RESHAPER                                                                                           \
    ("lc.reshaper(function(from, cfg, to, ...) $s for _, f in ipairs(from.fields) do to:take(f, $t) end "  \
     "to:constant($t, $e) end)($r)")

static const char *const NUMBERS[] = {"0",
                                      "1",
                                      "-1",
                                      "2",
                                      "3",
                                      "0.5",
                                      "-0.0",
                                      "(0/0)",
                                      "(1/0)",
                                      "(-1/0)",
                                      "2^53",
                                      "2^53+1",
                                      "2^31",
                                      "-2^31",
                                      "2^32",
                                      "2^63",
                                      "1e308",
                                      "5e-324",
                                      "255",
                                      "1000",
                                      "1e5",
                                      "1e7",
                                      "1e15",
                                      "1LL",
                                      "-1LL",
                                      "0x7fffffffffffffffLL",
                                      "(-0x7fffffffffffffffLL-1)",
                                      "0xffffffffffffffffULL",
                                      "2i",
                                      "0x1p-1074",
                                      "#tostring($e)",
                                      NULL};
static const char *const TEXTS[] = {"''",
                                    "'x'",
                                    "'a'",
                                    "'list'",
                                    "'\\0\\255\\128'",
                                    "'%d%s%5.2f'",
                                    "'%99.99f'",
                                    "'%q'",
                                    "'2024-02-30T25:00:00Z'",
                                    "'{\"a\":[1,null,{\"b\":1e999}]}'",
                                    "('ab'):rep($n)",
                                    "('x'):rep(1e4)",
                                    "('x'):rep(1e6)",
                                    "tostring($e)",
                                    "'yyyy-MM-dd'",
                                    "'SGVsbG8='",
                                    "'\\195\\164\\240\\159\\152\\128'",
                                    "'lc'",
                                    "'lc.json'",
                                    "'../x'",
                                    "'string'",
                                    "'DataException'",
                                    "'int32'",
                                    "'string'",
                                    "'sha256'",
                                    "'__index'",
                                    "'__gc'",
                                    "'a.b.c'",
                                    "'Europe/Berlin'",
                                    "'+99:99'",
                                    "'integer'",
                                    NULL};
static const char *const PATTERNS[] = {"'.'",
                                       "'.-'",
                                       "'(a*)*b'",
                                       "'%b()'",
                                       "'%bxx'",
                                       "'%f[%w]x*'",
                                       "'^$'",
                                       "'[%]-]+'",
                                       "'()(.)()'",
                                       "'(.)%1'",
                                       "('.-'):rep($n)",
                                       "'[^%s]+$'",
                                       "'%'",
                                       "('('):rep(33)",
                                       "'a-b?c+d*x'",
                                       "'[a-'",
                                       "'%9'",
                                       "'(x'",
                                       "('(a?)'):rep(30)",
                                       "'\\0'",
                                       "'[\\0-\\255]*'",
                                       "'x*x*x*x*y'",
                                       "$t",
                                       NULL};
/* Names that are always there. */
static const char *const VARIABLES[] = {"a",       "b",       "c",           "d",      "kept", "self",
                                        "kept[1]", "kept[2]", "kept[#kept]", "shared", NULL};
/* Things of the engine: of this batch or of an earlier one. */
static const char *const VIEWS[] = {
    "record",
    "record.value",
    "record.key",
    "record.headers",
    "record.headers[1]",
    "record.value.list",
    "record.value.map",
    "record.value.struct",
    "record.value_schema",
    "record.value.struct.x",
    "kept[1]",
    "kept[2]",
    "kept[#kept]",
    "lc.copy(record)",
    "lc.map()",
    "lc.list()",
    "lc.box()",
    "records",
    "records[1]",
    "records[$n]",
    "record.source_offset",
    "task",
    "out",
    "cfg",
    "lc.struct(record.value.struct and lc.schema.struct('s', {{'a', lc.int32}}))",
    "record.headers:add($t, lc.string)",
    "record.value.decimal",
    "lc.null",
    "lc",
    "lc.schema",
    "box",
    "schema",
    "out:add($t, schema, {a=1}, {b=$n})",
    "edit",
    NULL};
static const char *const FIELDS[] = {
    "x",       "a",    "list",    "value",        "topic",      "key",     "partition", "timestamp",
    "schema",  "name", "headers", "value_schema", "key_schema", "offset",  "map",       "struct",
    "decimal", "text", "fields",  "type",         "field",      "default", "none",      NULL};
static const char *const SDK[] = {"lc.has($r, $k)",
                                  "lc.type($r, $k)",
                                  "lc.put($r, $k, $e, $t)",
                                  "lc.assign($r, $k, $r, $k)",
                                  "lc.move($r, $k, $r, $k)",
                                  "lc.remove($r, $k)",
                                  "lc.size($r)",
                                  "lc.totable($r)",
                                  "lc.raw($r, $k)",
                                  "lc.equals($r, $k, $r, $k)",
                                  "lc.text($r, $k)",
                                  "lc.java_class($r, $k)",
                                  "lc.cast($r, $k, $t)",
                                  "lc.cast($r, 'value', 'string')",
                                  "lc.is_sink($r)",
                                  "lc.raise($t, $e)",
                                  "lc.retry($e)",
                                  "lc.regex($p)",
                                  "lc.regex('(a+)+$'):find($t)",
                                  "lc.regex('(x)|y'):replace_all($t, '$$1')",
                                  "lc.regex('x'):matches($e)",
                                  "lc.values.parse($t)",
                                  "lc.values.convert($r, $k, $t)",
                                  "lc.values.infer($r, $k)",
                                  "lc.time.format($t):write($n)",
                                  "lc.time.format($t):parse($t)",
                                  "lc.time.zone($t):offset($n)",
                                  "lc.time.iso($n)",
                                  "lc.time.from_iso($t)",
                                  "lc.time.converter({target='string', format=$t})($r, $k)",
                                  "lc.base64.encode($t)",
                                  "lc.base64.decode($t)",
                                  "lc.hex.decode($t)",
                                  "lc.hex.encode($t)",
                                  "lc.uuid.is($e)",
                                  "lc.uuid.ordered()",
                                  "lc.json.decode($t)",
                                  "lc.json.encode($e)",
                                  "lc.json.read($t, $r, $k)",
                                  "lc.json.write($r, $k)",
                                  "lc.json.schema($r, $k)",
                                  "lc.json.fit($r, $k, schema, $r, $k)",
                                  "lc.hash($t)($t)",
                                  "lc.hash('siphash', ('k'):rep(16))($t)",
                                  "lc.schema.build($q)",
                                  "lc.schema.with($r, $q)",
                                  "lc.schema.optional($r)",
                                  "lc.schema.required($r)",
                                  "lc.schema.basics($r)",
                                  "lc.schema.default($r, $r, $k)",
                                  "lc.schema.text($r)",
                                  "lc.schema.array($r)",
                                  "lc.schema.map(lc.string, $r)",
                                  "lc.schema.struct($t, {{$t, $r}, {$t, lc.int8, optional=true}})",
                                  "lc.schema.decimal($n)",
                                  "lc.schema.is($e)",
                                  "lc.struct($r)",
                                  RESHAPER,
                                  "edit($r)",
                                  "edit(record, 'value')",
                                  "lc.path($t, 'V2'):place($r, $k)",
                                  "lc.path_tree({$t, $t}, 'V2')",
                                  "lc.field_changes({{field=$t, schema=lc.string, drop=$e}}, 'V2')",
                                  "lc.require_map($r, $k, $t)",
                                  "lc.require_struct($r, $k, $t)",
                                  "lc.hash_order({a=1, [$e]=2})",
                                  "lc.expression($t)",
                                  "lc.for_each({$e, $e}, $f, $e)",
                                  "lc.log.debug($t, $e, $e)",
                                  "lc.log.info($e)",
                                  "lc.idle($n)",
                                  "lc.done()",
                                  "lc.kept({$e})",
                                  "lc.transform({apply=$f})",
                                  "lc.config.string({default=$e})",
                                  "record.headers:remove($t)",
                                  "record.headers:has($t)",
                                  "record.headers:find($t)",
                                  "task:reject($r, $t)",
                                  "task.offsets:get({a=$e})",
                                  "out:add($t, schema, {a=$e}, {b=$e})",
                                  "out:reject($t, $t)",
                                  "task:stopping()",
                                  "task.cap.file:append($t)",
                                  "lc.ipairs($r)",
                                  "lc.pairs($r)",
                                  "record.value.decimal:tonumber()",
                                  NULL};
static const char *const LIBRARY[] = {"string.rep($t, $n)",
                                      "string.rep($t, $n, $t)",
                                      "string.byte($t, $n, $n)",
                                      "string.char($n, $n)",
                                      "string.format($t, $e, $e)",
                                      "string.format('%s %d %q %x %g %c', $e, $e, $e, $e, $e, $e)",
                                      "($t):find($p, $n, $e)",
                                      "($t):match($p, $n)",
                                      "($t):gsub($p, $e, $n)",
                                      "($t):gsub($p, $f)",
                                      "($t):gmatch($p)()",
                                      "($t):sub($n, $n)",
                                      "($t):upper()",
                                      "($t):reverse()",
                                      "table.concat({$e, $e, $t}, $t, $n, $n)",
                                      "table.insert($e, $e)",
                                      "table.insert($v, $n, $e)",
                                      "table.remove($v, $n)",
                                      "table.sort({$e, $e, $e, $e}, $f)",
                                      "table.sort($v)",
                                      "table.maxn($v)",
                                      "unpack({$e, $e}, $n, $n)",
                                      "unpack($v, $n, $n)",
                                      "select($n, $e, $e)",
                                      "select('#', unpack({}, 1, $n))",
                                      "math.floor($n)",
                                      "math.fmod($n, $n)",
                                      "math.random($n, $n)",
                                      "math.randomseed($n)",
                                      "math.ldexp($n, $n)",
                                      "bit.band($n, $n)",
                                      "bit.lshift($n, $n)",
                                      "bit.tohex($n, $n)",
                                      "bit.bswap($n)",
                                      "coroutine.wrap($f)($e)",
                                      "coroutine.resume(coroutine.create($f), $e)",
                                      "coroutine.yield($e)",
                                      "coroutine.running()",
                                      "coroutine.status(coroutine.create($f))",
                                      "coroutine.resume($e, $e)",
                                      "rawget($e, $e)",
                                      "rawset($e, $e, $e)",
                                      "rawequal($e, $e)",
                                      "rawset(string, $t, $f)",
                                      "setmetatable($e, $e)",
                                      "setmetatable(string, $m)",
                                      "getmetatable($e)",
                                      "getmetatable('')",
                                      "getmetatable($r)",
                                      "next($e, $e)",
                                      "next(string, $e)",
                                      "tonumber($e, $n)",
                                      "tostring($e)",
                                      "type($e)",
                                      "load($t)",
                                      "load($f)",
                                      "load('return $e')",
                                      "load('local x = ... ; return x', $t, $t, $e)",
                                      "require($t)",
                                      "assert($e, $e)",
                                      "print($e, $e)",
                                      "pcall($f, $e)",
                                      "pcall($e, $e)",
                                      "xpcall($f, $f)",
                                      "xpcall($e, $e, $e)",
                                      "pcall(error, $e, $n)",
                                      "error($e, $n)",
                                      "ipairs($e)",
                                      "pairs($r)",
                                      "pairs(string)",
                                      NULL};
static const char *const METHODS[] = {"{}",
                                      "{__index=$f}",
                                      "{__index=$e}",
                                      "{__newindex=$f}",
                                      "{__call=$f}",
                                      "{__tostring=$f}",
                                      "{__eq=$f, __lt=$f, __le=$f}",
                                      "{__add=$f, __concat=$f, __unm=$f, __len=$f}",
                                      "{__gc=$f}",
                                      "{__mode='kv'}",
                                      "{__metatable=$e}",
                                      "{__pairs=$f, __ipairs=$f}",
                                      NULL};
static const char *const SCHEMAS[] = {
    "{type='int32'}",
    "{type='array', values=$r}",
    "{type='map', keys=lc.string, values=$r}",
    "{type='struct', fields={{$t, $r}}}",
    "{type=$t, name=$t, version=$n, doc=$t, optional=$e, default=$e, parameters={[$t]=$t}}",
    "{type='string', default=$e}",
    "{type='struct', fields={{'a', lc.int8}, {'a', lc.int8}}}",
    "{optional=$e, default=$r}",
    "{name=lc.schema.none, default=$e}",
    NULL};
static const char *const FUNCTIONS[] = {"function(...) return ... end",
                                        "function(x, y, ...) $s return $e end",
                                        "function(x, ...) return x end",
                                        "function(...) return true end",
                                        "function(x, y, ...) return x < y end",
                                        "function(...) error($e) end",
                                        "self",
                                        "function(...) return self(...) end",
                                        "print",
                                        "pcall",
                                        "next",
                                        "function(...) coroutine.yield(...) return $e end",
                                        "coroutine.wrap($f)",
                                        "function(x, ...) kept[#kept + 1] = x return $e end",
                                        "$e",
                                        NULL};
static const char *const KEYS[] = {"'value'", "'x'", "'list'",    "'map'", "'struct'", "'key'", "1",
                                   "2",       "'a'", "'decimal'", "$t",    "$n",       "$e",    NULL};
static const char *const EXPRESSIONS[] = {"nil",
                                          "$n",
                                          "$t",
                                          "$v",
                                          "$r",
                                          "true",
                                          "false",
                                          "{}",
                                          "{$e, $e}",
                                          "{[$t]=$e, x=$e}",
                                          "setmetatable({$e}, $m)",
                                          "$f",
                                          "($c)",
                                          "($l)",
                                          "($c)",
                                          "($l)",
                                          "($e)[$e]",
                                          "($r).$i",
                                          "($e).$i",
                                          "($e)($e, $e)",
                                          "#$v",
                                          "-($n)",
                                          "not $e",
                                          "($e == $e)",
                                          "($e .. $e)",
                                          "($n + $e)",
                                          "($e < $e)",
                                          "($e and $e or $e)",
                                          "($e % $n)",
                                          "($n ^ $n)",
                                          "(select(2, pcall(function(...) $s end)))",
                                          "...",
                                          NULL};
static const char *const STATEMENTS[] = {
    "",
    "$s $s $s",
    "local a = $e",
    "a = $e",
    "b = $e",
    "c, d = $e, $e",
    "kept[#kept + 1] = $r",
    "kept[#kept + 1] = $e",
    "kept = {}",
    "shared = $e",
    "pcall(function(...) $s end)",
    "pcall(function(...) $s end)",
    "pcall(function(...) $s $s end)",
    "pcall(function(...) ($r).$i = $e end)",
    "pcall(function(...) ($r)[$e] = $e end)",
    "pcall(function(...) local _ = $c end)",
    "pcall(function(...) local _ = $l end)",
    "pcall(function(...) local _ = ($r).$i end)",
    "($r).$i = $e",
    "record.value.$i = $e",
    "record.$i = $e",
    "local _ = $c",
    "local _ = $l",
    "probe($e)",
    "probe(select(2, pcall(function(...) $s end)))",
    "for i = 1, $n do $s end",
    "for i = $n, $n, $n do $s end",
    "for _, x in ipairs($e) do $s end",
    "for k, x in lc.pairs($r) do a = x $s end",
    "for k, x in pairs($e) do b = k $s end",
    "while $e do $s end",
    "repeat $s until $e",
    "if $e then $s else $s end",
    "for w in ($t):gmatch($p) do $s end",
    "do local e = $e local f = function(...) e = $e return e end f() end",
    "for i = 1, 60 do $s end",
    "for i = 1, 300 do a = i $s end",
    "coroutine.wrap(function(...) $s coroutine.yield($e) $s end)($e)",
    "self = $f",
    "do local f = function(...) goto out $s ::out:: end f($e) end",
    "error($e)",
    "do return $e end",
    "xpcall(function(...) $s end, $f)",
    NULL};
static const char *const ANSWERS[] = {
    "record",    "nil",     "{record, lc.copy(record)}", "{lc.copy(record)}", "{}",
    "$e",        "kept[1]", "{record, record}",          "{$r, $r}",          "lc.idle($n)",
    "lc.done()", NULL};

typedef struct grammar {
    const unsigned char *at, *end;
    lc_buf *out;
    int depth;
} grammar;

static const struct {
    char letter;
    const char *const *rules;
} LETTERS[] = {{'n', NUMBERS}, {'t', TEXTS},       {'p', PATTERNS},   {'v', VARIABLES}, {'r', VIEWS},
               {'i', FIELDS},  {'c', SDK},         {'l', LIBRARY},    {'m', METHODS},   {'f', FUNCTIONS},
               {'k', KEYS},    {'e', EXPRESSIONS}, {'s', STATEMENTS}, {'q', SCHEMAS},   {'z', ANSWERS}};

static const char *const *rules_of(char letter)
{
    for (size_t i = 0; i < sizeof LETTERS / sizeof LETTERS[0]; i++) {
        if (LETTERS[i].letter == letter) return LETTERS[i].rules;
    }
    return NULL;
}

static size_t count_of(const char *const *rules)
{
    size_t n = 0;
    while (rules[n]) n++;
    return n;
}

static void expand(grammar *g, const char *text);

static void expand_rule(grammar *g, const char *const *rules)
{
    size_t pick = 0, count = count_of(rules);
    if (!count) return;
    if (g->at < g->end && g->depth < DEEPEST && g->out->len < LONGEST) pick = *g->at++ % count;
    g->depth++;
    expand(g, rules[pick]);
    g->depth--;
}

static void expand(grammar *g, const char *text)
{
    for (; *text; text++) {
        const char *const *rules = *text == '$' ? rules_of(text[1]) : NULL;
        if (rules) {
            expand_rule(g, rules);
            text++;
        } else if (*text == '$' && text[1] == '$') {
            lc_buf_put(g->out, *text++);
        } else {
            lc_buf_put(g->out, *text);
        }
    }
}

/* `probe` tells of addresses in texts by a topic that nothing else writes. */
static const char START[] =
    "local lc = require 'lc'\n"
    "local kept, shared, self, a, b, c, d = {}, nil, nil, nil, nil, nil, nil\n"
    "local record, records, task, out, cfg = {}, {}, {}, {}, {}\n"
    "local schema = lc.schema.struct('s', {{'a', lc.int32}, {'b', lc.schema.optional(lc.string)}})\n"
    "local box = lc.box()\n"
    "local edit = lc.reshaper(function(from, cfg, to) for _, f in ipairs(from.fields) do to:take(f, f.name "
    ".. 'y') end end)\n"
    "local escaped\n"
    "local function probe(x) local ok, text = pcall(tostring, x)\n"
    "  if ok and type(text) == 'string' and text:find('0x%x%x%x%x%x%x') then escaped = true end end\n"
    "self = function(...) $s end\n"
    "local function step(...) $s end\n";

static const char *const ENDS[GRAMMAR_KINDS] = {
    "return lc.transform { configure = function(c, ...) cfg = c $s end, apply = function(r, ...) record = r\n"
    "  pcall(step) pcall(function(...) $s end) $s\n  if escaped then r.topic = 'ESCAPED' end return $z end "
    "}\n",
    "return lc.source { start = function(t, ...) task = t $s end, poll = function(t, o, ...) task, out = t, "
    "o\n"
    "  record = o:add('t', schema, {p=1}, {o=2}) record.value.a = 1 record.key = 'k' pcall(step) $s $s\n"
    "  if escaped then record.topic = 'ESCAPED' end return $z end, commit = function(...) $s end }\n",
    "return lc.sink { start = function(t, ...) task = t end, put = function(t, r, ...) task, records = t, r "
    "record = r[1] or record\n"
    "  pcall(step) $s $s if escaped then record.topic = 'ESCAPED' end end, flush = function(...) $s end, "
    "stop = function(...) $s end }\n"};

void grammar_write(grammar_kind kind, const unsigned char *bytes, size_t len, lc_buf *out)
{
    grammar g = {bytes, bytes + len, out, 0};
    expand(&g, START);
    expand(&g, ENDS[kind]);
}
