/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/request.h"

#include <stdbool.h>
#include <string.h>

#define SECTOR_SHIFT 5
#define BANKS 32
#define WORD_SHIFT 2
#define CYCLE_BYTES 128
#define WIDEST 16 /* bytes a lane */

uint32_t sb_request_lanes(const struct sb_request *request)
{
    return (uint32_t)__builtin_popcountll(request->mask);
}

/* Addresses mostly ascend with the lane, so insertion from the end is one comparison. */
static int insert(uint64_t *sorted, int count, uint64_t value)
{
    int at = count;
    while (at > 0 && sorted[at - 1] > value) {
        sorted[at] = sorted[at - 1];
        --at;
    }
    sorted[at] = value;
    return count + 1;
}

struct sb_coalescing sb_request_coalescing(const struct sb_request *request)
{
    uint64_t sector[2 * SB_LANES_MOST]; /* sixteen bytes touch two at most */
    int count = 0;
    for (uint64_t left = request->mask; left; left &= left - 1) {
        const uint64_t address = request->address[__builtin_ctzll(left)];
        const uint64_t first = address >> SECTOR_SHIFT;
        const uint64_t last = (address + request->bytes - 1) >> SECTOR_SHIFT;
        if (count == 0 || sector[count - 1] != first) {
            count = insert(sector, count, first);
        }
        if (last != first) {
            count = insert(sector, count, last);
        }
    }
    struct sb_coalescing cost = {0, 0, 0};
    for (int i = 0; i < count; ++i) {
        const uint64_t change = i == 0 ? ~UINT64_C(0) : sector[i] ^ sector[i - 1];
        cost.sectors += change != 0;
        cost.halves += change >> 1 != 0;
        cost.lines += change >> 2 != 0;
    }
    return cost;
}

/* Distinct words, by bank; lanes' words lie in banks of their own, so no bank gets more than there are lanes. */
struct words {
    uint32_t in_bank[BANKS];
    uint64_t word[BANKS][SB_LANES_MOST];
};

static void add_word(struct words *words, uint64_t word)
{
    const uint32_t bank = word % BANKS;
    for (uint32_t i = 0; i < words->in_bank[bank]; ++i) {
        if (words->word[bank][i] == word) {
            return; /* broadcast */
        }
    }
    words->word[bank][words->in_bank[bank]++] = word;
}

/* Of the lanes from @p first to @p end − 1. */
static void collect_words(struct words *out, const struct sb_request *request, int first, int end)
{
    memset(out->in_bank, 0, sizeof out->in_bank);
    for (int lane = first; lane < end; ++lane) {
        if (request->mask >> lane & 1) {
            const uint64_t from = request->address[lane] >> WORD_SHIFT;
            const uint64_t to = (request->address[lane] + request->bytes - 1) >> WORD_SHIFT;
            for (uint64_t word = from; word <= to; ++word) {
                add_word(out, word);
            }
        }
    }
}

static uint32_t phase_wavefronts(const struct sb_request *request, int first, int end)
{
    struct words words;
    collect_words(&words, request, first, end);
    uint32_t most = 0;
    for (int bank = 0; bank < BANKS; ++bank) {
        most = words.in_bank[bank] > most ? words.in_bank[bank] : most;
    }
    return most;
}

/* Whether no bank has two words: then one wavefront serves all lanes, also of wide accesses (a broadcast double). */
static bool fits_one_wavefront(const struct sb_request *request)
{
    uint64_t in_bank[BANKS] = {0}; /* word + 1 */
    for (uint64_t left = request->mask; left; left &= left - 1) {
        const uint64_t address = request->address[__builtin_ctzll(left)];
        const uint64_t to = (address + request->bytes - 1) >> WORD_SHIFT;
        for (uint64_t word = address >> WORD_SHIFT; word <= to; ++word) {
            if (in_bank[word % BANKS] != 0 && in_bank[word % BANKS] != word + 1) {
                return false;
            }
            in_bank[word % BANKS] = word + 1;
        }
    }
    return request->mask != 0;
}

struct sb_banks sb_request_banks(const struct sb_request *request)
{
    if (fits_one_wavefront(request)) {
        return (struct sb_banks){1, 1};
    }
    const int width = request->bytes > 4 ? (int)(CYCLE_BYTES / request->bytes) : CYCLE_BYTES / 4;
    struct sb_banks cost = {0, 0};
    for (int first = 0; first < SB_LANES_MOST; first += width) {
        const uint32_t wavefronts = phase_wavefronts(request, first, first + width);
        cost.wavefronts += wavefronts;
        cost.phases += wavefronts > 0;
    }
    return cost;
}

uint32_t sb_request_words(const struct sb_request *request)
{
    struct words words;
    collect_words(&words, request, 0, SB_LANES_MOST);
    uint32_t distinct = 0;
    for (int bank = 0; bank < BANKS; ++bank) {
        distinct += words.in_bank[bank];
    }
    return distinct;
}

uint32_t sb_request_least_bytes(const struct sb_request *request, uint32_t alone_bytes)
{
    const uint32_t words = sb_request_words(request) << WORD_SHIFT;
    const uint32_t merged = alone_bytes * request->bytes / WIDEST;
    return words > merged ? words : merged;
}

uint32_t sb_request_repeats(const struct sb_request *request)
{
    uint64_t sorted[SB_LANES_MOST];
    int count = 0;
    for (uint64_t left = request->mask; left; left &= left - 1) {
        count = insert(sorted, count, request->address[__builtin_ctzll(left)]);
    }
    uint32_t most = 0;
    uint32_t run = 0;
    for (int i = 0; i < count; ++i) {
        run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
        most = run > most ? run : most;
    }
    return most;
}
