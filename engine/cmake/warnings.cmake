# One interface target carries warnings, hardening and sanitizers for every target of ours.
add_library(lc_flags INTERFACE)
target_compile_options(lc_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef
  -fno-common -fno-strict-aliasing $<$<BOOL:${LC_DEV}>:-Werror>)
target_compile_definitions(lc_flags INTERFACE _GNU_SOURCE $<$<BOOL:${LC_DEV}>:LC_DEV=1>)
target_include_directories(lc_flags INTERFACE ${PROJECT_SOURCE_DIR}/engine)

if(LC_SANITIZE)
  target_compile_options(lc_flags INTERFACE -fsanitize=${LC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    $<$<BOOL:${LC_FUZZ}>:-fno-sanitize=pointer-overflow>) # adding 0 to NULL is no finding
  target_link_options(lc_flags INTERFACE -fsanitize=${LC_SANITIZE})
else()
  target_compile_options(lc_flags INTERFACE -fstack-protector-strong
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_link_options(lc_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
