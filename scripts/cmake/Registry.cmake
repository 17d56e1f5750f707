# SPDX-License-Identifier: Apache-2.0
# registry(<group> <type> <header> <names...>): writes registry_<group>.c, a NULL-terminated table
# sb_<group>[] of one `const struct sb_<type> sb_<type>_<name>` per name. The file name is the registration.
function(registry group type header)
  set(declarations "")
  set(rows "")
  foreach(name IN LISTS ARGN)
    if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
      message(FATAL_ERROR "${group}: '${name}' must be [a-z][a-z0-9_]*")
    endif()
    string(APPEND declarations "extern const struct sb_${type} sb_${type}_${name};\n")
    string(APPEND rows "    &sb_${type}_${name},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/registry_${group}.c @ONLY CONTENT
"/* Generated from file names by scripts/cmake/Registry.cmake. */
#include \"${header}\"
${declarations}const struct sb_${type} *const sb_${group}[] = {
${rows}    0,
};
")
endfunction()

# registry_names(<table> <names...>): writes registry_<table>.c, the names alone, for programs that link no plug-in.
function(registry_names table)
  set(rows "")
  foreach(name IN LISTS ARGN)
    string(APPEND rows "    \"${name}\",\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/registry_${table}.c @ONLY CONTENT
"/* Generated from folder names by scripts/cmake/Registry.cmake. */
#include \"harness/plan/cells.h\"
const char *const sb_${table}[] = {
${rows}    0,
};
")
endfunction()
