# SPDX-License-Identifier: Apache-2.0
# cmake -DCMAKE_TOOLCHAIN_FILE=scripts/cmake/aarch64.cmake -DSB_SYSROOT=FOLDER: both programs for 64-bit Arm, with
# Debian's cross gcc and the libraries that scripts/sysroot put into FOLDER. scripts/aarch64 does it all.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(SB_SYSROOT "" CACHE PATH "folder that scripts/sysroot filled")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SB_SYSROOT)
set(CMAKE_SYSROOT "${SB_SYSROOT}")
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L "${SB_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH "${SB_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${SB_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${SB_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${SB_SYSROOT}/usr/share/pkgconfig")
