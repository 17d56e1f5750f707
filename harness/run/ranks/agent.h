/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Starting MPI's daemons on other hosts where there is no ssh and no scheduler that does it (the pods of an indexed
 * Kubernetes Job). Each other host runs `switchbench-runner --agent`; the first one runs its job as ever, and its mpirun
 * starts orted through `switchbench-runner --on`. All of them are told by the environment:
 *   SWITCHBENCH_RANK_HOSTS      "job-0.svc,job-1.svc": in order; the first is this host
 *   SWITCHBENCH_RANKS_PER_NODE  ranks on each; without it 1
 *   SWITCHBENCH_RANK_TOKEN      a file with a secret that all hosts share, 16 bytes or more
 *   SWITCHBENCH_RANK_PORT       where agents listen; without it 17011
 * The secret does not travel: an agent sends a number that is used once, and takes a command with an HMAC-SHA256 of both
 * (RFC 2104). What follows is not encrypted, as MPI's own messages are not.
 */
#ifndef SB_RANKS_AGENT_H
#define SB_RANKS_AGENT_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SB_AGENT_HOSTS 1024
#define SB_AGENT_SECRET 256

struct sb_agents {
    char text[65536]; /* owns the names */
    const char *host[SB_AGENT_HOSTS];
    int hosts; /* 0: this is no such place */
    int per_node;
    unsigned port;
    unsigned char secret[SB_AGENT_SECRET];
    size_t secret_length;
};

/** Reads the environment. SB_EINVAL, SB_EIO with what is wrong with it; no hosts are no error. */
int sb_agents_read(struct sb_agents *out, struct sb_error *err);

/** Serves until the first host lets go (0), or none came within five minutes (SB_EINFRA). */
int sb_agent_serve(const struct sb_agents *agents, struct sb_error *err);

/** Holds all other hosts: they serve as long as @p fds are open, one for each. SB_EINFRA where one does not answer in time. */
int sb_agents_hold(int fds[SB_AGENT_HOSTS], const struct sb_agents *agents, double patience_s,
                   struct sb_error *err);

/**
 * `--on HOST WORD…`: runs the words, as one command of a POSIX shell there (mpirun quotes them for one, as for ssh); what it
 * prints is in that host's log. Returns its exit code, or a negative error. The command ends with this process.
 */
int sb_agent_run(const struct sb_agents *agents, const char *host, char *const words[],
                 struct sb_error *err);

#endif
