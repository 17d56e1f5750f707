#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The check of formulas must itself fail: with a kernel that loads, stores or computes one thing more.
#     notices.sh FORMULAS_TEST ROOT FOLDER
set -eu
test=$1 root=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder/tests" "$folder/harness"
cp -r "$root/kernels" "$root/backends" "$folder/"
cp -r "$root/tests/formulas" "$folder/tests/"
cp -r "$root/harness/util" "$folder/harness/"
source=$folder/kernels/spmv/spmv.dev.c

# notices WHAT SED-EXPRESSION
notices() {
    cp "$root/kernels/spmv/spmv.dev.c" "$source"
    sed -i "$2" "$source"
    if cmp -s "$root/kernels/spmv/spmv.dev.c" "$source"; then
        echo "the source has no place any more for: $1"
        exit 1
    fi
    if "$test" "$folder" "$folder" spmv > "$folder/out"; then
        echo "not noticed: $1"
        exit 1
    fi
    grep -q ' DIFFERENT$' "$folder/out" || { cat "$folder/out"; exit 1; }
    echo "noticed: $1"
}

notices 'one flop more per row' 's/y\[row\] = (sum0/y[row] = REAL(1) * (sum0/'
notices 'an element of x never read' 's/sum2 = FMA(value\[k + 2\], x\[column\[k + 2\]\], sum2);/sum2 = FMA(value[k + 2], x[0], sum2);/'
notices 'the result read before it is written' 's/y\[row\] = (sum0/y[row] += (sum0/'
