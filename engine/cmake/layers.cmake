# lc_layer(NAME [DEPS layers...] [LIBS third-party...]): one folder of engine/ as one object library.
# tests/lint/layers checks that its #include lines point down only.
function(lc_layer name)
  cmake_parse_arguments(L "" "" "DEPS;LIBS;GENERATED" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/engine/${name}/*.c)
  add_library(lc_${name} STATIC ${sources} ${L_GENERATED})
  target_link_libraries(lc_${name} PUBLIC lc_flags Threads::Threads)
  foreach(dep ${L_DEPS})
    target_link_libraries(lc_${name} PUBLIC lc_${dep})
  endforeach()
  target_link_libraries(lc_${name} PRIVATE ${L_LIBS})
endfunction()
