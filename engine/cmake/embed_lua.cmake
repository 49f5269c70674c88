# lc_embed_lua(OUT_VAR): the Lua of the library, as text and as bytecode, and the headers that ffi.cdef reads, as C
# sources with a table of them by name (script/internal.h: lc_embedded_files).
function(lc_embed_lua out_var)
  set(folder ${PROJECT_BINARY_DIR}/embedded)
  file(MAKE_DIRECTORY ${folder})
  add_executable(lc_compile_lua ${PROJECT_SOURCE_DIR}/engine/script/build/compile_lua.c)
  target_link_libraries(lc_compile_lua PRIVATE PkgConfig::LUAJIT)

  set(sources)
  set(declarations "")
  set(rows "")
  macro(embed_one name file)
    string(MAKE_C_IDENTIFIER "lc_embedded_${name}" symbol)
    lc_embed(${folder}/${symbol}.c ${symbol} ${file})
    list(APPEND sources ${folder}/${symbol}.c)
    string(APPEND declarations "extern const char ${symbol}[];\nextern const size_t ${symbol}_len;\n")
    string(APPEND rows "    {\"${name}\", ${symbol}, &${symbol}_len},\n")
  endmacro()
  macro(compile_one name from)
    string(MAKE_C_IDENTIFIER "${name}" stem)
    add_custom_command(OUTPUT ${folder}/${stem} COMMAND lc_compile_lua ${from} lc/${name} ${folder}/${stem}
      DEPENDS lc_compile_lua ${ARGN} VERBATIM)
    embed_one(${name}.compiled ${folder}/${stem})
  endmacro()

  file(GLOB lua_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lua/prelude/*.lua ${PROJECT_SOURCE_DIR}/lua/lc/*.lua)
  foreach(file ${lua_files})
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/lua ${file})
    embed_one(${name} ${file})
    compile_one(${name} ${file} ${file})
  endforeach()
  file(GLOB texts CONFIGURE_DEPENDS 
    ${PROJECT_SOURCE_DIR}/lua/check/*.lua ${PROJECT_SOURCE_DIR}/lua/meta/*.lua
    ${PROJECT_SOURCE_DIR}/lua/new/*.lua ${PROJECT_SOURCE_DIR}/lua/test/*.lua)
  foreach(file ${texts}) # of the tools, which aren't in a hurry
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/lua ${file})
    embed_one(${name} ${file})
  endforeach()
  compile_one(version -version)
  embed_one(data/layout.h ${PROJECT_SOURCE_DIR}/engine/data/layout.h)
  embed_one(script/abi.h ${PROJECT_SOURCE_DIR}/engine/script/abi.h)

  file(CONFIGURE OUTPUT ${folder}/lc_embedded_files.c @ONLY CONTENT
"#include \"script/internal.h\"\n\n@declarations@\nconst lc_embedded lc_embedded_files[] = {\n@rows@    {NULL, NULL, NULL},\n};\n")
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -Wno-conversion) # bytes above 127
  set(${out_var} ${sources} ${folder}/lc_embedded_files.c PARENT_SCOPE)
endfunction()
