/* SPDX-License-Identifier: Apache-2.0 */
/** YAML files, for readers that walk a schema and never the document: one document, not deep, every node with its line. */
#ifndef SB_YAML_H
#define SB_YAML_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

/**
 * Loads @p text, which holds one @p what ("a campaign"); @p path is for messages. Deleted with yaml_document_delete().
 * SB_EPARSE with the line, SB_ENOMEM.
 */
int sb_yaml_load(yaml_document_t *out, const char *text, size_t length, const char *path,
                 const char *what, struct sb_error *err);
/** Text of a scalar. */
const char *sb_yaml_text(const yaml_node_t *node);
/** A scalar without NUL bytes inside, which C texts cannot say. */
bool sb_yaml_plain(const yaml_node_t *node);
/** "a value", "a list", "a mapping", "nothing": for messages. */
const char *sb_yaml_kind(const yaml_node_t *node);

#endif
