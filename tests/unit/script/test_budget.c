/* The budget rewrite: what it inserts where, and that it never changes whether a text is Lua. */
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <luajit-2.1/lualib.h>
#include <stdlib.h>

#include "check.h"
#include "script/internal.h"

static const char *rewritten(const char *source)
{
    static lc_buf out;
    lc_buf_reset(&out);
    lc_error *error = lc_budget_rewrite(lc_text_of(source), "T", &out);
    if (error) {
        lc_buf_reset(&out);
        lc_buf_printf(&out, "error: %s", lc_error_message(error));
        lc_error_free(error);
    }
    return out.data ? out.data : "";
}

TEST(inserts_ticks)
{
    static const char *const cases[][2] = {
        {"while x do end", "while x do T();  end"},
        {"for i = 1, 2 do f() end", "for i = 1, 2 do T();  f() end"},
        {"repeat f() until x", "repeat T();  f() until x"},
        {"function f(a, b) end", "function f(a, b) T();  end"},
        {"local f = function(...) return ... end", "local f = function(...) T();  return ... end"},
        {"f(function() end, (g()))", "f(function() T();  end, (g()))"},
        {"::a:: goto a", "::a:: T(); goto a"},
        {"for i = 1, 2 do goto continue ::continue:: end",
         "for i = 1, 2 do T();  T(); goto continue ::continue:: end"},
        {"x = 1. goto a ::a::", "x = 1. T(); goto a ::a::"},
        {"local x = ... goto a ::a::", "local x = ... T(); goto a ::a::"},
        {"x = t.goto y = 1", "x = t.goto y = 1"},
        {"x = t.dodo", "x = t.dodo"},
        {"-- while do\nx = 1", "-- while do\nx = 1"},
        {"--[==[ do ]] ]=] do ]==] do end", "--[==[ do ]] ]=] do ]==] do T();  end"},
        {"--[ do\ndo end", "--[ do\ndo T();  end"},
        {"x = 'do \\' do' do end", "x = 'do \\' do' do T();  end"},
        {"x = \"\\\\\" do end", "x = \"\\\\\" do T();  end"},
        {"x = [[ do ]] do end", "x = [[ do ]] do T();  end"},
        {"x = [=[ ]] do ]=] do end", "x = [=[ ]] do ]=] do T();  end"},
        {"x = a[b[1]] do end", "x = a[b[1]] do T();  end"},
        {"x = 0x1p-1 do end", "x = 0x1p-1 do T();  end"},
        {"x = 1e+5 do end", "x = 1e+5 do T();  end"},
        {"do\n\n(f or g)()\nend", "do T(); \n\n(f or g)()\nend"},
        {"#! do\ndo end", "\ndo T();  end"},
        {"\xef\xbb\xbf"
         "do end",
         "do T();  end"},
        {"T = 1", "error: the name T is reserved"},
        {"Tx = 1", "Tx = 1"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_EQ_STR(rewritten(cases[i][0]), cases[i][1]);
}

static bool parses(lua_State *lua, const char *text, size_t len)
{
    bool ok = luaL_loadbufferx(lua, text, len, "=x", "t") == 0;
    lua_settop(lua, 0);
    return ok;
}

/* Statements and junk that stress the lexer where tokens meet. */
static const char *const PIECES[] = {
    "do ",
    " end ",
    "while ",
    "x ",
    "= ",
    "1 ",
    "1.",
    "..",
    "...",
    ".",
    "0x",
    "1e",
    "-",
    "--",
    "[[",
    "]]",
    "[",
    "]",
    "=",
    "==",
    "[=[",
    "]=]",
    "'",
    "\"",
    "\\",
    "\n",
    "\r\n",
    " ",
    "function ",
    "function(",
    ")",
    "(",
    "repeat ",
    "until ",
    "goto ",
    "goto a ",
    "::a::",
    "::",
    ":",
    "a",
    ".goto ",
    "local ",
    "return ",
    "if ",
    "then ",
    "else ",
    "for ",
    "in ",
    "{",
    "}",
    ",",
    ";",
    "#",
    "not ",
    "x = 1 ",
    "f() ",
    "t.x = y ",
    "x = 'do' ",
    "do local x = 1 end ",
    "repeat until x ",
    "while x do f() end ",
    "\\z",
    "\\'",
    "for i = 1, 2 do end ",
    "function f(a, ...) end ",
    "x = function() end ",
    "--[[ do ]] ",
    "-- do\n",
    "5LL ",
    "0x1p4 ",
    "\xc3\xa9",
    "\t",
    "if x then goto a end ",
    "x = t.goto ",
    "goto = 1 ",
    "x = goto ",
    "f(goto) ",
    "'\\\n'",
};
enum { PIECE_COUNT = sizeof PIECES / sizeof PIECES[0] };

static void make_soup(lc_buf *out, unsigned *seed)
{
    lc_buf_reset(out);
    int count = 1 + rand_r(seed) % 12;
    for (int i = 0; i < count; i++) lc_buf_text(out, PIECES[rand_r(seed) % PIECE_COUNT]);
}

TEST(keeps_lua_lua)
{
    lua_State *lua = luaL_newstate();
    luaL_openlibs(lua); /* as in a sandboxed state, ffi is there before number literals ask for it */
    lc_buf soup = {0};
    unsigned seed = 20250101;
    int good = 0, bad = 0;
    for (int i = 0; i < 300000; i++) {
        make_soup(&soup, &seed);
        const char *changed = rewritten(soup.data);
        bool before = parses(lua, soup.data, soup.len), after = parses(lua, changed, strlen(changed));
        if (before) good++;
        if (before == after || !before) continue; /* the loader refuses what wasn't Lua before */
        if (strstr(soup.data, "goto "))
            continue; /* `goto` as a name before another name: refused, never run unticked */
        if (bad++ < 5) fprintf(stderr, "<<%s>>\n<<%s>>\n", soup.data, changed);
    }
    CHECK(good > 1000);
    CHECK_EQ_INT(bad, 0);
    lc_buf_done(&soup);
    lua_close(lua);
}

int main(void)
{
    RUN(inserts_ticks);
    RUN(keeps_lua_lua);
    return check_report();
}
