# lc_embed_lua(OUT_VAR): the Lua of the library and the headers that ffi.cdef reads, as C sources, and a table of
# them by name (script/internal.h: lc_embedded_files).
function(lc_embed_lua out_var)
  file(GLOB lua_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lua/prelude/*.lua ${PROJECT_SOURCE_DIR}/lua/lc/*.lua)
  set(folder ${PROJECT_BINARY_DIR}/embedded)
  file(MAKE_DIRECTORY ${folder})
  set(sources)
  set(declarations "")
  set(rows "")
  foreach(file ${lua_files} ${PROJECT_SOURCE_DIR}/engine/data/layout.h ${PROJECT_SOURCE_DIR}/engine/script/abi.h)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${file})
    string(REGEX REPLACE "^(lua|engine)/" "" name ${name})
    string(MAKE_C_IDENTIFIER "lc_embedded_${name}" symbol)
    lc_embed(${folder}/${symbol}.c ${symbol} ${file})
    list(APPEND sources ${folder}/${symbol}.c)
    string(APPEND declarations "extern const char ${symbol}[];\nextern const size_t ${symbol}_len;\n")
    string(APPEND rows "    {\"${name}\", ${symbol}, &${symbol}_len},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${folder}/lc_embedded_files.c @ONLY CONTENT
"#include \"script/internal.h\"\n\n@declarations@\nconst lc_embedded lc_embedded_files[] = {\n@rows@    {NULL, NULL, NULL},\n};\n")
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -Wno-conversion) # bytes above 127
  set(${out_var} ${sources} ${folder}/lc_embedded_files.c PARENT_SCOPE)
endfunction()
