/* SPDX-License-Identifier: Apache-2.0 */
/* A range of the user's, replayed by the user: each window is one pass; the library says when it was the last. */
#include "harness/run/counting/cupti/cupti.h"

#include <stdlib.h>
#include <string.h>

struct sb_cupti_session {
    const struct sb_cupti *cupti;
    const struct sb_cupti_host *host;
    const struct sb_cupti_config *config;
    const char **names;
    int count;
    void *object;
    uint8_t *data;
    size_t bytes;
};

static int allocate(struct sb_cupti_session *s, struct sb_error *err)
{
    struct sb_cupti_data_size p = {.size = SB_CUPTI_SIZE(sb_cupti_data_size, bytes),
                                   .object = s->object,
                                   .names = s->names,
                                   .count = (size_t)s->count,
                                   .ranges = 1,
                                   .nodes = 1};
    const int code = sb_cupti_check(s->cupti->data_size(&p), "make room for counts", err);
    s->bytes = p.bytes;
    s->data = code == 0 ? calloc(p.bytes + 1, 1) : NULL;
    return code != 0 ? code : s->data ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* For the next window: empty counts, and the first pass again. */
static int configure(struct sb_cupti_session *s, struct sb_error *err)
{
    struct sb_cupti_data_begin begin = {.size = SB_CUPTI_SIZE(sb_cupti_data_begin, data),
                                        .object = s->object,
                                        .bytes = s->bytes,
                                        .data = s->data};
    memset(s->data, 0, s->bytes);
    const int code = sb_cupti_check(s->cupti->data_begin(&begin), "make room for counts", err);
    struct sb_cupti_configure p = {.size = SB_CUPTI_SIZE(sb_cupti_configure, level),
                                   .object = s->object,
                                   .config_bytes = s->config->bytes,
                                   .config = s->config->image,
                                   .data_bytes = s->bytes,
                                   .data = s->data,
                                   .range = SB_CUPTI_USER_RANGE,
                                   .replay = SB_CUPTI_USER_REPLAY,
                                   .ranges = 1,
                                   .levels = 1,
                                   .level_least = 1};
    return code != 0 ? code : sb_cupti_check(s->cupti->configure(&p), "set up its counters", err);
}

static int begin(struct sb_cupti_session *s, struct sb_error *err)
{
    struct sb_cupti_object object = {.size = SB_CUPTI_SIZE(sb_cupti_object, object),
                                     .object = s->object};
    struct sb_cupti_push push = {
        .size = SB_CUPTI_SIZE(sb_cupti_push, name), .object = s->object, .name = "window"};
    const int code = sb_cupti_check(s->cupti->start(&object), "start counting", err);
    return code != 0 ? code : sb_cupti_check(s->cupti->push(&push), "start counting", err);
}

static int end(double *values, bool *out_whole, struct sb_cupti_session *s, struct sb_error *err)
{
    struct sb_cupti_object object = {.size = SB_CUPTI_SIZE(sb_cupti_object, object),
                                     .object = s->object};
    struct sb_cupti_stop stop = {.size = SB_CUPTI_SIZE(sb_cupti_stop, whole), .object = s->object};
    int code = sb_cupti_check(s->cupti->pop(&object), "end counting", err);
    code = code != 0 ? code : sb_cupti_check(s->cupti->stop(&stop), "end counting", err);
    *out_whole = code == 0 && stop.whole;
    if (code != 0 || !stop.whole) {
        return code;
    }
    struct sb_cupti_decode decode = {.size = SB_CUPTI_SIZE(sb_cupti_decode, dropped),
                                     .object = s->object};
    code = sb_cupti_check(s->cupti->decode(&decode), "read its counters", err);
    struct sb_cupti_evaluate evaluate = {.size = SB_CUPTI_SIZE(sb_cupti_evaluate, values),
                                         .object = s->host->object,
                                         .data = s->data,
                                         .bytes = s->bytes,
                                         .names = s->names,
                                         .count = (size_t)s->count,
                                         .values = values};
    code =
        code != 0 ? code : sb_cupti_check(s->cupti->evaluate(&evaluate), "read its counters", err);
    return code != 0 ? code : configure(s, err);
}

static int prove(struct sb_cupti_session *s, struct sb_error *err)
{
    double *values = calloc((size_t)s->count, sizeof *values);
    bool whole = false;
    int code = values ? configure(s, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    for (size_t pass = 0; code == 0 && !whole && pass < s->config->passes; ++pass) {
        code = begin(s, err);
        code = code != 0 ? code : end(values, &whole, s, err);
    }
    free(values);
    return code == 0 && !whole
               ? sb_fail(err, SB_EABSENT, "CUPTI does not end after the passes that it asked for")
               : code;
}

int sb_cupti_session_open(struct sb_cupti_session **out, const struct sb_cupti_host *host,
                          const struct sb_cupti_config *config, const char *const *names, int count,
                          void *context, struct sb_error *err)
{
    struct sb_cupti_session *s = calloc(1, sizeof *s);
    if (!s) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    *s = (struct sb_cupti_session){.cupti = host->cupti,
                                   .host = host,
                                   .config = config,
                                   .names = (const char **)names,
                                   .count = count};
    struct sb_cupti_enable p = {.size = SB_CUPTI_SIZE(sb_cupti_enable, object), .context = context};
    int code = sb_cupti_check(s->cupti->enable(&p), "profile this GPU", err);
    s->object = code == 0 ? p.object : NULL;
    code = code != 0 ? code : allocate(s, err);
    code = code != 0 ? code : prove(s, err);
    if (code != 0) {
        sb_cupti_session_close(s);
        return code;
    }
    *out = s;
    return 0;
}

int sb_cupti_session_start(struct sb_cupti_session *session, struct sb_error *err)
{
    struct sb_error why;
    return begin(session, &why) == 0 ? 0 : sb_fail(err, SB_EDEVICE, "%s", why.text);
}

int sb_cupti_session_stop(double *values, bool *out_whole, struct sb_cupti_session *session,
                          struct sb_error *err)
{
    struct sb_error why;
    return end(values, out_whole, session, &why) == 0 ? 0
                                                      : sb_fail(err, SB_EDEVICE, "%s", why.text);
}

void sb_cupti_session_close(struct sb_cupti_session *session)
{
    if (session && session->object) {
        struct sb_cupti_object p = {.size = SB_CUPTI_SIZE(sb_cupti_object, object),
                                    .object = session->object};
        session->cupti->disable(&p);
    }
    if (session) {
        free(session->data);
    }
    free(session);
}
