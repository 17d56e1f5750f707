# SPDX-License-Identifier: Apache-2.0
# Nothing beyond libc: the compiler is looked for when a cell runs. What compiled code has beside the kernel is embedded.
file(GLOB cpu_device_files CONFIGURE_DEPENDS ${folder}/device/*.h)
embed_files(${CMAKE_BINARY_DIR}/cpu_device_files.c sb_cpu_device_files ${cpu_device_files})
file(GLOB BACKEND_SOURCES CONFIGURE_DEPENDS ${folder}/*.c)
list(APPEND BACKEND_SOURCES ${CMAKE_BINARY_DIR}/cpu_device_files.c)
