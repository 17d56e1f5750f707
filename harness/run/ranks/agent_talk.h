/* SPDX-License-Identifier: Apache-2.0 */
/** What both ends of an agent's connection share: whole reads and writes in time, and the proof of the secret. */
#ifndef SB_RANKS_AGENT_TALK_H
#define SB_RANKS_AGENT_TALK_H

#include "harness/run/ranks/agent.h"

#define SB_AGENT_NONCE 32                /* hex digits */
#define SB_AGENT_PROOF 64                /* hex digits */
#define SB_AGENT_COMMAND_MOST (1U << 20) /* bytes */
#define SB_AGENT_HOLD "hold"

/** The first line of an agent: this, and its nonce. */
#define SB_AGENT_HELLO "switchbench-agent 1 "

/** HMAC-SHA256 of "<nonce>\n<command>" with the secret, as hex digits. SB_EINFRA. */
int sb_agent_prove(char out[SB_AGENT_PROOF + 1], const struct sb_agents *agents, const char *nonce,
                   const char *command, size_t length, struct sb_error *err);
/** Exactly @p length bytes within the time; false otherwise. */
bool sb_agent_read(int fd, void *to, size_t length, int patience_ms);
bool sb_agent_write(int fd, const void *from, size_t length);

#endif
