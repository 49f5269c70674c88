# The library, the program, and what is installed.
file(GLOB api_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/api/*.c)
set(program_sources ${api_sources}) # main.c, cli*.c and cmd_*.c are the program's alone
list(FILTER program_sources INCLUDE REGEX "/(main|cli[^/]*|cmd_[^/]*)\\.c$")
list(FILTER api_sources EXCLUDE REGEX "/(main|cli[^/]*|cmd_[^/]*)\\.c$")
add_library(luaconnect_objects OBJECT ${api_sources})
target_link_libraries(luaconnect_objects PUBLIC lc_rest lc_flags)

# Unit tests of the facade link the same objects.
add_library(lc_api INTERFACE)
target_link_libraries(lc_api INTERFACE luaconnect_objects lc_rest)
target_sources(lc_api INTERFACE $<TARGET_OBJECTS:luaconnect_objects>)

set(export_map ${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.map)
add_library(luaconnect SHARED $<TARGET_OBJECTS:luaconnect_objects>)
target_link_libraries(luaconnect PRIVATE lc_rest)
target_link_options(luaconnect PRIVATE -Wl,--version-script=${export_map} -Wl,--exclude-libs,ALL -Wl,--gc-sections)
set_target_properties(luaconnect PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${export_map}
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
target_include_directories(luaconnect INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)

# The program links the parts statically: one file to copy, and it starts faster.
add_executable(luaconnect_program ${program_sources} $<TARGET_OBJECTS:luaconnect_objects>)
target_link_libraries(luaconnect_program PRIVATE lc_rest)
set_target_properties(luaconnect_program PROPERTIES OUTPUT_NAME luaconnect)
if(LC_SANITIZE MATCHES thread)
  set(tsan_threads ${PROJECT_SOURCE_DIR}/tests/support/tsan_threads.c)
  set_source_files_properties(${tsan_threads} PROPERTIES COMPILE_OPTIONS -fvisibility=default)
  target_sources(luaconnect_program PRIVATE ${tsan_threads})
  set_target_properties(luaconnect_program PROPERTIES ENABLE_EXPORTS ON)
endif()

install(TARGETS luaconnect LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS luaconnect_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES include/luaconnect.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scripts/ DESTINATION ${CMAKE_INSTALL_DATADIR}/luaconnect/scripts
  FILES_MATCHING PATTERN "*.lua")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/luaconnect FILES_MATCHING PATTERN "*.md")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/luaconnect
  PATTERN "quickstart.sh" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/luaconnect)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lua/meta DESTINATION ${CMAKE_INSTALL_DATADIR}/luaconnect)
# What is installed may be moved as a whole, or be installed below another prefix than was configured.
file(RELATIVE_PATH LC_PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
file(RELATIVE_PATH LC_PREFIX_FROM_CONFIG /${CMAKE_INSTALL_LIBDIR}/cmake/luaconnect /)
configure_file(cmake/luaconnect.pc.in ${PROJECT_BINARY_DIR}/luaconnect.pc @ONLY)
configure_file(cmake/luaconnect-config.cmake.in ${PROJECT_BINARY_DIR}/luaconnect-config.cmake @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/luaconnect-config-version.cmake COMPATIBILITY SameMajorVersion)
configure_file(cmake/luaconnect.service.in ${PROJECT_BINARY_DIR}/luaconnect.service @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/luaconnect.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_BINARY_DIR}/luaconnect-config.cmake ${PROJECT_BINARY_DIR}/luaconnect-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/luaconnect)
install(FILES ${PROJECT_BINARY_DIR}/luaconnect.service DESTINATION lib/systemd/system)
foreach(mode standalone distributed)
  configure_file(cmake/connect-wrapper.in ${PROJECT_BINARY_DIR}/connect-${mode} @ONLY)
  install(PROGRAMS ${PROJECT_BINARY_DIR}/connect-${mode} DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(PROGRAMS ${PROJECT_BINARY_DIR}/connect-${mode} DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME connect-${mode}.sh)
endforeach()
