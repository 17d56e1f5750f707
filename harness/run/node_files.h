/* SPDX-License-Identifier: Apache-2.0 */
/** Reading /proc, /sys and /etc under a root, for node*.c. */
#ifndef SB_NODE_FILES_H
#define SB_NODE_FILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** First line of <root>/<path>, without its end; false (and "") where there is none. */
bool sb_node_line(char *out, size_t room, const char *root, const char *path);
/** A number at the start of <root>/<path>, or the fallback ("max" is none). */
double sb_node_number(const char *root, const char *path, double fallback);
bool sb_node_exists(const char *root, const char *path);
/** Value of the first line "<key><blanks or tabs><mark> value" of <root>/<path>. */
bool sb_node_field(char *out, size_t room, const char *root, const char *path, const char *key,
                   char mark);
/** CPUs in a list such as "0-3,8"; adds them to mask[] (of @p room flags) where that is not NULL. */
int sb_node_list(const char *list, unsigned char *mask, int room);

/** Path of this process in the hierarchy of cgroup v1 that has @p controller, or (NULL) in that of v2; false: there is none. */
bool sb_node_cgroup(char *out, size_t room, const char *root, const char *controller);
/** Least memory limit of the enclosing cgroups, at most @p most; CPUs by quota, at most @p most. */
double sb_node_memory_limit(const char *root, double most);
double sb_node_cpu_quota(const char *root, double most);

/** The machine's GPUs and accelerators by PCI: [{pci, id, numa_node}], in order of address; new reference. */
json_t *sb_node_gpus(const char *root);
/** Whether a device of that PCI class (0x0302, …) and vendor is a GPU or another accelerator. */
bool sb_node_is_gpu(unsigned pci_class, unsigned vendor);

/** "kvm", "none", …; constant strings. */
const char *sb_node_virtualisation(const char *root);
const char *sb_node_container(const char *root);

#endif
