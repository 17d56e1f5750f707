/* SPDX-License-Identifier: Apache-2.0 */
/** What a value counts: the words of an event's and a metric's tags. A metric with two tags of one group has none of it. */
#ifndef SB_TAGS_H
#define SB_TAGS_H

#define SB_TAG_MAP(X)                                                                              \
    X("completion", "retired", "instructions that completed")                                      \
    X("completion", "speculative", "executed, also on paths that were abandoned")                  \
    X("completion", "issued", "sent to the units, also when replayed")                             \
    X("lanes", "active_lanes", "of a vector or warp only the lanes that took part")                \
    X("lanes", "full_width", "every lane of a vector or warp, masked ones too")                    \
    X("precision", "per_precision", "one precision alone")                                         \
    X("precision", "mixed", "several precisions together, not separable")                          \
    X("scope", "thread", "this process's threads that compute")                                    \
    X("scope", "process", "this process")                                                          \
    X("scope", "core", "the core, whoever ran on it")                                              \
    X("scope", "socket", "the whole socket, whoever used it")                                      \
    X("scope", "board", "the whole board or device, whoever used it")                              \
    X("origin", "exact", "kept by the kernel or the tool, not by hardware")                        \
    X("origin", "simulated", "of a simulated cache or device")                                     \
    X("origin", "averaged", "a mean that the device forms over a time of its own")

#endif
