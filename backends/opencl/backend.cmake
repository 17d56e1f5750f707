# SPDX-License-Identifier: Apache-2.0
# Only types are needed at build time; the loader is dlopened.
include(CheckIncludeFile)
check_include_file(CL/cl.h SB_HAVE_CL_H)
if(NOT SB_HAVE_CL_H)
  set(BACKEND_MISSING "built without the OpenCL headers (install opencl-c-headers and build again)")
endif()
