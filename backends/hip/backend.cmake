# SPDX-License-Identifier: Apache-2.0
# Runtime and compilers are dlopened or run; no header of HIP is needed. Those in headers/ travel inside the program.
set(BACKEND_SHARED gpu_driver)
set(BACKEND_TAKES gpu)
file(GLOB hip_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/backends/hip/headers/*.h)
embed_files(${CMAKE_BINARY_DIR}/hip_headers.c sb_hip_headers ${hip_headers})
set(BACKEND_GENERATED ${CMAKE_BINARY_DIR}/hip_headers.c)
