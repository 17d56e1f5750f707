/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/pieces.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 64 /* of a piece, at most */

static size_t bytes_most(void)
{
    const char *asked = getenv("SWITCHBENCH_PIECES");
    const long most = asked ? strtol(asked, NULL, 10) : 0;
    return most > 2 * HEAD ? (size_t)most : 0;
}

int sb_pieces_write_line(int fd, const json_t *line, struct sb_error *err)
{
    static unsigned number; /* one process, one stream */
    const size_t most = bytes_most();
    if (most == 0) {
        return sb_json_write_line(fd, line, err);
    }
    char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
    char *piece = malloc(most + 1);
    const size_t length = text ? strlen(text) : 0;
    const size_t each = most - HEAD;
    const size_t pieces = length < most ? 1 : (length + each - 1) / each;
    int code = text && piece ? 0 : sb_fail(err, SB_ENOMEM, "out of memory while writing a line");
    ++number;
    for (size_t i = 0; code == 0 && i < pieces; ++i) {
        const size_t some = i + 1 < pieces ? each : length - i * each;
        const int used = pieces == 1 ? snprintf(piece, most + 1, "%s\n", text)
                                     : snprintf(piece, most + 1, SB_PIECE "%u %zu %zu %.*s\n",
                                                number, i, pieces, (int)some, text + i * each);
        code = sb_fs_write_all(fd, piece, (size_t)used, "a line", err);
    }
    free(text);
    free(piece);
    return code;
}
