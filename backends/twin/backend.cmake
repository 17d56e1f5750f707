# SPDX-License-Identifier: Apache-2.0
# Nothing beyond libc: the compiler is looked for when a cell runs.
set(BACKEND_TAKES gpu)
