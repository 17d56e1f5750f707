/* SPDX-License-Identifier: Apache-2.0 */
/** Large documents, item by item: {…, "key": [item, item, …], …} without a tree of the whole. */
#ifndef SB_JSON_EACH_H
#define SB_JSON_EACH_H

#include "harness/util/error.h"

#include <jansson.h>

/**
 * Calls @p each with the text of every item of the array at @p key of the document's top level, and parses the rest: *out_head
 * is a new reference to the document with that array empty. Duplicate keys are refused; what @p each is handed begins and ends
 * like a value, and is checked by nobody else. After an error of @p each, *out_head is there or NULL. SB_EPARSE "line 3: …", what @p each returns, SB_ENOMEM.
 */
int sb_json_each(json_t **out_head, const char *text, size_t length, const char *key,
                 int (*each)(const char *item, size_t length, size_t i, void *payload,
                             struct sb_error *err),
                 void *payload, struct sb_error *err);

#endif
