# lc_embed(OUT.c SYMBOL FILE): the bytes of FILE as `const char SYMBOL[]` and `const size_t SYMBOL_len`.
function(lc_embed out symbol file)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} -DFILE=${file} -P ${PROJECT_SOURCE_DIR}/engine/cmake/embed_file.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/engine/cmake/embed_file.cmake VERBATIM)
endfunction()
