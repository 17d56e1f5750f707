/* SPDX-License-Identifier: Apache-2.0 */
/* count | array descriptions | the data of each | count again: what a process did not finish is not taken for whole. */
#include "harness/run/snapshot.h"

#include "harness/util/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t host_bytes(const struct sb_array *array)
{
    return (size_t)sb_array_count(array) * sb_type_bytes(array->type, SB_DOUBLE);
}

int sb_snapshot_write(int fd, const struct sb_host *host, struct sb_error *err)
{
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        return sb_fail(err, SB_EIO, "cannot write the snapshot: %s", strerror(errno));
    }
    int code = sb_fs_write_all(fd, &host->count, sizeof host->count, "the snapshot", err);
    code = code != 0 ? code
                     : sb_fs_write_all(fd, host->array, (size_t)host->count * sizeof *host->array,
                                       "the snapshot", err);
    for (int i = 0; code == 0 && i < host->count; ++i) {
        code = sb_fs_write_all(fd, host->data[i], host_bytes(&host->array[i]), "the snapshot", err);
    }
    return code != 0 ? code
                     : sb_fs_write_all(fd, &host->count, sizeof host->count, "the snapshot", err);
}

static int read_all(int fd, void *to, size_t bytes, struct sb_error *err)
{
    for (unsigned char *at = to; bytes > 0;) {
        const ssize_t got = read(fd, at, bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return sb_fail(err, SB_EIO, "the snapshot is not whole");
        }
        at += got;
        bytes -= (size_t)got;
    }
    return 0;
}

int sb_snapshot_read(struct sb_host **out, int fd, struct sb_error *err)
{
    struct sb_host *host = calloc(1, sizeof *host);
    if (!host) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int again = -1;
    int count = 0;
    int code = lseek(fd, 0, SEEK_SET) == 0 ? read_all(fd, &count, sizeof count, err)
                                           : sb_fail(err, SB_EIO, "the snapshot is gone");
    if (code == 0 && (count < 0 || count > SB_MAX_ARRAYS)) {
        code = sb_fail(err, SB_EIO, "the snapshot is not whole");
    }
    host->count = code == 0 ? count : 0;
    code = code != 0 ? code : read_all(fd, host->array, (size_t)count * sizeof *host->array, err);
    for (int i = 0; code == 0 && i < count; ++i) {
        const size_t bytes = host_bytes(&host->array[i]);
        host->data[i] = malloc(bytes ? bytes : 1);
        code = host->data[i] ? read_all(fd, host->data[i], bytes, err)
                             : sb_fail(err, SB_ENOMEM, "out of memory for a snapshot");
    }
    code = code != 0 ? code : read_all(fd, &again, sizeof again, err);
    if (code == 0 && again != count) {
        code = sb_fail(err, SB_EIO, "the snapshot is not whole");
    }
    if (code != 0) {
        sb_host_free(host);
        return code;
    }
    *out = host;
    return 0;
}
