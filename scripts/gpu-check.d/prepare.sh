# SPDX-License-Identifier: Apache-2.0
# gpu-check --prepare: programs that find their libraries beside them, whatever the node has installed.

# Libraries of @1 that are not the C library's; those stay the node's.
own_libraries() {
    ldd "$1" | awk '$3 ~ /^\// {print $3}' | grep -vE '/(libc|libm|libdl|libpthread|librt|ld-linux[^/]*)\.so'
}

# The newest version of the C library that anything in the folder asks for.
newest_glibc() {
    objdump -T "$1"/bin/* "$1"/lib/* 2>/dev/null | grep -oE 'GLIBC_[0-9]+\.[0-9.]+' | sort -uV | tail -n 1
}

prepare_folder() {
    local folder=$1 build program library
    . "$root/scripts/lib/packages.sh"
    need build
    mkdir -p "$folder" || return 4
    folder=$(cd "$folder" && pwd)
    build=$folder/build
    # DT_RPATH, unlike DT_RUNPATH, holds for the libraries' own libraries, too
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON \
        "-DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags -Wl,-rpath,\$ORIGIN/../lib" >"$folder/build.txt" 2>&1 &&
        ninja -C "$build" switchbench switchbench-runner >>"$folder/build.txt" 2>&1 || {
        tail -n 20 "$folder/build.txt" >&2
        return 4
    }
    rm -rf "$folder/bin" "$folder/lib" "$folder/kernels" "$folder/backends" "$folder/scripts"
    mkdir -p "$folder/bin" "$folder/lib" "$folder/scripts/lib"
    for program in switchbench switchbench-runner; do
        strip -o "$folder/bin/$program" "$build/$program" || return 4
        for library in $(own_libraries "$build/$program"); do
            cp -L "$library" "$folder/lib/"
        done
    done
    cp -r "$root/kernels" "$folder/kernels"
    # what the twin's kernels are compiled with, on the node
    (cd "$root" && find backends/twin -type f \( -name '*.h' -o -path '*/device/*' \) -exec cp --parents {} "$folder/" \;)
    cp "$root/scripts/lib/packages.sh" "$folder/scripts/lib/"
    cp -r "$root/scripts/gpu-check" "$root/scripts/gpu-check.d" "$root/scripts/ncu-compare" "$folder/scripts/"
    rm -rf "$build" "$folder/build.txt"
    if ! SWITCHBENCH_CACHE=$folder/cache "$folder/bin/switchbench" counts stream --labels triad >"$folder/check.txt" 2>&1; then
        cat "$folder/check.txt" >&2
        echo "gpu-check: $folder is not whole (above)" >&2
        return 4
    fi
    rm -rf "$folder/cache" "$folder/check.txt"
    echo "gpu-check: $folder is ready: $(du -sm "$folder" | cut -f1) MB; needs an $(uname -m) with a C library of $(newest_glibc "$folder") or newer"
}
