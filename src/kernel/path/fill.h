/* fill.h - fills from the random stream: Philox for many blocks. Blocks are independent, so the
 * loop over them becomes vector code.
 */
#include "kernel/path/path.h"
#include "kernel/philox.h"

enum { PHILOX_BLOCKS = 64 }; /* made at a time: their 256 words stay in L1 */

/* words[4 i + j] = word j of Philox(counter = position + i, key), for i < blocks. */
static void philox_blocks(int blocks, uint32_t *restrict words, uint64_t key, uint64_t position) {
  for (int i = 0; i < blocks; i++) {
    const uint64_t counter = position + (uint64_t)i;
    const philox_block block = philox10(philox_start(counter), key);
    words[4 * i] = block.w0;
    words[4 * i + 1] = block.w1;
    words[4 * i + 2] = block.w2;
    words[4 * i + 3] = block.w3;
  }
}

/* A fill's elements [first, first + n), made a buffer of words at a time:
 *
 *   block (position + q)  |  word 0  1  2  3  |     q = element / PER_BLOCK
 *
 * The buffer begins with the block that has the next element, which is its element `skip`. */
#define PHILOX_FILL(n, first, key, position, PER_BLOCK, body)                            \
  uint32_t words[4 * PHILOX_BLOCKS];                                                     \
  for (int64_t done = 0; done < (n);) {                                                  \
    const int64_t element = (first) + done;                                              \
    const int skip = (int)(element % (PER_BLOCK));                                       \
    const int64_t left = (n)-done, room = PHILOX_BLOCKS * (PER_BLOCK)-skip;              \
    const int count = (int)(left < room ? left : room);                                  \
    const int blocks = (skip + count + (PER_BLOCK)-1) / (PER_BLOCK);                     \
    philox_blocks(blocks, words, (key), (position) + (uint64_t)(element / (PER_BLOCK))); \
    body;                                                                                \
    done += count;                                                                       \
  }
