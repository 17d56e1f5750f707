# SPDX-License-Identifier: Apache-2.0
# Driver, compilers and vendor libraries are dlopened; no header of CUDA is needed.
set(BACKEND_SHARED gpu_driver)
set(BACKEND_TAKES gpu)
